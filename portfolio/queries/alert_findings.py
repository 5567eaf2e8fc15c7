"""What needs attention now: the reads of alerts, put through their rules."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from portfolio.models import ResultSet
from portfolio.queries import alert_reads
from portfolio.queries.project_alert_reads import (
    converted_amounts,
    open_milestones,
    paid_contributions,
    project_standings,
    signed_above_approved,
)
from portfolio.rules.alerts import (
    Finding,
    Subject,
    Thresholds,
    envelope_findings,
    eu_total_findings,
    failure_findings,
    figure_findings,
    places_findings,
    verification_findings,
)
from portfolio.rules.project_alerts import (
    milestone_findings,
    paid_findings,
    project_findings,
    rate_findings,
    signed_findings,
)
from portfolio.rules.project_coverage import is_ended
from portfolio.vocabulary import AlertKind


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at: some projects (database ids) or all of them (None), and what is of no project.

    `eu_total` says whether the EU money of all gigafactories is looked at too, `verification` whether that
    of results is. Published figures are looked at with all projects only: no edit of a project changes them.
    """

    results: ResultSet
    projects: set[int] | None
    eu_total: bool
    verification: bool


def look_at(results: ResultSet, projects: set[int] | None) -> Look:
    """Return what has to be looked at after a change of some projects, of none, or with None of anything."""
    eu_total = projects is None or alert_reads.any_gigafactory(projects)
    return Look(results, projects, eu_total, verification=not projects)


Finder = Callable[[Look], Iterable[Finding]]

_finders: list[Finder] = []


def join_findings(finder: Finder) -> None:
    """Add what another app finds, when it starts.

    Of projects it yields what concerns those that are looked at. What is of no project it yields at each
    look, about an `AlertSubject.ADVICE`: an alert of that which is not found again has gone.
    """
    if finder not in _finders:
        _finders.append(finder)


def findings(look: Look) -> Iterator[Finding]:
    """Yield what needs attention among what is looked at; `results` are today's."""
    thresholds, maxima = alert_reads.thresholds(), alert_reads.maxima()
    yield from _of_no_project(look, thresholds, maxima)
    if look.projects is None or look.projects:
        most = maxima.get(alert_reads.EU_SHARE_MAXIMUM)
        yield from _of_projects(look, thresholds, most.value if most else None)
    for finder in _finders:
        yield from finder(look)


def _of_no_project(
    look: Look, thresholds: Thresholds, maxima: dict[str, alert_reads.Maximum]
) -> Iterator[Finding]:
    results = look.results
    for envelope in alert_reads.envelope_standings(results):
        yield from envelope_findings(envelope)
    yield from places_findings(alert_reads.free_places(results), thresholds)
    most = maxima.get(alert_reads.EU_MONEY_MAXIMUM)
    if look.eu_total and most is not None:
        committed = alert_reads.eu_money_of_gigafactories(results)
        yield from eu_total_findings(committed, most.value, most.programme)
    if look.projects is None:
        for contradiction in alert_reads.contradictions(results.as_of):
            yield from figure_findings(contradiction)
    yield from failure_findings(*alert_reads.newest_failure())
    if look.verification:
        yield from verification_findings(results.as_of, alert_reads.last_verification(), thresholds)


def _of_projects(look: Look, thresholds: Thresholds, eu_maximum: Decimal | None) -> Iterator[Finding]:
    results, projects = look.results, look.projects
    running: dict[int, Subject] = {}
    for project in project_standings(results, projects, thresholds.get((AlertKind.SOURCE_OUTDATED, ""))):
        yield from project_findings(project, results.as_of, thresholds, eu_maximum)
        if project.subject.project is not None and not is_ended(project.stage):
            running[project.subject.project] = project.subject
    for paid in paid_contributions(results, projects):
        yield from paid_findings(paid)
    for line in signed_above_approved(projects):
        yield from signed_findings(line)
    age = thresholds.get((AlertKind.RATE_TOO_OLD, ""))
    if age is not None:
        yield from rate_findings(converted_amounts(results, projects, age, running), thresholds)
    for milestone in open_milestones(results, projects, running):
        yield from milestone_findings(milestone, results.as_of, thresholds)
