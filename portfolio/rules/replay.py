"""Results taken from one day to a later one, fact by fact: what each fact changed in which cell.

The facts come in the order of their days, those of one day as `order` says. After each, the rows that it
bears on are computed by the rules, so the differences of a cell add up to the difference of its results.
"""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from portfolio.rules.chip_comparison import Baseline, ChipClaims, ChipComparison, Measures, chip_comparison
from portfolio.rules.contribution_state import ContributionState, Event
from portfolio.rules.envelope_utilisation import (
    NO_ENVELOPE_FUNDING,
    NOTHING_MOBILISED,
    EnvelopeFunding,
    EnvelopeTerms,
    EnvelopeUtilisation,
    Mobilised,
    envelope_utilisation,
)
from portfolio.rules.money import ZERO
from portfolio.rules.portfolio_summary import (
    FundingRow,
    PortfolioFunding,
    SelectedProjects,
    Value,
    chip_metrics,
    funding_metrics,
    place_metrics,
)
from portfolio.rules.project_coverage import Need, ProjectCoverage, project_coverage
from portfolio.rules.standing import RETIRED, STATUSES, ContributionTerms, Standing
from portfolio.vocabulary import EventKind, Reason, Stage

STAGE, ESTIMATE, EVENT, DEPLOYMENT = (
    "project_stages",
    "cost_estimates",
    "contribution_events",
    "chip_deployments",
)
PASSING = "passing_of_days"
KINDS = (STAGE, ESTIMATE, EVENT, DEPLOYMENT)
_WORDS: dict[str, tuple[str, ...]] = {
    STAGE: tuple(Stage),
    ESTIMATE: ("",),
    EVENT: tuple(EventKind),
    DEPLOYMENT: (*STATUSES, RETIRED),
}
_PLACES = {(kind, word): place for kind, words in _WORDS.items() for place, word in enumerate(words)}

COVERAGE, ENVELOPES, CHIPS, SUMMARY = (
    "project_coverage",
    "envelope_utilisation",
    "chip_comparison",
    "portfolio_summary",
)
VALUE = "value"


@dataclass(frozen=True, slots=True)
class Fact:
    """A dated fact that bears on results.

    `kind` is its file in a bundle, `word` the kind of event, the stage or the status, `subject` the
    contribution, project or system it is about. `project` and `contribution` are ids, `amount` is in
    `currency`, `euro` its value (None: unknown), `source` a key.
    """

    kind: str
    id: int
    day: date
    project: int
    word: str
    subject: str
    source: str
    contribution: int = 0
    amount: Decimal | None = None
    currency: str = ""
    euro: Decimal | None = None

    @property
    def order(self) -> tuple[date, int, int, int]:
        """What facts are sorted by: day; stage, estimate, event, deployment; ladder or order; id."""
        return self.day, KINDS.index(self.kind), _PLACES[self.kind, self.word], self.id


@dataclass(frozen=True, slots=True)
class CellChange:
    """What one fact changed in one cell; `fact` None: the passing of days.

    `difference` is None where it cannot be a number: of words, and from or to unknown. A number that comes
    back after being unknown differs from the last known one.
    """

    table: str
    key: str
    column: str
    fact: Fact | None
    before: Any
    after: Any
    difference: Decimal | int | None


@dataclass(slots=True)
class Followed:
    """Which rows to compute: `money` and `chips` say which halves; None stands for all rows.

    Without `coverage`, no rows of projects; without `summary`, no metrics of the portfolio.
    """

    money: bool = True
    chips: bool = True
    coverage: bool = True
    summary: bool = True
    envelopes: Collection[int] | None = None
    chip_rows: Collection[int] | None = None


@dataclass(slots=True)
class Book:
    """Everything as of the first day. Projects without facts may be left out.

    What those that are left out have of chips stands under `present`, the sizes of existing AI factories
    (rule 10), and `selected`.
    """

    as_of: date
    followed: Followed = field(default_factory=Followed)
    projects: dict[int, Standing] = field(default_factory=dict)
    contributions: dict[int, tuple[ContributionTerms, ContributionState]] = field(default_factory=dict)
    envelopes: dict[int, EnvelopeTerms] = field(default_factory=dict)
    totals: dict[int, tuple[EnvelopeFunding, Mobilised]] = field(default_factory=dict)
    funding: PortfolioFunding = field(default_factory=PortfolioFunding)
    claims: ChipClaims = field(default_factory=ChipClaims)
    reference_tflops: Decimal | None = None
    gigafactory_limit: Decimal | None = None
    present: Collection[int] = ()
    selected: SelectedProjects = field(default_factory=SelectedProjects)


def columns_of(row: type) -> tuple[str, ...]:
    """Return the columns of a table whose cells can change: all but the key and the date."""
    return tuple(column.name for column in fields(row))[2:]


COLUMNS = {
    COVERAGE: columns_of(ProjectCoverage),
    ENVELOPES: columns_of(EnvelopeUtilisation),
    CHIPS: columns_of(ChipComparison),
}
_VALUES = {table: attrgetter(*columns) for table, columns in COLUMNS.items()}


class Replay:
    """The rows of a book, changed by one fact after another."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._coverage: dict[int, ProjectCoverage] = {}
        self._funding: dict[int, FundingRow] = {}
        self._values: dict[tuple[str, str], tuple[Any, ...]] = {}
        self._last_known: dict[tuple[str, str, str], Decimal | int] = {}
        self._present = sorted(book.present)
        self._present_chips = sum(self._present)
        self._selected = book.selected
        if book.followed.money and book.followed.coverage:
            self._coverage = {id_: self._coverage_row(id_) for id_ in book.projects}
        elif book.followed.money and book.followed.summary:
            self._funding = {id_: self._funding_row(id_) for id_ in book.projects}
        if book.followed.chips:
            for standing in book.projects.values():
                self._count(standing, 1)
        self._baseline = Baseline.of(self._present)
        self._remember_rows()
        self._metrics = self._summary()
        self._behind_summary = (book.funding, self._selected, self._baseline)

    def run(self, facts: Iterable[Fact], until: date) -> Iterator[CellChange]:
        """Yield what facts change, in their order, and at last what only the passing of days changes."""
        for fact in facts:
            yield from self.apply(fact)
        yield from self.pass_days(until)

    def apply(self, fact: Fact) -> list[CellChange]:
        """Take one fact in; return what it changed."""
        standing = self.book.projects[fact.project]
        changes: list[CellChange] = []
        if self.book.followed.chips and fact.kind in (STAGE, DEPLOYMENT):
            self._count(standing, -1)
        parts = self._parts(standing, fact) if self.book.followed.money else {}
        signed = standing.sums.get("signed_eur")
        take_in(self.book, fact)
        same_totals = fact.kind == EVENT and signed == standing.sums.get("signed_eur")
        if self.book.followed.money and fact.kind != DEPLOYMENT:
            changes += self._envelope_rows(fact, standing, parts)
            if self.book.followed.coverage:
                changes += self._coverage_rows(fact, standing)
            elif self.book.followed.summary and not same_totals:
                self._refund(fact.project)
        if self.book.followed.chips and fact.kind in (STAGE, DEPLOYMENT):
            self._count(standing, 1)
            changes += self._chip_rows(fact)
        return changes + self._summary_rows(fact)

    def pass_days(self, until: date) -> list[CellChange]:
        """Let the days pass up to `until`; return what that alone changed."""
        self.book.as_of = until
        changes: list[CellChange] = []
        if self.book.followed.money:
            for id_ in self._followed_envelopes():
                changes += self._changed(
                    None, ENVELOPES, self.book.envelopes[id_].slug, self._envelope_row(id_)
                )
        return changes

    def _parts(self, standing: Standing, fact: Fact) -> dict[int, tuple[EnvelopeFunding, Mobilised]]:
        """Return the project's parts of the envelopes that a fact may change."""
        if fact.kind == DEPLOYMENT:
            return {}
        touched = set(standing.lines)
        if fact.kind == EVENT:
            envelope = self.book.contributions[fact.contribution][0].envelope
            touched |= set() if envelope is None else {envelope}
        return {id_: standing.part_of(id_) for id_ in touched & set(self._followed_envelopes())}

    def _refund(self, project: int) -> None:
        """Replace what a project adds to the portfolio's totals, where its row is not wanted."""
        before, row = self._funding[project], self._funding_row(project)
        if row != before:
            self._funding[project] = row
            self.book.funding = self.book.funding.changed(before, -1).changed(row)

    def _coverage_rows(self, fact: Fact, standing: Standing) -> list[CellChange]:
        before, row = self._coverage[fact.project], self._coverage_row(fact.project)
        changes = self._changed(fact, COVERAGE, standing.slug, row)
        if changes:
            self._coverage[fact.project] = row
            self.book.funding = self.book.funding.changed(before, -1).changed(row)
        return changes

    def _envelope_rows(
        self, fact: Fact, standing: Standing, parts: dict[int, tuple[EnvelopeFunding, Mobilised]]
    ) -> list[CellChange]:
        changes: list[CellChange] = []
        for id_, part in parts.items():
            now = standing.part_of(id_)
            if now != part:
                funding, mobilised = self.book.totals.get(id_, (NO_ENVELOPE_FUNDING, NOTHING_MOBILISED))
                self.book.totals[id_] = (
                    funding.changed(part[0], now[0]),
                    mobilised.changed(part[1], now[1]),
                )
                envelope = self._envelope_row(id_)
                changes += self._changed(fact, ENVELOPES, envelope.envelope, envelope)
        return changes

    def _chip_rows(self, fact: Fact) -> list[CellChange]:
        baseline = Baseline.of_ordered(self._present, self._present_chips)
        touched: Iterable[int] = [fact.project]
        if baseline != self._baseline:
            touched = self.book.projects
        self._baseline = baseline
        only = self.book.followed.chip_rows
        return [
            change
            for id_ in touched
            if only is None or id_ in only
            for change in self._changed(fact, CHIPS, self.book.projects[id_].slug, self._chip_row(id_))
        ]

    def _summary_rows(self, fact: Fact) -> list[CellChange]:
        behind = (self.book.funding, self._selected, self._baseline)
        if not self.book.followed.summary or behind == self._behind_summary:
            return []
        metrics = self._summary()
        before, self._metrics, self._behind_summary = self._metrics, metrics, behind
        return [
            self._cell(fact, SUMMARY, metric, VALUE, before[metric], value)
            for metric, value in metrics.items()
            if before[metric] != value
        ]

    def _changed(self, fact: Fact | None, table: str, key: str, row: Any) -> list[CellChange]:
        """Remember a row; return the cells in which it differs from the one before."""
        before, now = self._values[table, key], _VALUES[table](row)
        if before == now:
            return []
        self._values[table, key] = now
        return [
            self._cell(fact, table, key, column, old, new)
            for column, old, new in zip(COLUMNS[table], before, now, strict=True)
            if old != new
        ]

    def _cell(
        self, fact: Fact | None, table: str, key: str, column: str, before: Any, after: Any
    ) -> CellChange:
        cell = (table, key, column)
        difference = None
        if is_number(after):
            known = before if is_number(before) else self._last_known.pop(cell, None)
            difference = None if known is None else after - known
        elif is_number(before):
            self._last_known[cell] = before
        return CellChange(table, key, column, fact, before, after, difference)

    def _count(self, standing: Standing, sign: int) -> None:
        """Count a project in (1) or out (-1) of the baseline and of the selected projects."""
        present = standing.in_baseline()
        self._present_chips += sign * present
        if present and sign > 0:
            insort(self._present, present)
        elif present:
            del self._present[bisect_left(self._present, present)]
        total = standing.chips().total()
        self._selected = self._selected.changed(standing.kind, standing.stage, total, sign)

    def _remember_rows(self) -> None:
        if self.book.followed.money:
            for row in self._coverage.values():
                self._values[COVERAGE, row.project] = _VALUES[COVERAGE](row)
            for id_ in self._followed_envelopes():
                envelope = self._envelope_row(id_)
                self._values[ENVELOPES, envelope.envelope] = _VALUES[ENVELOPES](envelope)
        if self.book.followed.chips:
            only = self.book.followed.chip_rows
            for id_ in self.book.projects if only is None else only:
                chips = self._chip_row(id_)
                self._values[CHIPS, chips.project] = _VALUES[CHIPS](chips)

    def _followed_envelopes(self) -> Collection[int]:
        only = self.book.followed.envelopes
        return self.book.envelopes.keys() if only is None else only

    def _coverage_row(self, id_: int) -> ProjectCoverage:
        standing = self.book.projects[id_]
        return project_coverage(
            standing.slug, self.book.as_of, standing.stage, standing.need, standing.funding()
        )

    def _funding_row(self, id_: int) -> FundingRow:
        standing = self.book.projects[id_]
        return FundingRow(standing.stage, standing.need.amount_eur, standing.sums.get("signed_eur", ZERO))

    def _envelope_row(self, id_: int) -> EnvelopeUtilisation:
        totals = self.book.totals.get(id_, (NO_ENVELOPE_FUNDING, NOTHING_MOBILISED))
        return envelope_utilisation(self.book.envelopes[id_], self.book.as_of, *totals)

    def _chip_row(self, id_: int) -> ChipComparison:
        standing, book = self.book.projects[id_], self.book
        return chip_comparison(
            standing.slug,
            book.as_of,
            standing.kind,
            standing.stage,
            standing.chips(),
            book.reference_tflops,
            Measures(book.claims, self._baseline),
        )

    def _summary(self) -> dict[str, Value]:
        metrics: dict[str, Value] = {}
        if self.book.followed.chips:
            metrics |= place_metrics(self._selected, self.book.gigafactory_limit)
            metrics |= chip_metrics(self._selected, self._baseline, self.book.claims)
        if self.book.followed.money:
            metrics |= funding_metrics(self.book.funding)
        return metrics


def take_in(book: Book, fact: Fact) -> None:
    """Let a fact change where its project stands, and its contribution where money is followed."""
    standing = book.projects[fact.project]
    if fact.kind == STAGE:
        standing.stage = fact.word
    elif fact.kind == ESTIMATE:
        standing.need = Need(fact.euro) if fact.euro is not None else Need(None, Reason.NO_EXCHANGE_RATE)
    elif fact.kind == DEPLOYMENT:
        standing.deployments[fact.id].reach(fact.word)
    elif book.followed.money:
        terms, before = book.contributions[fact.contribution]
        after = before.after(Event(fact.word, fact.day, fact.euro, fact.amount is not None))
        standing.change(terms, book.envelopes, before, after)
        book.contributions[fact.contribution] = (terms, after)


def is_number(value: Any) -> bool:
    """Whether a cell's value is a number, so that a difference of two makes sense."""
    return isinstance(value, Decimal | int) and not isinstance(value, bool)
