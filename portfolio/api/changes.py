"""What changed between two days, over HTTP as CSV."""

from collections.abc import Callable, Generator, Iterator

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from portfolio.api.problems import NoResults, ParameterRefused, answering, problem, read_parameters
from portfolio.api.tables import csv_response
from portfolio.exports.changes import changes_csv, differences_csv
from portfolio.jobs.past_dates import BeingComputed, results_of
from portfolio.models import ResultSet
from portfolio.queries.results import data_version, published_set
from portfolio.queries.snapshot import reading
from portfolio.queries.splits import EVERYTHING, UnknownCell, cell_changes, scope_of
from portfolio.rules.dates import parse_asked, today
from portfolio.rules.period import Period, PeriodRefused, parse_period
from portfolio.tasks import begin_day

ATTEMPTS = 3
CELL = ("table", "key", "column")


class _Outdated(Exception):
    """The facts have changed since the earlier day's results were computed."""


@require_safe
@answering
def changes(request: HttpRequest) -> HttpResponseBase:
    """Return the facts of a period, and the corrections of what stood on its first day."""
    read_parameters(request, ("from", "to", "as_of", "format"))
    period = _period(request)

    def lines() -> Generator[str, None, None]:
        with reading():
            yield from changes_csv(period)

    response = csv_response(lines(), f"changes-{period.since}-{period.until}.csv")
    response["As-Of"] = period.until.isoformat()
    return response


@require_safe
@answering
def differences(request: HttpRequest) -> HttpResponseBase:
    """Return every difference of results in a period with its causes; or those of one cell."""
    asked = read_parameters(request, ("from", "to", "as_of", "format", *CELL))
    cell = tuple(asked.get(name, "") for name in CELL)
    if any(cell) and not all(cell):
        absent = next(name for name in CELL if not asked.get(name))
        raise ParameterRefused(
            "Missing parameter",
            absent,
            "",
            f"{absent} is missing. Give table, key and column, or none of them.",
        )
    try:
        scope = scope_of(*cell) if any(cell) else EVERYTHING
    except UnknownCell as error:
        return problem(404, "Unknown cell", str(error))
    period = _period(request)

    def lines() -> Generator[str, None, None]:
        with reading():
            before = ResultSet.objects.filter(as_of=period.since, data_version=data_version()).first()
            if before is None:
                raise _Outdated
            with cell_changes(before, period.until, scope) as found:
                wanted = (
                    change
                    for change in found
                    if not any(cell) or (change.table, change.key, change.column) == cell
                )
                yield from differences_csv(wanted, period.until)

    response = csv_response(_begun(lines, period), f"differences-{period.since}-{period.until}.csv")
    response["As-Of"] = period.until.isoformat()
    return response


def _begun(lines: Callable[[], Generator[str, None, None]], period: Period) -> Iterator[str]:
    """Return lines of which the first is there, so that nothing can be refused after the answer has begun."""
    for _ in range(ATTEMPTS):
        results_of(period.since)
        begun = lines()
        try:
            first = next(begun)
        except _Outdated:
            continue
        return _after(first, begun)
    raise BeingComputed(f"The results as of {period.since} are being computed. Ask again in a few seconds.")


def _after(first: str, others: Generator[str, None, None]) -> Iterator[str]:
    try:
        yield first
        yield from others
    finally:
        others.close()


def _period(request: HttpRequest) -> Period:
    """Return the period asked for; without `to`, up to the day of `as_of`.

    Raise ParameterRefused, DateRefused, or NoResults before the first recomputation.
    """
    begin_day()
    newest = published_set()
    if newest is None:
        raise NoResults
    asked, latest = request.GET, max(today(), newest.as_of)
    try:
        shown = parse_asked(asked.getlist("as_of")) or newest.as_of
        return parse_period(asked.getlist("from"), asked.getlist("to"), latest, shown)
    except PeriodRefused as error:
        raise ParameterRefused("Malformed parameter", error.parameter, error.value, str(error)) from error
