"""Terms that are projects: cells of their rows, and what counts at a mobilisation target (rules 8 and 12)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Sum

from portfolio.models import ProjectCoverage
from portfolio.queries.explanations.held_lists import MOST_KEPT, HeldList, Part, Placed, held_list
from portfolio.queries.explanations.subject import Subject
from portfolio.queries.explanations.terms import Cell, ListedTerms, RowTerms, Section, Term
from portfolio.queries.states import marks
from portfolio.rules.explanations import Terms, Value, aggregated
from portfolio.rules.money import ZERO, share_rounded_down
from portfolio.vocabulary import ENDED_STAGES, LOWER_BOUNDS, SELECTED_STAGES, Reason

NO_NEED = (Reason.NO_COST_ESTIMATE.value, Reason.NO_EXCHANGE_RATE.value)
COLUMNS = ("project__slug", "project__name", "stage", "incomplete")


def projects(subject: Subject, spec: Terms) -> Section:
    """Return projects, each worth one cell of its row, or one, the largest first.

    The choice of a list is the cell, whether selected projects or all that have not ended, and whether
    those with or without a need.
    """
    column, who, need = spec.choice
    rows = ProjectCoverage.objects.filter(result_set=subject.results)
    rows = (
        rows.filter(stage__in=SELECTED_STAGES) if who == "selected" else rows.exclude(stage__in=ENDED_STAGES)
    )
    if need:
        rows = rows.filter(need_eur__isnull=need == "without")
    if spec.kind:
        rows = rows.filter(project__kind=spec.kind)
    if need == "without" or column == "stage":
        return _counted_rows(spec, rows.order_by("project__slug", "pk"), column)
    return _summed_rows(spec, rows, column)


def _counted_rows(spec: Terms, rows: QuerySet[ProjectCoverage], column: str) -> RowTerms:
    number = rows.count()
    return RowTerms(spec, rows, COLUMNS, lambda row: _project(row, column, 1, ""), number, number, {})


def _summed_rows(spec: Terms, rows: QuerySet[ProjectCoverage], column: str) -> RowTerms:
    lacks = {
        reason.value: Count("pk", filter=Q(**{column: None}) & Q(incomplete__contains=reason.value))
        for reason in (Reason.NO_COST_ESTIMATE,)
    }
    bound = Q()
    for reason in LOWER_BOUNDS:
        bound |= Q(incomplete__contains=reason.value)
    found = rows.order_by().aggregate(
        number=Count("pk"), known=Count(column), euro=Sum(column), bounded=Count("pk", filter=bound), **lacks
    )
    lacking = {Reason.NO_COST_ESTIMATE.value: found[Reason.NO_COST_ESTIMATE.value]}
    lacking[Reason.NO_EXCHANGE_RATE.value] = found["number"] - found["known"] - sum(lacking.values())
    return RowTerms(
        spec,
        rows.order_by(F(column).desc(nulls_last=True), "project__slug", "pk"),
        (*COLUMNS, column),
        lambda row: _project(row[:-1], column, row[-1], _missing(row[-1], row[3])),
        found["number"],
        found["euro"] or ZERO,
        {reason: number for reason, number in lacking.items() if number},
        0 if column == "need_eur" else found["bounded"],
    )


def _project(row: tuple[Any, ...], column: str, value: Value, reason: str) -> Term:
    slug, name, stage, _ = row
    return Term(
        kind="project",
        fact=slug,
        value=value,
        reason=reason,
        name=name,
        project=slug,
        event=stage,
        cells=(Cell("project_coverage", slug, column),),
    )


def _missing(need: Decimal | None, incomplete: str) -> str:
    """Return why a need is unknown: a project without an estimate says so, any other lacks a rate."""
    if need is not None:
        return ""
    without = Reason.NO_COST_ESTIMATE in incomplete.split(";")
    return Reason.NO_COST_ESTIMATE if without else Reason.NO_EXCHANGE_RATE


class Counted(NamedTuple):
    """A project that has not ended with counted lines at a target: need, lines, and signed euro in cents."""

    project: int
    slug: str
    name: str
    stage: str
    incomplete: str
    need: Any
    lines: int
    signed: Any
    signed_in_envelopes: Any

    @property
    def need_eur(self) -> Decimal | None:
        return None if self.need is None else _euro(self.need)


@dataclass(slots=True)
class CountedProjects(Section):
    """The counted projects of a target, each worth what it adds to a sum of rule 8, by need.

    What they add up to, and which are the first, is known from before an edit but for the projects that it
    touched. What pages show of them is read.
    """

    spec: Terms
    subject: Subject
    held: HeldList = field(init=False)
    count: int = field(init=False)
    total: Value = field(init=False)
    lacking: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        name = (self.subject.of_envelope.pk, self.spec)
        self.held = held_list(self.subject.results, name, 2 + len(NO_NEED), self._read)
        self.count, cents, *lacking = self.held.total
        self.lacking = {reason: number for reason, number in zip(NO_NEED, lacking, strict=True) if number}
        unknown = sum(lacking)
        known = [_euro(cents)] if self.count > unknown else []
        self.total = aggregated(self.spec.aggregate, known, unknown)

    def part(self, start: int, stop: int) -> list[Term]:
        if self.held.until is not None and stop > len(self.held.first):
            return [self._term(row) for row in _counted(self.subject)[start:stop]]
        shown = [term.project for term in self.held.first[start:stop]]
        return [self._term(row) for row in _counted(self.subject, shown)] if shown else []

    def all(self, stack: ExitStack) -> Iterator[Term]:
        return map(self._term, _counted(self.subject))

    def _read(self, projects: list[int] | None) -> Part:
        rows = _counted(self.subject, projects)
        first = [
            Placed((row.need is None, -int(row.need or 0), row.slug), row.project, None)
            for row in rows[:MOST_KEPT]
        ]
        return Part(((row.project, self._numbers(row)) for row in rows), first)

    def _numbers(self, row: Counted) -> tuple[int, ...]:
        value, reason = self._worth(row)
        cents = 0 if value is None else int(value.scaleb(2))
        return (1, cents, *(int(reason == lacks) for lacks in NO_NEED))

    def _worth(self, row: Counted) -> tuple[Decimal | None, str]:
        need = row.need_eur
        if need is None:
            return None, _missing(need, row.incomplete)
        return ADDS[self.spec.choice[0]](row, need), ""

    def _term(self, row: Counted) -> Term:
        return _counted_term(row, *self._worth(row))


def counted_projects(subject: Subject, spec: Terms) -> Section:
    """Return the counted projects of a target, each worth what it adds to a sum of rule 8."""
    return CountedProjects(spec, subject)


def counted_without_need(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the counted projects of a target that have no need, each worth the reason."""

    def worth(row: Counted) -> tuple[Value, str]:
        return str(_missing(None, row.incomplete)), ""

    rows = _counted(subject, without_need=True)
    return ListedTerms(spec, rows, lambda row: _counted_term(row, *worth(row)), worth)


ADDS: dict[str, Callable[[Counted, Decimal], Decimal]] = {
    "mobilised": lambda row, need: need,
    "gross": lambda row, need: need * row.lines,
    "attributed": lambda row, need: share_rounded_down(
        need, _euro(row.signed), _euro(row.signed_in_envelopes)
    ),
}


def _counted(
    subject: Subject, projects: list[int] | None = None, *, without_need: bool = False
) -> list[Counted]:
    """Return the counted projects of a target, or those among some (database ids), by need."""
    ended = ", ".join(f"'{stage}'" for stage in sorted(ENDED_STAGES))
    only = " AND cov.need_eur IS NULL" if without_need else ""
    if projects is not None:
        only += f" AND line.project_id IN ({marks(projects)})"
    collation = '"C"' if connection.vendor == "postgresql" else "BINARY"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.slug, p.name, cov.stage, cov.incomplete, cov.need_eur, line.counted_lines,"
            " line.counted_signed_eur, sums.signed_in_envelopes_eur"
            " FROM portfolio_enveloperollup AS line"
            " JOIN portfolio_project AS p ON p.id = line.project_id"
            " JOIN portfolio_projectcoverage AS cov"
            " ON cov.project_id = line.project_id AND cov.result_set_id = line.result_set_id"
            " JOIN portfolio_projectrollup AS sums"
            " ON sums.project_id = line.project_id AND sums.result_set_id = line.result_set_id"
            " WHERE line.result_set_id = %s AND line.envelope_id = %s AND line.counted_lines > 0"
            f" AND cov.stage NOT IN ({ended}){only}"
            f" ORDER BY cov.need_eur DESC NULLS LAST, p.slug COLLATE {collation}",
            [subject.results.pk, subject.of_envelope.pk, *(projects or ())],
        )
        return [Counted(*row) for row in cursor.fetchall()]


def _counted_term(row: Counted, value: Value, reason: str) -> Term:
    return Term(
        kind="project",
        fact=row.slug,
        value=value,
        reason=reason,
        name=row.name,
        project=row.slug,
        event=row.stage,
        need_eur=row.need_eur,
        lines=row.lines,
        signed_eur=_euro(row.signed),
        signed_in_envelopes_eur=_euro(row.signed_in_envelopes),
        cells=(Cell("project_coverage", row.slug, "need_eur"),),
    )


def _euro(cents: Any) -> Decimal:
    return Decimal(int(cents)).scaleb(-2)
