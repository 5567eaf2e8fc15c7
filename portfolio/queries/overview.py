"""Reads of the overview: published rows, and sums of stored states."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet

from portfolio.models import (
    ChipComparison,
    EnvelopeUtilisation,
    PortfolioSummary,
    ProjectCoverage,
    ProjectStage,
    ResultSet,
)
from portfolio.queries.chips import Bounds, bound_rows, bounds_of
from portfolio.queries.contribution_states import states_behind
from portfolio.queries.coverage_sums import selected_gigafactories
from portfolio.queries.memories import to_be_read_ahead
from portfolio.queries.ordering import by_name
from portfolio.queries.parts import Row, SumsByProject
from portfolio.queries.states import marks
from portfolio.queries.together import read_together
from portfolio.rules.money import decimal_of
from portfolio.rules.project_coverage import join_reasons
from portfolio.vocabulary import (
    SELECTED_STAGES,
    EventKind,
    FinancierKind,
    Reason,
)

ZERO = Decimal("0.00")


Metrics = dict[str, Decimal | None]


def summary(results: ResultSet) -> Metrics:
    """Return the portfolio's metrics by name; None is unknown."""
    return _metrics(_summary_rows(results))


def _summary_rows(results: ResultSet) -> QuerySet[Any]:
    return PortfolioSummary.objects.filter(result_set=results).order_by().values_list("metric", "value")


def _metrics(rows: Iterable[tuple[str, str]]) -> Metrics:
    return {metric: Decimal(value) if value else None for metric, value in rows}


def envelope_rows(results: ResultSet) -> QuerySet[EnvelopeUtilisation]:
    """Return the published rows of all envelopes, by programme and name."""
    rows = EnvelopeUtilisation.objects.filter(result_set=results)
    return rows.select_related("envelope__programme", "envelope__parent").order_by(
        *by_name("envelope__programme"), "-amount_eur", *by_name("envelope")
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A gigafactory that holds a place: its funding and chips as published, and since when."""

    funding: ProjectCoverage
    chips: ChipComparison
    selected_on: Any


def places(results: ResultSet) -> list[Place]:
    """Return the selected gigafactories, the first selected first."""
    return _places(results, *read_together(*_place_reads(results, selected_gigafactories(results))))


def _place_reads(results: ResultSet, projects: list[int]) -> tuple[QuerySet[Any], ...]:
    """Return the reads of funding, chips and first day of some selected projects (database ids)."""
    selected = {"result_set": results, "project__in": projects}
    stages = ProjectStage.objects.filter(
        stage="selected", reached_on__lte=results.as_of, project__in=projects
    )
    return (
        ProjectCoverage.objects.filter(**selected).select_related("project").order_by(),
        ChipComparison.objects.filter(**selected).order_by(),
        stages.order_by().values_list("project").annotate(Max("reached_on")),
    )


def _places(results: ResultSet, funding: list[Any], chips: list[Any], since: list[Any]) -> list[Place]:
    chips_of, first = {row.project_id: row for row in chips}, dict(since)
    found = [Place(row, chips_of[row.project_id], first.get(row.project_id)) for row in funding]
    return sorted(found, key=lambda place: (place.selected_on or results.as_of, place.funding.project.slug))


@dataclass(frozen=True, slots=True)
class Shown:
    """What the overview shows of published rows, and which bounds the chips of its projects have."""

    metrics: Metrics
    places: list[Place]
    envelopes: list[EnvelopeUtilisation]
    bounds: Bounds


def shown(results: ResultSet, others: Iterable[int]) -> Shown:
    """Return what the overview shows, in one statement; of `others`, too, the bounds (database ids)."""
    selected = selected_gigafactories(results)
    metrics, funding, chips, since, envelopes, bounds = read_together(
        _summary_rows(results),
        *_place_reads(results, selected),
        envelope_rows(results),
        bound_rows(results.as_of, {*others, *selected}),
    )
    places = _places(results, funding, chips, since)
    return Shown(_metrics(metrics), places, envelopes, bounds_of(bounds))


@dataclass(slots=True)
class Firmness:
    """How firm the funding of selected projects with a need is: one amount a state, one denominator."""

    need_eur: Decimal
    rows: list["FirmnessRow"] = field(default_factory=list)
    paid_elsewhere_eur: Decimal = ZERO
    incomplete: str = ""


@dataclass(frozen=True, slots=True)
class FirmnessRow:
    """Money of one degree of firmness, by kind of financier in the order of the closed list."""

    name: str
    label: str
    by_kind: list[Decimal]
    total: Decimal


def firmness(results: ResultSet, need_eur: Decimal) -> Firmness:
    """Return the funding of selected projects that have a need (`need_eur` in all), by firmness and kind.

    What was paid counts with the contracts it was paid on; payments on contributions that are not signed
    (any more) stand apart.
    """
    euro: dict[tuple[str, str], Decimal] = {}
    paid: dict[str, Decimal] = {}
    paid_elsewhere = ZERO
    lacking: set[str] = set()
    for (state, kind), numbers in _SUMS_OF_STATES.of(results).items():
        amount, disbursed = (decimal_of(cents, 2) for cents in numbers[:2])
        unknown, no_rate = numbers[2:]
        euro[state, kind] = amount
        lacking |= {Reason.AMOUNT_UNKNOWN} if unknown else set()
        lacking |= {Reason.NO_EXCHANGE_RATE} if no_rate else set()
        if state == EventKind.SIGNED:
            paid[kind] = disbursed
        else:
            paid_elsewhere += disbursed
    signed = {kind: euro.get((EventKind.SIGNED, kind), ZERO) for kind in FinancierKind}
    unpaid = [max(signed[kind] - paid.get(kind, ZERO), ZERO) for kind in FinancierKind]
    found = Firmness(need_eur)
    found.paid_elsewhere_eur = paid_elsewhere
    found.rows = [
        _row("disbursed", "Disbursed", [paid.get(kind, ZERO) for kind in FinancierKind]),
        _row("signed", "Signed, to be paid", unpaid),
    ]
    for state in (EventKind.APPROVED, EventKind.UNDER_APPRAISAL, EventKind.ANNOUNCED):
        amounts = [euro.get((state, kind), ZERO) for kind in FinancierKind]
        found.rows.append(_row(state.value, str(state.label), amounts))
    found.incomplete = join_reasons(lacking)
    return found


def _read_sums(results: ResultSet, projects: list[int] | None) -> list[Row]:
    """Return euro, disbursed euro, and how many lack an amount or a rate, by project, state and kind.

    Of contributions other than guarantees to selected projects that have a need.
    """
    states = states_behind(results, projects)
    # Said of the rows, too: a planner without statistics of new results would look at all of them.
    some = "" if projects is None else f" AND p.project_id IN ({marks(projects)})"
    stages = ", ".join(f"'{stage}'" for stage in sorted(SELECTED_STAGES))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.project_id, s.state, s.financier_kind, COALESCE(SUM(s.amount_eur), 0),"
            " SUM(s.disbursed_eur), SUM(CASE WHEN s.amount_unknown THEN 1 ELSE 0 END),"
            " SUM(CASE WHEN s.no_exchange_rate THEN 1 ELSE 0 END)"
            f" FROM ({states.sql}) AS s JOIN portfolio_projectcoverage AS p ON p.project_id = s.project_id"
            f" WHERE NOT s.guarantee AND p.result_set_id = %s AND p.stage IN ({stages})"
            f" AND p.need_eur IS NOT NULL{some} GROUP BY s.project_id, s.state, s.financier_kind",
            [*states.params, results.pk, *(projects or ())],
        )
        rows = cursor.fetchall()
    return [(id_, (state or "", kind), tuple(map(int, numbers))) for id_, state, kind, *numbers in rows]


_SUMS_OF_STATES = SumsByProject(_read_sums)
to_be_read_ahead(_SUMS_OF_STATES.of)


def _row(name: str, label: str, amounts: Iterable[Decimal]) -> FirmnessRow:
    by_kind = list(amounts)
    return FirmnessRow(name, label, by_kind, sum(by_kind, ZERO))
