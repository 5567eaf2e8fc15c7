"""Terms that are projects: cells of their rows, and what counts at a mobilisation target (rules 8 and 12)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Sum

from portfolio.models import ProjectCoverage
from portfolio.queries.explanations.subject import Subject
from portfolio.queries.explanations.terms import Cell, ListedTerms, RowTerms, Section, Term
from portfolio.rules.explanations import Terms, Value
from portfolio.rules.money import ZERO, share_rounded_down
from portfolio.vocabulary import ENDED_STAGES, LOWER_BOUNDS, SELECTED_STAGES, Reason

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


def counted_projects(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the counted projects of a target, each worth what it adds to a sum of rule 8."""
    adds = ADDS[spec.choice[0]]

    def worth(row: Counted) -> tuple[Value, str]:
        need = row.need_eur
        return (None, _missing(need, row.incomplete)) if need is None else (adds(row, need), "")

    return ListedTerms(spec, _counted(subject), lambda row: _counted_term(row, *worth(row)), worth)


def counted_without_need(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the counted projects of a target that have no need, each worth the reason."""
    rows = [row for row in _counted(subject) if row.need is None]

    def worth(row: Counted) -> tuple[Value, str]:
        return str(_missing(None, row.incomplete)), ""

    return ListedTerms(spec, rows, lambda row: _counted_term(row, *worth(row)), worth)


ADDS: dict[str, Callable[[Counted, Decimal], Decimal]] = {
    "mobilised": lambda row, need: need,
    "gross": lambda row, need: need * row.lines,
    "attributed": lambda row, need: share_rounded_down(
        need, _euro(row.signed), _euro(row.signed_in_envelopes)
    ),
}


def _counted(subject: Subject) -> list[Counted]:
    ended = ", ".join(f"'{stage}'" for stage in sorted(ENDED_STAGES))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.slug, p.name, cov.stage, cov.incomplete, cov.need_eur, line.counted_lines,"
            " line.counted_signed_eur, sums.signed_in_envelopes_eur"
            " FROM portfolio_enveloperollup AS line"
            " JOIN portfolio_project AS p ON p.id = line.project_id"
            " JOIN portfolio_projectcoverage AS cov"
            " ON cov.project_id = line.project_id AND cov.result_set_id = line.result_set_id"
            " JOIN portfolio_projectrollup AS sums"
            " ON sums.project_id = line.project_id AND sums.result_set_id = line.result_set_id"
            " WHERE line.result_set_id = %s AND line.envelope_id = %s AND line.counted_lines > 0"
            f" AND cov.stage NOT IN ({ended})"
            " ORDER BY cov.need_eur DESC NULLS LAST, p.slug",
            [subject.results.pk, subject.of_envelope.pk],
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
