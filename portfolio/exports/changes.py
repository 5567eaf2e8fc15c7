"""What changed between two days as CSV: facts and corrections, and every difference with its causes."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from portfolio.exports.fact_tables import neutral
from portfolio.exports.metric_tables import cell, csv_lines
from portfolio.queries.corrections import Correction, corrections, end_of_day
from portfolio.queries.dated_facts import DatedFacts
from portfolio.rules.period import Period
from portfolio.rules.replay import PASSING, CellChange

CHANGE_COLUMNS = (
    *("day", "change", "fact", "word", "subject", "project", "financier"),
    *("amount", "currency", "amount_eur", "number"),
    *("confidence", "source", "recorded_at", "recorded_by", "how", "column", "old", "new"),
)
DIFFERENCE_COLUMNS = (
    *("table", "key", "column", "day", "fact", "word", "subject", "amount", "currency", "amount_eur"),
    *("before", "after", "difference", "source"),
)


def changes_csv(period: Period) -> Iterable[str]:
    """Yield the facts of a period, the oldest first, and then the corrections of its first day.

    `change` is added or ended for facts of the period; entered, changed or deleted for facts of the first day
    or earlier, with a row for each column that was changed or deleted.
    """
    return csv_lines(CHANGE_COLUMNS, _changes(period))


def _changes(period: Period) -> Iterator[list[Any]]:
    for fact in DatedFacts(period.since, period.until):
        told: list[Any] = [
            fact.day,
            "ended" if fact.ends else "added",
            fact.fact,
            fact.word,
            neutral(fact.subject),
        ]
        told += [
            fact.project,
            neutral(fact.financier),
            fact.amount,
            fact.currency,
            fact.euro,
            fact.number,
            fact.confidence,
            fact.source,
        ]
        yield [*told, "", "", "", "", "", ""]
    for row in corrections(end_of_day(period.since), None, period.since):
        yield from _correction(row)


def _correction(row: Correction) -> Iterator[list[Any]]:
    told = [row.day, row.kind, row.fact, "", neutral(row.label), row.project, *[""] * 7]
    told += [row.at.isoformat(), neutral(row.by), neutral(row.how)]
    if row.kind == "entered":
        yield [*told, "", "", ""]
        return
    for field in row.fields:
        yield [*told, field.name, _text(field.old), _text(field.new)]


def _text(value: Any) -> str:
    return neutral(value) if isinstance(value, str) else cell(value)


def differences_csv(changes: Iterable[CellChange], until: date) -> Iterable[str]:
    """Yield what each fact changed in which cell, in the order of facts.

    The differences of a cell add up to that of its results. `difference` is empty for words, and where a
    figure became known or unknown; one that is known again differs from the last known.
    """
    return csv_lines(DIFFERENCE_COLUMNS, (_difference(change, until) for change in changes))


def _difference(change: CellChange, until: date) -> list[Any]:
    where, fact = [change.table, change.key, change.column], change.fact
    if fact is None:
        told: list[Any] = [until, PASSING, "", "", None, "", None]
    else:
        told = [fact.day, fact.kind, fact.word, neutral(fact.subject), fact.amount, fact.currency, fact.euro]
    source = fact.source if fact else ""
    return [*where, *told, change.before, change.after, change.difference, source]
