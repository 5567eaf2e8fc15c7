"""What stands below a chart for those who take it elsewhere."""

from html import escape
from typing import Any
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest

from investai.wording import translated
from portfolio.dashboards.addresses import address_of
from portfolio.dashboards.project_columns import file_addresses
from portfolio.dashboards.shared_charts import CHARTS
from portfolio.models import ResultSet
from portfolio.queries.project_list import Filters

register = template.Library()


@register.inclusion_tag("components/share.html", takes_context=True)
def share(context: dict[str, Any], name: str, key: str = "", csv: str = "") -> dict[str, Any]:
    """Offer a chart as it is shown: code to embed it, a picture, its figures (`csv`, else its list)."""
    chart, request = CHARTS[name], context["request"]
    parts = [key] if key else []
    asked = _asked(request)
    address = request.build_absolute_uri(address_of(f"embed-{name}", *parts) + asked)
    code = (
        f'<iframe src="{escape(address)}" title="{escape(translated(chart.title))}"'
        f' width="100%" height="{chart.height}" loading="lazy"></iframe>'
    )
    return {
        "chart": chart,
        "id": f"share-{name}",
        "code": code,
        "file": "-".join(["investai", name, *parts]),
        "picture": "" if chart.in_browser else address_of(f"picture-{name}", *parts) + asked,
        "csv": csv or _list_address(context, chart.listed, {chart.of: key} if key else {}),
    }


@register.simple_tag
def projects_csv(results: ResultSet, filters: Filters) -> str:
    """Return the address of the projects that filters keep, as CSV."""
    return file_addresses(results, filters, ("kind", "countries", "stage"))["csv"]


def _asked(request: HttpRequest) -> str:
    kept = [(name, value) for name, values in request.GET.lists() for value in values if value]
    return f"?{urlencode(kept)}" if kept else ""


def _list_address(context: dict[str, Any], name: str, narrowed: dict[str, str]) -> str:
    as_of = context.get("asked_as_of")
    asked = {"format": "csv"} | narrowed | ({"as_of": as_of.isoformat()} if as_of else {})
    return f"{address_of('api:table', name)}?{urlencode(asked)}"
