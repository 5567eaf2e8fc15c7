"""Why a figure of the funnel or of the outcomes is what it is: the cases or projects that it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from advisory.models import AdvisoryFunnel, AdvisoryOutcome, AdvisoryRequest
from advisory.queries.results import stored_cases, stored_readiness, stored_windows
from advisory.queries.windows import SignedContribution, signed_contributions
from advisory.rules.explained import FUNNEL, OUTCOMES, ColumnRule
from advisory.rules.funnel import OVERALL, PROJECT, WITHOUT_PROJECT
from advisory.rules.outcomes import MONTHS, Window
from advisory.rules.readiness import median
from advisory.rules.steps import Case, days_to
from advisory.vocabulary import Step
from portfolio.models import Project, ResultSet
from portfolio.rules.money import ZERO, divide

TABLES = {"advisory_funnel": FUNNEL, "advisory_outcomes": OUTCOMES}
Value = Decimal | int | None


class NothingToExplain(LookupError):
    """There is no such cell; the text says what is accepted."""


@dataclass(frozen=True, slots=True)
class Term:
    """A case or a project that a figure is made of: key, name, days that bear on it, and what it adds.

    `signed` are the contributions behind money.
    """

    key: str
    name: str
    is_project: bool
    days: tuple[tuple[str, date], ...]
    value: Value
    signed: tuple[SignedContribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure as published, its rule, and its terms; `withheld` from who may not see assessments."""

    table: str
    key: str
    column: str
    name: str
    rule: ColumnRule
    value: Value
    incomplete: str
    terms: tuple[Term, ...]
    recomputed: Value
    withheld: bool

    @property
    def adds_up(self) -> bool:
        """Whether the terms give the figure; of a figure that is withheld it cannot be told."""
        return self.withheld or self.value is None or self.value == self.recomputed


def explain(results: ResultSet, table: str, key: str, column: str, *, confidential: bool) -> Explanation:
    """Return why a cell is what it is; raise NothingToExplain for one that is not there.

    `confidential`: its reader may see assessments.
    """
    if table not in TABLES:
        raise NothingToExplain(f"“{table}” is not explained here. Accepted: {', '.join(TABLES)}.")
    if column not in TABLES[table]:
        raise NothingToExplain(f"“{column}” is no figure of {table}. Accepted: {', '.join(TABLES[table])}.")
    rule = TABLES[table][column]
    row: Any = (
        AdvisoryFunnel.objects.filter(result_set=results, scope=key).first()
        if table == "advisory_funnel"
        else AdvisoryOutcome.objects.filter(result_set=results, group=key).first()
    )
    if row is None:
        raise NothingToExplain(f"There is no row “{key}” in {table} as of {results.as_of}.")
    terms: tuple[Term, ...]
    recomputed: Value
    if rule.confidential and not confidential:
        terms, recomputed = (), None
    elif table == "advisory_funnel":
        terms, recomputed = _of_funnel(results, key, rule)
    else:
        terms, recomputed = _of_outcomes(results, row, rule)
    return Explanation(
        table,
        key,
        column,
        scope_name(key, row.project_id) if table == "advisory_funnel" else group_name(row),
        rule,
        getattr(row, column),
        row.incomplete,
        terms,
        recomputed,
        rule.confidential and not confidential,
    )


def scope_name(scope: str, project: int | None) -> str:
    """Return what a row of the funnel is about, as people read it."""
    if scope == OVERALL:
        return "All requests"
    if scope == WITHOUT_PROJECT:
        return "Requests without a project"
    if project is None:
        return scope
    return Project.objects.filter(pk=project).values_list("name", flat=True).first() or scope


def group_name(row: AdvisoryOutcome) -> str:
    """Return what a row of the outcomes is about, as people read it."""
    who = "Projects with advice" if row.group.startswith("advised") else "Projects without advice"
    return f"{who}, {row.months} months"


def _of_funnel(results: ResultSet, scope: str, rule: ColumnRule) -> tuple[tuple[Term, ...], Value]:
    cases = [case for case in stored_cases(results) if _in_scope(case, scope, results)]
    if rule.of == "money":
        projects = {case.project for case in cases}
        found = [one for one in stored_windows(results, advised=True) if one.project in projects]
        terms = _projects(found, int(rule.step), "money", results.as_of)
        return terms, sum((_known(term) for term in terms), ZERO) if terms else None
    if rule.of == "gain":
        return _gains(results)
    if rule.of in ("closed", "stalled"):
        chosen = [
            case for case in cases if (case.step == Step.CLOSED if rule.of == "closed" else case.stalled)
        ]
        terms = _cases(chosen, [(_since(case), 1) for case in chosen])
        return terms, len(terms)
    step = Step(rule.step)
    if rule.of == "days":
        measured = [(case, days) for case in cases if (days := days_to(case, step)) is not None]
        days_terms = _cases(
            [case for case, _ in measured], [(_reached(case), days) for case, days in measured]
        )
        return days_terms, median([days for _, days in measured], 1)
    reached = [case for case in cases if case.reached_on(step) is not None]
    terms = _cases(reached, [((_day(case, step),), 1) for case in reached])
    return terms, len(terms)


def _in_scope(case: Case, scope: str, results: ResultSet) -> bool:
    if scope == OVERALL:
        return True
    if scope == WITHOUT_PROJECT:
        return case.project is None
    row = (
        AdvisoryFunnel.objects.filter(result_set=results, scope=scope)
        .values_list("project_id", flat=True)
        .first()
    )
    return scope.startswith(PROJECT) and case.project == row


def _known(term: Term) -> Decimal:
    return term.value if isinstance(term.value, Decimal) else ZERO


def _since(case: Case) -> tuple[tuple[str, date], ...]:
    return ((str(Step(case.step).label), case.step_since),)


def _day(case: Case, step: Step) -> tuple[str, date]:
    day = case.reached_on(step)
    if day is None:
        raise AssertionError("only steps that were reached are shown")
    return str(step.label), day


def _reached(case: Case) -> tuple[tuple[str, date], ...]:
    """Return the days of a case's public steps, in order."""
    public = (step for step in Step if step not in (Step.READY, Step.CLOSED))
    return tuple(_day(case, step) for step in public if case.reached_on(step) is not None)


def _cases(
    cases: Sequence[Case], told: Sequence[tuple[tuple[tuple[str, date], ...], Value]]
) -> tuple[Term, ...]:
    names = {
        pk: (key, project or requester)
        for pk, key, project, requester in AdvisoryRequest.objects.filter(
            pk__in=[case.request for case in cases]
        ).values_list("pk", "key", "project__name", "requester")
    }
    terms = [
        Term(*names[case.request], False, days, value)
        for case, (days, value) in zip(cases, told, strict=True)
    ]
    return tuple(sorted(terms, key=lambda term: term.key))


def _gains(results: ResultSet) -> tuple[tuple[Term, ...], Value]:
    known = [row for row in stored_readiness(results) if row.gain is not None]
    requests = dict(
        AdvisoryRequest.objects.filter(engagements__in=[row.engagement for row in known]).values_list(
            "engagements__pk", "key"
        )
    )
    engagements = dict(
        AdvisoryRequest.objects.filter(engagements__in=[row.engagement for row in known]).values_list(
            "engagements__pk", "engagements__key"
        )
    )
    terms = tuple(
        Term(
            requests[row.engagement],
            engagements[row.engagement],
            False,
            tuple(
                (label, day)
                for label, day in (("First", row.first_on), ("Last", row.last_on))
                if day is not None
            ),
            row.gain,
        )
        for row in known
    )
    return terms, median([row.gain for row in known if row.gain is not None], 2)


def _of_outcomes(
    results: ResultSet, row: AdvisoryOutcome, rule: ColumnRule
) -> tuple[tuple[Term, ...], Value]:
    months = row.months
    group = stored_windows(results, advised=row.group.startswith("advised"))
    over = [one for one in group if (one.over_12 if months == MONTHS[0] else one.over_24)]
    if rule.of == "open":
        rest = [one for one in group if one not in over]
        return _projects(rest, months, "one"), len(rest)
    if rule.of == "over":
        return _projects(over, months, "one"), len(over)
    signed = [one for one in over if (one.signed_12 if months == MONTHS[0] else one.signed_24)]
    if rule.of == "signed":
        return _projects(signed, months, "one"), len(signed)
    if rule.of == "share":
        return _projects(over, months, "signed"), divide(len(signed), len(over), 6)
    terms = _projects(over, months, "money", results.as_of)
    total = sum((_known(term) for term in terms), ZERO)
    return terms, total if rule.of == "money" else divide(total, len(over), 2)


def _projects(found: Sequence[Window], months: int, what: str, as_of: date | None = None) -> tuple[Term, ...]:
    clocks = {one.project: one.clock_from for one in found}
    signed_by = {} if as_of is None else signed_contributions(as_of, clocks, months)
    names = {
        pk: (slug, name)
        for pk, slug, name in Project.objects.filter(pk__in=[one.project for one in found]).values_list(
            "pk", "slug", "name"
        )
    }
    terms = []
    for one in found:
        euro, signed = (
            (one.signed_12_eur, one.signed_12) if months == MONTHS[0] else (one.signed_24_eur, one.signed_24)
        )
        value: Value = euro if what == "money" else 1 if what == "one" else int(signed > 0)
        begins = "First engagement" if one.advised else "First stage"
        terms.append(
            Term(
                *names[one.project],
                True,
                ((begins, one.clock_from),),
                value,
                tuple(signed_by.get(one.project, ())),
            )
        )
    return tuple(sorted(terms, key=lambda term: term.key))
