"""What apps of others are called in the admin."""

from axes.apps import AppConfig as AxesConfig


class SignIns(AxesConfig):
    """django-axes, by what it records."""

    verbose_name = "Sign-ins"
