"""Which static files there are to collect."""

from collections.abc import Iterable
from typing import Any

from django.contrib.staticfiles.finders import FileSystemFinder

# Builds of ECharts that no page loads: 50 MB, mostly source maps; and all of Bootstrap but its base.
UNUSED = (
    *("echarts.js*", "echarts.common*", "echarts.esm*", "echarts.simple*", "extension"),
    *("bootstrap.*", "bootstrap-grid*", "bootstrap-utilities*", "*.rtl.*", "bootstrap-reboot.css*"),
)


class UsedFiles(FileSystemFinder):
    """The files of STATICFILES_DIRS, without what the npm packages bring along and no page loads."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        """Return path and storage of each file."""
        return super().list([*(ignore_patterns or ()), *UNUSED])
