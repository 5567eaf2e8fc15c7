"""Figures that are sums over projects, or follow from such sums: what each fact adds to the sums.

What a fact adds depends on the facts of its own project alone. So steps of one project can be replaced, and
the figure taken through all steps again, without applying the facts of other projects anew.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple, overload

from portfolio.rules.envelope_utilisation import (
    EnvelopeFunding,
    EnvelopeTerms,
    Mobilised,
    envelope_utilisation,
)
from portfolio.rules.money import ZERO
from portfolio.rules.portfolio_summary import (
    COVERAGE,
    FUNDING_METRICS,
    FundingRow,
    FundingTotal,
    PortfolioFunding,
    coverage_of,
)
from portfolio.rules.replay import ENVELOPES, SUMMARY, VALUE, Book, CellChange, Fact, is_number, take_in
from portfolio.rules.standing import Standing

Number = Decimal | int
Sums = Sequence[Number]
PartOf = Callable[[Standing], Sums]
Place = tuple[date, int, int, int]


class Step(NamedTuple):
    """A fact by its place in the order of facts, with what it adds: by which number to which sum."""

    place: Place
    fact: Fact
    added: tuple[tuple[int, Number], ...]


def steps(book: Book, facts: Iterable[Fact], part_of: PartOf) -> Iterator[Step]:
    """Yield what facts, in their order, add to the sums that `part_of` gives a project's part of."""
    parts: dict[int, Sums] = {}
    for fact in facts:
        standing = book.projects[fact.project]
        before = parts.get(fact.project) or part_of(standing)
        take_in(book, fact)
        after = parts[fact.project] = part_of(standing)
        if before != after:
            added = ((place, now - was) for place, (was, now) in enumerate(zip(before, after, strict=True)))
            yield Step(fact.order, fact, tuple((place, number) for place, number in added if number))


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell of a table as sums make it: `value` of them on a day, which `behind` alone decide."""

    table: str
    key: str
    column: str
    behind: Collection[int]
    value: Callable[[Sums, date], Any]


class FigureChanges(Sequence[CellChange]):
    """What each fact changed in one cell, in the order of facts; a change is made when it is asked for."""

    def __init__(self, figure: Figure, rows: list[tuple[Fact | None, Any, Any]]) -> None:
        self._figure, self._rows = figure, rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> CellChange: ...
    @overload
    def __getitem__(self, place: slice) -> list[CellChange]: ...
    def __getitem__(self, place: int | slice) -> CellChange | list[CellChange]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        figure, (fact, before, after) = self._figure, self._rows[place]
        return CellChange(
            figure.table, figure.key, figure.column, fact, before, after, self._difference(place)
        )

    def _difference(self, place: int) -> Any:
        """Return by how much one differs from the last known value before it."""
        _, _, after = self._rows[place]
        if is_number(after):
            for _, known, _ in reversed(self._rows[: place % len(self._rows) + 1]):
                if is_number(known):
                    return after - known
        return None


def followed(figure: Figure, begun: Sums, steps_: Iterable[Step], since: date, until: date) -> FigureChanges:
    """Return what steps, in their order, change in a figure that sums as they begin make of one day.

    At last, what the passing of days up to `until` alone changes.
    """
    sums, behind, value_of = list(begun), figure.behind, figure.value
    value, rows = value_of(sums, since), list[tuple[Fact | None, Any, Any]]()
    for _, fact, added in steps_:
        bears = False
        for place, number in added:
            sums[place] += number
            bears = bears or place in behind
        if bears:
            after = value_of(sums, since)
            if after != value:
                rows.append((fact, value, after))
                value = after
    after = value_of(sums, until)
    if after != value:
        rows.append((None, value, after))
    return FigureChanges(figure, rows)


_TOTAL = tuple(column.name for column in fields(FundingTotal))
_SCOPES = ("running", "selected")
_FUNDING = tuple(column.name for column in fields(EnvelopeFunding))
_COUNTED = tuple(column.name for column in fields(Mobilised))
_total, _funding, _counted = attrgetter(*_TOTAL), attrgetter(*_FUNDING), attrgetter(*_COUNTED)


def sums_of_portfolio(funding: PortfolioFunding) -> Sums:
    """Return the totals of the portfolio as sums."""
    return (*_total(funding.running), *_total(funding.selected))


def part_of_portfolio(standing: Standing) -> Sums:
    """Return what a project adds to the totals of the portfolio (rule 12)."""
    row = FundingRow(standing.stage, standing.need.amount_eur, standing.sums.get("signed_eur", ZERO))
    return sums_of_portfolio(PortfolioFunding().changed(row))


def portfolio_figure(metric: str) -> Figure:
    """Return a metric that money alone decides as sums make it (rule 12)."""
    scope, column = FUNDING_METRICS[metric]
    first = _SCOPES.index(scope) * len(_TOTAL)
    if column == COVERAGE:
        secured, need = (first + _TOTAL.index(name) for name in ("secured_of_needed_eur", "need_eur"))
        return Figure(
            SUMMARY, metric, VALUE, {secured, need}, lambda sums, _: coverage_of(sums[secured], sums[need])
        )
    place = first + _TOTAL.index(column)
    return Figure(SUMMARY, metric, VALUE, {place}, lambda sums, _: sums[place])


def sums_of_envelope(funding: EnvelopeFunding, counted: Mobilised) -> Sums:
    """Return the totals of an envelope as sums."""
    return (*_funding(funding), *_counted(counted))


def part_of_envelope(envelope: int) -> PartOf:
    """Return what gives a project's part of an envelope's totals (rules 7 and 8)."""
    return lambda standing: sums_of_envelope(*standing.part_of(envelope))


_OF_BUDGETS = ("approved_eur", "signed_eur")
# The sums that decide a column of envelopes: of all contributions, and of counted projects.
_BEHIND: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    **{column: ((column,), ()) for column in _FUNDING if column.endswith("_eur")},
    **dict.fromkeys(("committed_eur", "headroom_eur", "utilisation", "over_allocated"), (_OF_BUDGETS, ())),
    "gross_mobilised_eur": ((), ("gross_eur",)),
    "attributed_eur": ((), ("attributed_eur",)),
    **dict.fromkeys(("mobilised_eur", "progress", "on_track"), ((), ("mobilised_eur",))),
    "multiplier": ((), ("mobilised_eur", "signed_eur")),
    "incomplete": (("amount_unknown", "no_exchange_rate"), ("no_cost_estimate", "no_exchange_rate")),
    **dict.fromkeys(("kind", "amount_eur", "expected_progress"), ((), ())),
}


def envelope_figure(envelope: EnvelopeTerms, column: str) -> Figure:
    """Return a column of an envelope's row as sums make it (rules 7 and 8)."""
    funding, counted = _BEHIND[column]
    width = len(_FUNDING)
    behind = {*map(_FUNDING.index, funding), *(width + _COUNTED.index(name) for name in counted)}

    def value(sums: Sums, day: date) -> Any:
        totals = EnvelopeFunding(*sums[:width]), Mobilised(*sums[width:])  # type: ignore[arg-type]
        return getattr(envelope_utilisation(envelope, day, *totals), column)

    return Figure(ENVELOPES, envelope.slug, column, behind, value)
