"""The terms of a figure: what each adds, from which fact and source, and lists of them of any length."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from portfolio.models import Source
from portfolio.queries.states import Statement
from portfolio.queries.streaming import CHUNK, streamed
from portfolio.rules.explanations import Terms, Value, aggregated
from portfolio.rules.project_coverage import join_reasons
from portfolio.vocabulary import Reason


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


# What a SELECT of chosen events has to give: which contribution, kind and day, which of several payments of
# one day, what it is worth in euro, and the day the contribution was signed on.
CHOSEN = "chosen(contribution_id, kind, occurred_on, event_id, value, signed_on)"
# Kind and day name an event, but for payments. It is looked up for those that are shown, or lack something.
_NAMED = (
    "d.contribution_id = h.contribution_id AND d.kind = h.kind"
    " AND COALESCE(d.occurred_on, d.occurred_on) = h.occurred_on"  # not by the index of all events of a day
    " AND (h.event_id IS NULL OR d.id = h.event_id)"
)
_DISCLOSED = (
    "CASE WHEN h.value IS NULL THEN (SELECT MAX(CASE WHEN d.amount IS NULL THEN 0 ELSE 1 END)"
    f" FROM portfolio_contributionevent AS d WHERE {_NAMED}) END"
)
_TOTALS = (
    "SELECT COUNT(*), COALESCE(SUM(value), 0), SUM(CASE WHEN disclosed = 0 THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN disclosed = 1 THEN 1 ELSE 0 END)"
    f" FROM (SELECT h.value, {_DISCLOSED} AS disclosed FROM chosen AS h) AS told"
)
_DETAILS = (
    "SELECT c.reference, p.slug, p.name, f.name, c.instrument, v.slug, h.kind, h.occurred_on, h.signed_on,"
    " d.confidence, d.amount, c.currency, r.per_euro, d.rate_on, h.value,"
    " o.key, o.publisher, o.title, o.url, o.published_on"
    " FROM {chosen} AS h JOIN portfolio_contribution AS c ON c.id = h.contribution_id"
    " JOIN portfolio_project AS p ON p.id = c.project_id"
    " JOIN portfolio_financier AS f ON f.id = c.financier_id"
    " LEFT JOIN portfolio_envelope AS v ON v.id = c.envelope_id"
    f" LEFT JOIN portfolio_contributionevent AS d ON {_NAMED}"
    " LEFT JOIN portfolio_exchangerate AS r ON r.currency = c.currency AND r.date = d.rate_on"
    " JOIN portfolio_source AS o ON o.id = COALESCE(d.source_id, c.source_id)"
)
_ORDER = " ORDER BY {0}value DESC NULLS LAST, {0}contribution_id, {0}event_id"
_REASONS = (Reason.AMOUNT_UNKNOWN.value, Reason.NO_EXCHANGE_RATE.value)


@dataclass(slots=True)
class EventTerms(Section):
    """Terms that are events of contributions, chosen and added up in SQL, the largest first.

    `chosen` is a statement that begins with a WITH clause and ends with CHOSEN as its last part.
    Where the list gives reasons, the terms are the reasons for which events add nothing.
    """

    spec: Terms
    chosen: Statement
    count: int = field(init=False)
    total: Value = field(init=False)
    lacking: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"{self.chosen.sql} {_TOTALS}", self.chosen.params)
            count, total, *lacking = cursor.fetchone()
        self.count = count
        self.lacking = {
            reason: int(number) for reason, number in zip(_REASONS, lacking, strict=True) if number
        }
        self.total = join_reasons(set(self.lacking)) if self.gives_reasons else _euro(total)

    @property
    def gives_reasons(self) -> bool:
        """Whether the terms are reasons, not amounts."""
        return self.spec.aggregate == self.spec.aggregate.REASONS

    def part(self, start: int, stop: int) -> list[Term]:
        if start >= min(stop, self.count):
            return []
        picked = f"(SELECT * FROM chosen{_ORDER.format('')} LIMIT %s OFFSET %s)"
        with connection.cursor() as cursor:
            cursor.execute(
                f"{self.chosen.sql} {_DETAILS.format(chosen=picked)}{_ORDER.format('h.')}",
                [*self.chosen.params, stop - start, start],
            )
            return [self._term(row) for row in cursor.fetchall()]

    def all(self, stack: ExitStack) -> Iterator[Term]:
        cursor = stack.enter_context(_streaming_cursor())
        cursor.execute(
            f"{self.chosen.sql} {_DETAILS.format(chosen='chosen')}{_ORDER.format('h.')}", self.chosen.params
        )
        while rows := cursor.fetchmany(CHUNK):
            yield from map(self._term, rows)

    def _term(self, row: Sequence[Any]) -> Term:
        reference, project, name, financier, instrument, envelope, event, occurred_on, signed_on = row[:9]
        confidence, amount, currency, per_euro, rate_on, value = row[9:15]
        euro = None if value is None else _euro(value)
        reason = "" if value is not None else _REASONS[0 if amount is None else 1]
        return Term(
            kind="payment" if event == "disbursed" else "contribution",
            fact=reference,
            value=reason if self.gives_reasons else euro,
            reason="" if self.gives_reasons else reason,
            name=name,
            project=project,
            financier=financier,
            instrument=instrument,
            envelope=envelope or "",
            event=event or "",
            occurred_on=_day(occurred_on),
            signed_on=_day(signed_on),
            confidence=confidence or "",
            amount=None if amount is None else _euro(amount),
            currency=currency,
            per_euro=None if per_euro is None else Decimal(int(per_euro)).scaleb(-6),
            rate_on=_day(rate_on),
            source=TermSource(row[15], row[16], row[17], row[18], _day(row[19])),
        )


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


@contextmanager
def _streaming_cursor() -> Iterator[Any]:
    """Give a cursor whose rows stay with the database until they are fetched."""
    with connection.chunked_cursor() as cursor:
        yield cursor


def _euro(cents: Any) -> Decimal:
    return Decimal(int(cents)).scaleb(-2)


def _day(value: Any) -> date | None:
    """Return a date as either database gives it: SQLite has text where it is not told the type."""
    return date.fromisoformat(value) if isinstance(value, str) else value
