"""The terms of a figure: what each adds, from which fact and source, and lists of them of any length."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet

from portfolio.models import Source
from portfolio.queries.streaming import streamed
from portfolio.rules.explanations import Terms, Value, aggregated
from portfolio.rules.project_coverage import join_reasons


class Cell(NamedTuple):
    """A cell of a metric table."""

    table: str
    key: str
    column: str


class TermSource(NamedTuple):
    """The source of a fact. `url` is as recorded."""

    key: str
    publisher: str
    title: str
    url: str
    published_on: date | None

    @property
    def link(self) -> str:
        """Return the address if a browser may follow it, else an empty text."""
        return Source(url=self.url).link

    def __str__(self) -> str:
        return f"{self.publisher}: {self.title}" if self.publisher else self.title


def source_of(source: Source) -> TermSource:
    """Return a recorded source."""
    return TermSource(source.key, source.publisher, source.title, source.url, source.published_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of a figure. `value` is what it adds (euro, chips and so on, or a word); None: nothing.

    `kind` says what the fact is, `reason` why it adds nothing; `cells` are the figures it is made of. What
    does not belong to such a fact is empty.
    """

    kind: str
    fact: str
    value: Value
    reason: str = ""
    name: str = ""
    project: str = ""
    financier: str = ""
    instrument: str = ""
    envelope: str = ""
    event: str = ""
    occurred_on: date | None = None
    signed_on: date | None = None
    confidence: str = ""
    amount: Decimal | None = None
    currency: str = ""
    per_euro: Decimal | None = None
    rate_on: date | None = None
    need_eur: Decimal | None = None
    lines: int | None = None
    signed_eur: Decimal | None = None
    signed_in_envelopes_eur: Decimal | None = None
    chip_model: str = ""
    chips: int | None = None
    bound: str = ""
    bf16_dense_tflops: Decimal | None = None
    planned_on: date | None = None
    contracted_on: date | None = None
    installed_on: date | None = None
    operational_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    cells: tuple[Cell, ...] = ()
    source: TermSource | None = None


class Section(ABC):
    """A list of terms with what they make together; the terms themselves are read when asked for."""

    spec: Terms
    count: int
    total: Value
    lacking: dict[str, int]
    bounded = 0  # how many terms are themselves lower bounds

    @abstractmethod
    def part(self, start: int, stop: int) -> list[Term]:
        """Return the terms from one place to before another."""

    @abstractmethod
    def all(self, stack: ExitStack) -> Iterator[Term]:
        """Yield all terms without holding them in memory; the stack closes what they are read from."""


@dataclass(slots=True)
class ListedTerms(Section):
    """A short list of terms, or a longer one of raw rows with what makes a term of one."""

    spec: Terms
    rows: Sequence[Any]
    make: Callable[[Any], Term] = lambda row: row
    worth: Callable[[Any], tuple[Value, str]] = lambda row: (row.value, row.reason)
    count: int = field(init=False)
    total: Value = field(init=False)
    lacking: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        pairs = [self.worth(row) for row in self.rows]
        known = [value for value, _ in pairs if value is not None]
        self.count = len(pairs)
        self.lacking = dict(Counter(reason for value, reason in pairs if value is None and reason))
        self.total = aggregated(self.spec.aggregate, known, len(pairs) - len(known))

    def part(self, start: int, stop: int) -> list[Term]:
        return [self.make(row) for row in self.rows[start:stop]]

    def all(self, stack: ExitStack) -> Iterator[Term]:
        return map(self.make, self.rows)


@dataclass(slots=True)
class RowTerms(Section):
    """Terms that are published rows, one each, read from the database as asked for.

    `columns` are read of each row, and `make` makes a term of them.
    """

    spec: Terms
    rows: QuerySet[Any]
    columns: tuple[str, ...]
    make: Callable[[tuple[Any, ...]], Term]
    count: int
    total: Value
    lacking: dict[str, int]
    bounded: int = 0

    def part(self, start: int, stop: int) -> list[Term]:
        return [self.make(row) for row in self.rows.values_list(*self.columns)[start:stop]]

    def all(self, stack: ExitStack) -> Iterator[Term]:
        return map(self.make, stack.enter_context(streamed(self.rows, self.columns)))


@dataclass(slots=True)
class ChainedTerms(Section):
    """Lists of reasons one after the other, as one."""

    spec: Terms
    sections: Sequence[Section]
    count: int = field(init=False)
    total: Value = field(init=False)
    lacking: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.count = sum(section.count for section in self.sections)
        reasons = {reason for section in self.sections for reason in str(section.total).split(";") if reason}
        self.total = join_reasons(reasons)

    def part(self, start: int, stop: int) -> list[Term]:
        terms: list[Term] = []
        for section in self.sections:
            terms += section.part(max(start, 0), max(stop, 0))
            start, stop = start - section.count, stop - section.count
        return terms

    def all(self, stack: ExitStack) -> Iterator[Term]:
        for section in self.sections:
            yield from section.all(stack)
