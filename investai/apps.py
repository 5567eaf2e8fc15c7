"""What apps of others are called in the admin, and which site that is."""

from axes.apps import AppConfig as AxesConfig
from django.contrib.admin.apps import AdminConfig


class Records(AdminConfig):
    """The Django admin, by subject."""

    default_site = "investai.subjects.SubjectSite"


class SignIns(AxesConfig):
    """django-axes, by what it records."""

    verbose_name = "Sign-ins"
