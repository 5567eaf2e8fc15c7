"""Terms that are events of contributions: chosen and added up in SQL, or known by project from before."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from portfolio.models import ResultSet
from portfolio.queries.explanations.held_lists import MOST_KEPT, HeldList, Part, Placed, held_list
from portfolio.queries.explanations.terms import Section, Term, TermSource
from portfolio.queries.states import Statement
from portfolio.queries.streaming import CHUNK
from portfolio.rules.explanations import Terms, Value
from portfolio.rules.project_coverage import join_reasons
from portfolio.vocabulary import Reason

# What a SELECT of chosen events has to give: of which project and contribution, of which kind and day, which
# of several payments of one day, what it is worth in euro, and the day the contribution was signed on.
CHOSEN = "chosen(project_id, contribution_id, kind, occurred_on, event_id, value, signed_on)"
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
_ORDER = " ORDER BY {0}value DESC NULLS LAST, {0}contribution_id, {0}event_id NULLS LAST"
# Sums by project, and the first events, in one look at what is chosen.
_BY_PROJECT = (
    "SELECT 0, told.project_id, COUNT(*), COALESCE(SUM(value), 0),"
    " SUM(CASE WHEN disclosed = 0 THEN 1 ELSE 0 END), SUM(CASE WHEN disclosed = 1 THEN 1 ELSE 0 END),"
    " '', CAST(NULL AS date), CAST(NULL AS date)"
    f" FROM (SELECT h.project_id, h.value, {_DISCLOSED} AS disclosed FROM chosen AS h) AS told"
    " GROUP BY told.project_id"
    " UNION ALL SELECT 1, f.project_id, f.contribution_id, f.value, f.event_id, 0,"
    " f.kind, f.occurred_on, f.signed_on"
    f" FROM (SELECT * FROM chosen{_ORDER.format('')} LIMIT %s) AS f"
)
# SQLite keeps days as text, and would make the number of the year of them; PostgreSQL wants to know a NULL.
_PICKED = (
    "SELECT CAST(%s AS bigint) AS project_id, CAST(%s AS bigint) AS contribution_id, %s AS kind,"
    " {day} AS occurred_on, CAST(%s AS bigint) AS event_id, CAST(%s AS bigint) AS value, {day} AS signed_on"
)
_DAYS = {"postgresql": "CAST(%s AS date)", "sqlite": "%s"}
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
            self._add_up(*cursor.fetchone())

    def _add_up(self, count: int, total: Any, *lacking: Any) -> None:
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
        return self._details(Statement(picked, [stop - start, start]), self.chosen)

    def _details(self, picked: Statement, before: Statement) -> list[Term]:
        """Return the terms of the events of a SELECT, which may name parts of a WITH clause before it."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"{before.sql} {_DETAILS.format(chosen=picked.sql)}{_ORDER.format('h.')}",
                [*before.params, *picked.params],
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


NOTHING = Statement("", [])
Choose = Callable[[list[int] | None], Statement]


@dataclass(slots=True)
class HeldEventTerms(EventTerms):
    """Such terms of a whole envelope: what they add up to, and the first of them, are known from before.

    `choose` gives the statement that chooses those of some projects (database ids), or all.
    """

    choose: Choose
    results: ResultSet
    name: Hashable
    held: HeldList = field(init=False)

    def __post_init__(self) -> None:
        self.held = held_list(self.results, (self.name, self.spec), 4, self._read)
        self._add_up(*self.held.total)

    def part(self, start: int, stop: int) -> list[Term]:
        first = self.held.first
        if self.held.until is not None and stop > len(first):
            self.chosen = self.choose(None)
            return EventTerms.part(self, start, stop)
        picked = [row for _, _, row in first[start:stop]]
        if not picked:
            return []
        rows = " UNION ALL ".join([_PICKED.format(day=_DAYS[connection.vendor])] * len(picked))
        return self._details(Statement(f"({rows})", [value for row in picked for value in row]), NOTHING)

    def all(self, stack: ExitStack) -> Iterator[Term]:
        self.chosen = self.choose(None)
        return EventTerms.all(self, stack)

    def _read(self, projects: list[int] | None) -> Part:
        chosen = self.choose(projects)
        with connection.cursor() as cursor:
            cursor.execute(f"{chosen.sql} {_BY_PROJECT}", [*chosen.params, MOST_KEPT])
            rows = cursor.fetchall()
        numbers = [(row[1], tuple(map(int, row[2:6]))) for row in rows if row[0] == 0]
        first = []
        for placed, project, contribution, value, event, _, kind, occurred_on, signed_on in rows:
            if placed:
                worth, number = _whole(value), _whole(event)
                place = (worth is None, -(worth or 0), contribution, number is None, number or 0)
                row = (project, contribution, kind, occurred_on, number, worth, signed_on)
                first.append(Placed(place, project, row))
        return Part(numbers, sorted(first))


def _whole(value: Any) -> int | None:
    """Return a whole number as either database gives it in a column of several kinds."""
    return None if value is None else int(value)


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
