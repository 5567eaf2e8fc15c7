"""Which files of the npm packages are collected, and what others are called in the admin."""

from axes.apps import AppConfig as AxesConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    """Django's static files, without the builds of ECharts that no page loads: 50 MB, mostly source maps."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "echarts.js*",
        "echarts.common*",
        "echarts.esm*",
        "echarts.simple*",
        "extension",
    ]


class SignIns(AxesConfig):
    """django-axes, by what it records."""

    verbose_name = "Sign-ins"
