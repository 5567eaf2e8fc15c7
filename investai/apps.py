"""Which files of the npm packages are collected."""

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
