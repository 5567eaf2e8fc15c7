from importlib import import_module

from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "portfolio"
    verbose_name = "Portfolio"

    def ready(self) -> None:
        for model in self.get_models():
            import_module("portfolio.models.displays").keep_displays(model)
        # Writing a fact wakes a worker through what `tasks` says; lower layers don't import it.
        import_module("portfolio.tasks")
