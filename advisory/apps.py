from importlib import import_module

from django.apps import AppConfig


class AdvisoryConfig(AppConfig):
    """Advice joins the portfolio here, through what that offers (docs/architecture.md, Joining)."""

    name = "advisory"
    verbose_name = "Advice"

    def ready(self) -> None:
        import_module("advisory.joining").join()
