"""Alerts over HTTP."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from portfolio.api.problems import answering, read_parameters
from portfolio.api.tables import csv_response
from portfolio.exports.alerts import alerts_csv
from portfolio.rules.dates import parse_asked, today


@require_safe
@answering
def alerts(request: HttpRequest) -> HttpResponseBase:
    """Return every alert, open and resolved; with `as_of`, as they stood at the end of that day."""
    read_parameters(request, ("as_of", "format"))
    as_of = parse_asked(request.GET.getlist("as_of")) or today()
    response = csv_response(alerts_csv(as_of), "alerts.csv")
    response["As-Of"] = as_of.isoformat()
    return response
