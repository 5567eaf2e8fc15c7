"""What changed between two days: facts and corrections, and every difference of results with its causes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from portfolio.exports.lists.columns import Asked, Column, ListRows, Parameter
from portfolio.exports.lists.kinds import Kind, read_text
from portfolio.exports.lists.refusals import NoResults, NotThere, Outdated, ParameterRefused
from portfolio.exports.lists.shared_columns import (
    NONE,
    UNKNOWN,
    day,
    key,
    moment,
    money,
    name,
    ref,
    text,
    word,
)
from portfolio.jobs.past_dates import results_of
from portfolio.models import ResultSet
from portfolio.queries.correction_entries import Correction
from portfolio.queries.corrections import corrections, end_of_day
from portfolio.queries.dated_facts import DatedFacts
from portfolio.queries.metric_tables import METRIC_TABLES
from portfolio.queries.results import data_version, published_set
from portfolio.queries.split_scope import EVERYTHING, Scope, UnknownCell, scope_of
from portfolio.queries.splits import cell_changes
from portfolio.rules.dates import today
from portfolio.rules.period import Period, PeriodRefused, parse_period
from portfolio.rules.replay import PASSING, CellChange

CELL = ("table", "key", "column")
CHANGES = ("added", "ended", "entered", "changed", "deleted")
A_CORRECTION = "a correction"
A_FACT = "a fact of the period"
TABLES = tuple(table.name for table in METRIC_TABLES)

PERIOD = (
    Parameter(
        "from",
        "The day after which changes count; without it, the quarter end before `to`.",
        read_text,
        Kind.DAY,
        example="2026-03-31",
    ),
    Parameter(
        "to",
        "The day up to which, and with which, changes count; without it, the day of `as_of`.",
        read_text,
        Kind.DAY,
        example="2026-06-30",
    ),
)

CHANGE_COLUMNS = (
    day("day", "The day of the fact.", empty="the fact has no day"),
    word(
        "change",
        CHANGES,
        "added or ended: a fact of the period; entered, changed, deleted: a correction of the first day.",
    ),
    Column("fact", Kind.KEY, "The bundle file the fact stands in.", example="contribution_events"),
    Column("word", Kind.KEY, "The kind of event, the stage, or the status.", empty=NONE, example="signed"),
    name("subject", "The contribution, system, milestone or figure that it is about.", empty=NONE),
    ref("project", "projects", "The project.", empty=NONE),
    name("financier", "The name of the financier.", empty=NONE),
    money("amount", "The amount in its currency.", "currency", empty="not disclosed, or no amount"),
    Column("currency", Kind.KEY, "The currency of the amount.", empty=NONE, example="EUR"),
    money("amount_eur", "The amount in euro.", rule="1", empty="not known, or no amount"),
    Column("number", Kind.CELL, "Chips of a system, or a figure's value.", empty="not known, or none"),
    Column("confidence", Kind.KEY, "How sure the fact is.", empty=NONE, example="confirmed"),
    ref("source", "sources", "The source of the fact.", empty=A_CORRECTION),
    moment("recorded_at", "When the correction was made.", empty=A_FACT),
    text("recorded_by", "Who made it.", empty=f"{A_FACT}, or nobody is known"),
    text("how", "By which door: admin, load_portfolio and so on.", empty=f"{A_FACT}, or {UNKNOWN}"),
    Column("column", Kind.KEY, "The column that was corrected.", empty=f"{A_FACT}, or entered"),
    text("old", "What the column said before.", empty="nothing"),
    text("new", "What the column says since.", empty="nothing"),
)
DIFFERENCE_COLUMNS = (
    word("table", TABLES, "The table of the cell that differs."),
    key("key", "The key of its row."),
    key("column", "Its column."),
    day("day", "The day of the fact that caused it."),
    Column("fact", Kind.KEY, f"The file of that fact; {PASSING} where only the calendar changed."),
    Column("word", Kind.KEY, "The kind of event, the stage, or the status.", empty=NONE, example="signed"),
    name("subject", "What the fact is about.", empty=NONE),
    money("amount", "Its amount in its currency.", "currency", empty="not disclosed, or no amount"),
    Column("currency", Kind.KEY, "The currency of the amount.", empty=NONE, example="EUR"),
    money("amount_eur", "Its amount in euro.", rule="1", empty="not known, or no amount"),
    Column("before", Kind.CELL, "The cell before the fact, as its table writes it.", empty=UNKNOWN),
    Column("after", Kind.CELL, "The cell after the fact, as its table writes it.", empty=UNKNOWN),
    Column(
        "difference",
        Kind.CELL,
        "What the fact moved the cell by; the differences of a cell add up exactly.",
        empty="words, or from or to unknown",
    ),
    ref("source", "sources", "The source of the fact.", empty="the passing of days"),
)


def _period(asked: Asked) -> Period:
    """Return the period asked for; raise ParameterRefused, or NoResults before the first recomputation."""
    newest = published_set()
    if newest is None:
        raise NoResults
    given = asked.parameters
    since, until = ([given[name]] if name in given else [] for name in ("from", "to"))
    shown = asked.as_of if asked.dated else newest.as_of
    try:
        return parse_period(since, until, max(today(), newest.as_of), shown)
    except PeriodRefused as error:
        raise ParameterRefused("Malformed parameter", error.parameter, error.value, str(error)) from error


def _prepare_changes(asked: Asked) -> Asked:
    period = _period(asked)
    return replace(asked, as_of=period.until, prepared=period)


def _changes(asked: Asked) -> Iterator[Mapping[str, Any]]:
    """Yield the facts of the period, the oldest first, and then the corrections of its first day."""
    period: Period = asked.prepared
    nothing = dict.fromkeys(column.name for column in CHANGE_COLUMNS)
    for fact in DatedFacts(period.since, period.until):
        yield {
            **nothing,
            "day": fact.day,
            "change": "ended" if fact.ends else "added",
            "fact": fact.fact,
            "word": fact.word,
            "subject": fact.subject,
            "project": fact.project,
            "financier": fact.financier,
            "amount": fact.amount,
            "currency": fact.currency,
            "amount_eur": fact.euro,
            "number": fact.number,
            "confidence": fact.confidence,
            "source": fact.source,
        }
    for correction in corrections(end_of_day(period.since), None, period.since):
        yield from _corrected(nothing, correction)


def _corrected(nothing: Mapping[str, Any], row: Correction) -> Iterator[Mapping[str, Any]]:
    told = {
        **nothing,
        "day": row.day,
        "change": row.kind,
        "fact": row.fact,
        "subject": row.label,
        "project": row.project,
        "recorded_at": row.at,
        "recorded_by": row.by,
        "how": row.how,
    }
    if row.kind == "entered":
        yield told
        return
    for field in row.fields:
        yield {**told, "column": field.name, "old": field.old, "new": field.new}


def _prepare_differences(asked: Asked) -> Asked:
    given = {name: asked.parameters.get(name, "") for name in CELL}
    absent = [name for name in CELL if not given[name]]
    if absent and len(absent) < len(CELL):
        raise ParameterRefused(
            "Missing parameter",
            absent[0],
            "",
            f"{absent[0]} is missing. Give table, key and column, or none of them.",
        )
    try:
        scope = EVERYTHING if absent else scope_of(*given.values())
    except UnknownCell as error:
        raise NotThere("Unknown cell", str(error)) from error
    period = _period(asked)
    results_of(period.since)
    return replace(asked, as_of=period.until, prepared=(period, scope, tuple(given.values())))


def _differences(asked: Asked) -> Iterator[Mapping[str, Any]]:
    """Yield what each fact changed in which cell, in the order of facts."""
    period, scope, cell = asked.prepared
    before = ResultSet.objects.filter(as_of=period.since, data_version=data_version()).first()
    if before is None:
        raise Outdated
    yield from _of_cells(before, period.until, scope, cell if all(cell) else None)


def _of_cells(
    before: ResultSet, until: date, scope: Scope, cell: tuple[str, ...] | None
) -> Iterator[Mapping[str, Any]]:
    with cell_changes(before, until, scope) as found:
        for change in found:
            if cell is None or (change.table, change.key, change.column) == cell:
                yield _difference(change, until)


def _difference(change: CellChange, until: date) -> dict[str, Any]:
    fact = change.fact
    return {
        "table": change.table,
        "key": change.key,
        "column": change.column,
        "day": fact.day if fact else until,
        "fact": fact.kind if fact else PASSING,
        "word": fact.word if fact else "",
        "subject": fact.subject if fact else "",
        "amount": fact.amount if fact else None,
        "currency": fact.currency if fact else "",
        "amount_eur": fact.euro if fact else None,
        "before": change.before,
        "after": change.after,
        "difference": change.difference,
        "source": fact.source if fact else "",
    }


CHANGE_LISTS = (
    ListRows(
        name="changes",
        title="Changes",
        meaning="The facts of a period, and the corrections of what stood on its first day.",
        columns=CHANGE_COLUMNS,
        rows=_changes,
        prepare=_prepare_changes,
        sortable=False,
        parameters=PERIOD,
        group="changes",
    ),
    ListRows(
        name="differences",
        title="Differences",
        meaning="Every difference of results between two days, split into the facts that caused it.",
        columns=DIFFERENCE_COLUMNS,
        rows=_differences,
        prepare=_prepare_differences,
        sortable=False,
        parameters=(
            *PERIOD,
            *(
                Parameter(
                    name,
                    f"The {name} of one cell; with the other two of table, key and column.",
                    read_text,
                    example=example,
                )
                for name, example in zip(CELL, ("portfolio_summary", "secured_eur", "value"), strict=True)
            ),
        ),
        group="changes",
    ),
)
