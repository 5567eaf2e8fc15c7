"""Where the lines of a chart over time stand: presentation of figures that were computed elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

WIDTH, HEIGHT = 100, 40
PLACES = Decimal("0.01")

Value = Decimal | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A figure over time: its name (the style it is drawn in), what people call it, its value each day."""

    name: str
    label: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn figure; its points in several runs where it was unknown in between."""

    name: str
    label: str
    runs: list[str]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over days, the greatest value, and a row a day with the exact values, the newest first.

    `ratios` says that the values are shares, not amounts in euro.
    """

    first: date
    last: date
    top: Decimal
    lines: list[Line]
    labels: list[str]
    rows: list[tuple[date, list[Value]]]
    ratios: bool = False


def chart(days: Sequence[date], columns: Sequence[Column], *, ratios: bool = False) -> Chart | None:
    """Return a chart of columns from the first day with something to draw; None where nothing is drawn.

    `ratios` says that the values are no amounts, but shares of one.
    """
    begin = next((n for n in range(len(days)) if any(column.values[n] for column in columns)), None)
    if begin is None or len(days) - begin < 2:
        return None
    days = days[begin:]
    shown = [Column(column.name, column.label, column.values[begin:]) for column in columns]
    top = max(Decimal(value) for column in shown for value in column.values if value is not None)
    if top <= 0:
        return None
    return Chart(
        days[0],
        days[-1],
        top,
        [Line(column.name, column.label, _runs(days, column.values, top)) for column in shown],
        [column.label for column in shown],
        [(day, [column.values[n] for column in shown]) for n, day in enumerate(days)][::-1],
        ratios,
    )


def _runs(days: Sequence[date], values: Sequence[Value], top: Decimal) -> list[str]:
    """Return the points of a line, a text for each run of known values."""
    period = (days[-1] - days[0]).days
    runs: list[list[str]] = [[]]
    for day, value in zip(days, values, strict=True):
        if value is None:
            runs.append([])
            continue
        x = (Decimal((day - days[0]).days * WIDTH) / period).quantize(PLACES)
        y = (HEIGHT - max(Decimal(value), Decimal(0)) * HEIGHT / top).quantize(PLACES)
        runs[-1].append(f"{x},{y}")
    return [" ".join(points) for points in runs if points]


def funding_chart(rows: Sequence[Any]) -> Chart | None:
    """Return need, potential and secured money of a project over time, from its rows in their order."""
    return chart(
        [row.result_set.as_of for row in rows],
        [
            Column("need", "Need", [row.need_eur for row in rows]),
            Column("pipeline", "Secured and pipeline", [row.secured_eur + row.pipeline_eur for row in rows]),
            Column("signed", "Secured", [row.secured_eur for row in rows]),
            Column("disbursed", "Disbursed", [row.disbursed_eur for row in rows]),
        ],
    )


def coverage_chart(rows: Sequence[Any]) -> Chart | None:
    """Return coverage and potential coverage of a project over time, from its rows in their order."""
    return chart(
        [row.result_set.as_of for row in rows],
        [
            Column("pipeline", "Potential coverage", [row.potential_coverage for row in rows]),
            Column("signed", "Coverage", [row.coverage for row in rows]),
        ],
        ratios=True,
    )


def budget_chart(rows: Sequence[Any]) -> Chart | None:
    """Return what is committed, signed and paid of a budget over time."""
    return chart(
        [row.result_set.as_of for row in rows],
        [
            Column("approved", "Committed", [row.committed_eur for row in rows]),
            Column("signed", "Signed", [row.signed_eur for row in rows]),
            Column("disbursed", "Disbursed", [row.disbursed_eur for row in rows]),
        ],
    )


def target_chart(rows: Sequence[Any]) -> Chart | None:
    """Return what a target mobilised over time: each project once, by contract, and attributed."""
    return chart(
        [row.result_set.as_of for row in rows],
        [
            Column("pipeline", "If counted by contract", [row.gross_mobilised_eur for row in rows]),
            Column("signed", "Mobilised, each project once", [row.mobilised_eur for row in rows]),
            Column("disbursed", "Attributed", [row.attributed_eur for row in rows]),
        ],
    )


PORTFOLIO_METRICS = ("need_selected_eur", "secured_selected_eur")


def portfolio_chart(series: dict[date, dict[str, str]]) -> Chart | None:
    """Return need and secured money of the selected projects over time, from PORTFOLIO_METRICS by day."""

    def values(metric: str) -> list[Value]:
        texts = [metrics.get(metric, "") for metrics in series.values()]
        return [Decimal(text) if text else None for text in texts]

    return chart(
        list(series),
        [
            Column("need", "Need of selected projects", values("need_selected_eur")),
            Column("signed", "Secured", values("secured_selected_eur")),
        ],
    )
