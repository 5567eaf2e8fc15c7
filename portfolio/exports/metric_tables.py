"""The four metric tables as CSV. Their text is read in `queries`, since a job freezes it too."""

from portfolio.queries.metric_tables import (
    METRIC_TABLES,
    MetricTable,
    cell,
    csv_lines,
    metric_csv,
    published_csv,
)

__all__ = [
    "METRIC_TABLES",
    "MetricTable",
    "cell",
    "csv_lines",
    "metric_csv",
    "published_csv",
]
