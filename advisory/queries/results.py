"""The result tables of advice, computed from facts as of any day, and read as published."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from advisory.models import AdvisoryCase, AdvisoryReadiness, SignedWindow
from advisory.queries.case_facts import any_request, assessments, case_facts, engagements, thresholds
from advisory.queries.windows import windows
from advisory.rules.funnel import OVERALL, PROJECT, WITHOUT_PROJECT, Funnel, funnel
from advisory.rules.outcomes import MONTHS, Outcome, Window, WindowSums, outcome, sums_of
from advisory.rules.readiness import Assessment, engagement_readiness
from advisory.rules.steps import Case, case_of
from advisory.vocabulary import ThresholdKey
from portfolio.models import Project, ResultSet
from portfolio.rules.money import ZERO

CASE_COLUMNS = tuple(Case.__slots__)
WINDOW_COLUMNS = tuple(Window.__slots__)


@dataclass(frozen=True, slots=True)
class Readiness:
    """What an engagement gained (A5): a row of `advisory_readiness`, by database ids."""

    engagement: int
    project: int | None
    first_on: date | None
    first_lower: Decimal | None
    first_upper: Decimal | None
    last_on: date | None
    last_lower: Decimal | None
    last_upper: Decimal | None
    gain: Decimal | None
    gain_lower: Decimal | None
    gain_upper: Decimal | None
    incomplete: str


@dataclass(frozen=True, slots=True)
class AdviceTables:
    """The rows of all result tables of advice as of a day, and the windows behind them."""

    cases: list[Case]
    readiness: list[Readiness]
    windows: list[Window]
    funnel: list[Funnel]
    outcomes: list[Outcome]


NOTHING = AdviceTables([], [], [], [], [])


def compute(as_of: date, *, stored_states: bool = False) -> AdviceTables:
    """Return all tables as of a day; nothing without any request (A1).

    From the facts alone, unless `stored_states`: the stored states of contributions are those of that day.
    """
    if not any_request():
        return NOTHING
    cases, readiness = cases_of(as_of), readiness_of(as_of)
    found = windows(as_of, stored_states=stored_states)
    sums = {
        (advised, months): sums_of([one for one in found if one.advised is advised], months)
        for advised in (True, False)
        for months in MONTHS
    }
    rows = funnel_rows(cases, readiness, found, None)
    return AdviceTables(cases, readiness, found, rows, outcome_rows(sums))


def cases_of(as_of: date, projects: Collection[int] | None = None) -> list[Case]:
    """Return the cases of some projects (database ids), or all, as of a day."""
    limits = thresholds()
    found = (case_of(facts, as_of, limits) for facts in case_facts(projects))
    return [case for case in found if case is not None]


def readiness_of(as_of: date, projects: Collection[int] | None = None) -> list[Readiness]:
    """Return what the started engagements of some projects, or of all, have gained as of a day."""
    rows = list(
        engagements(projects)
        .filter(starts_on__lte=as_of, request__received_on__lte=as_of)
        .values_list("pk", "request_id", "request__project_id", "starts_on")
    )
    assessed = assessments()
    return [
        _readiness(pk, project, assessed.get(request, []), starts_on, as_of)
        for pk, request, project, starts_on in rows
    ]


def _readiness(
    pk: int, project: int | None, found: Sequence[Assessment], starts_on: date | None, as_of: date
) -> Readiness:
    readiness = engagement_readiness(found, starts_on, as_of)
    first = readiness.first.score if readiness.first else None
    last = readiness.last.score if readiness.last else None
    return Readiness(
        pk,
        project,
        readiness.first.assessed_on if readiness.first else None,
        first.lower if first else None,
        first.upper if first else None,
        readiness.last.assessed_on if readiness.last else None,
        last.lower if last else None,
        last.upper if last else None,
        readiness.gain.gain,
        readiness.gain.lower,
        readiness.gain.upper,
        readiness.gain.incomplete,
    )


def funnel_rows(
    cases: Sequence[Case],
    readiness: Sequence[Readiness],
    found: Iterable[Window],
    projects: Collection[int] | None,
) -> list[Funnel]:
    """Return the rows of the funnel: overall, without a project, and of some projects or each with a case."""
    enough = thresholds().get(ThresholdKey.ASSESSED_AT_LEAST)
    by_project: defaultdict[int | None, list[Case]] = defaultdict(list)
    for case in cases:
        by_project[case.project].append(case)
    windows_of = {one.project: one for one in found if one.advised}
    advised = [windows_of[id_] for id_ in by_project if id_ is not None and id_ in windows_of]
    gains = [row.gain for row in readiness if row.gain is not None]
    rows = [funnel(OVERALL, None, cases, advised, gains, enough)]
    if by_project[None]:
        rows.append(funnel(WITHOUT_PROJECT, None, by_project[None], [], [], enough))
    wanted = [id_ for id_ in by_project if id_ is not None and (projects is None or id_ in projects)]
    slugs = dict(Project.objects.filter(pk__in=wanted).order_by().values_list("pk", "slug"))
    for id_ in sorted(wanted, key=slugs.__getitem__):
        own = [windows_of[id_]] if id_ in windows_of else []
        rows.append(funnel(f"{PROJECT}{slugs[id_]}", id_, by_project[id_], own, [], enough))
    return rows


def outcome_rows(sums: Mapping[tuple[bool, int], WindowSums]) -> list[Outcome]:
    """Return the rows of `advisory_outcomes` (A6): with advice and without, by length of window."""
    return [
        outcome(advised=advised, months=months, sums=sums.get((advised, months), WindowSums()))
        for months in MONTHS
        for advised in (True, False)
    ]


# --- As published -------------------------------------------------------------------------------------------


def stored_cases(results: ResultSet) -> list[Case]:
    """Return the published cases of a result set, by request."""
    names = ["request_id", "project_id", *CASE_COLUMNS[2:]]
    rows = AdvisoryCase.objects.filter(result_set=results).order_by("request__key")
    return [Case(*row) for row in rows.values_list(*names)]


def stored_readiness(results: ResultSet) -> list[Readiness]:
    """Return the published readiness of a result set's engagements."""
    names = ["engagement_id", "project_id", *Readiness.__slots__[2:]]
    rows = AdvisoryReadiness.objects.filter(result_set=results).order_by("engagement__key")
    return [Readiness(*row) for row in rows.values_list(*names)]


def stored_windows(results: ResultSet, *, advised: bool | None = None) -> list[Window]:
    """Return the windows that stand behind a result set: of advised projects, of others, or of all."""
    names = ["project_id", *WINDOW_COLUMNS[1:]]
    rows = SignedWindow.objects.filter(result_set=results).order_by("project_id")
    if advised is not None:
        rows = rows.filter(advised=advised)
    return [Window(*row) for row in rows.values_list(*names)]


def stored_window_sums(results: ResultSet) -> dict[tuple[bool, int], WindowSums]:
    """Return what the windows behind a result set add up to, by group and length of window."""
    sums: dict[str, Any] = {}
    for months in MONTHS:
        over = Q(**{f"over_{months}": True})
        sums |= {
            f"over{months}": Count("pk", filter=over),
            f"open{months}": Count("pk", filter=~over),
            f"signed{months}": Count("pk", filter=over & Q(**{f"signed_{months}__gt": 0})),
            f"euro{months}": Sum(f"signed_{months}_eur", filter=over),
            f"unknown{months}": Count("pk", filter=over & Q(amount_unknown=True)),
            f"no_rate{months}": Count("pk", filter=over & Q(no_exchange_rate=True)),
        }
    found = SignedWindow.objects.filter(result_set=results).order_by().values("advised").annotate(**sums)
    rows: list[dict[str, Any]] = [dict(row) for row in found]
    return {
        (row["advised"], months): WindowSums(
            row[f"over{months}"],
            row[f"open{months}"],
            row[f"signed{months}"],
            row[f"euro{months}"] or ZERO,
            row[f"unknown{months}"],
            row[f"no_rate{months}"],
        )
        for row in rows
        for months in MONTHS
    }
