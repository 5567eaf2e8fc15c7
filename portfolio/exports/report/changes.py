"""What changed since a day, in a report."""

from portfolio.exports import change_words
from portfolio.exports.report import words
from portfolio.exports.report.blocks import Block, Cell, Column, Heading, Table, Text
from portfolio.exports.report.context import Context
from portfolio.models import ResultSet, Source
from portfolio.queries.dated_facts import DatedFacts
from portfolio.queries.result_differences import ChangedRows, summary_differences
from portfolio.rules.replay import CHIPS, COLUMNS, COVERAGE, ENVELOPES

MOST_ROWS = 15
MOST_FACTS = 60
# Columns that make no row a changed one: it moves with the calendar alone; it stands with the projects.
NOT_LISTED = {ENVELOPES: ("expected_progress",), CHIPS: ("stage",)}


def write(context: Context) -> list[Block]:
    """Return what differs between the results of two days, and the facts between them."""
    before = context.before
    if before is None:
        return [Text("There is no earlier day to compare with.", "empty")]
    facts = DatedFacts(before.as_of, context.results.as_of)
    told = ", ".join(change_words.numbers_in_words(facts.numbers))
    found: list[Block] = [
        Text(
            f"After {words.day(before.as_of)}, up to {words.day(context.results.as_of)}:"
            f" {told or 'no dated fact'}.",
            "lead",
        ),
        *_summary(before, context.results),
    ]
    for name in (COVERAGE, ENVELOPES, CHIPS):
        found += _rows(name, before, context.results)
    return [*found, *_facts(context, facts)]


def _summary(before: ResultSet, after: ResultSet) -> list[Block]:
    cells = [change_words.shown(cell, short=False).line for cell in summary_differences(before, after)]
    if not cells:
        return [Text("No metric of the portfolio differs.", "empty")]
    rows = [
        [Cell(line.label), Cell(line.baseline), Cell(line.scenario, look="strong"), Cell(line.difference)]
        for line in cells
    ]
    return [Heading("The portfolio"), Table(_columns("Metric"), rows, "The portfolio on both days")]


def _columns(head: str) -> list[Column]:
    return [
        Column(head, part=1),
        Column("Before", number=True),
        Column("After", number=True),
        Column("Difference", number=True),
    ]


def _rows(name: str, before: ResultSet, after: ResultSet) -> list[Block]:
    listed = [column for column in COLUMNS[name] if column not in NOT_LISTED.get(name, ())]
    some, number = ChangedRows(name, before, after, listed).first(MOST_ROWS)
    if not number:
        return []
    rows = []
    for shown in change_words.shown_rows(name, some):
        cells = [entry for entry in shown.leading if entry]
        for place, cell in enumerate(cells):
            line = cell.line
            rows.append(
                [
                    Cell(span=0) if place else Cell(shown.row.name, look="strong", span=len(cells)),
                    Cell(line.label),
                    Cell(line.baseline),
                    Cell(line.scenario),
                    Cell(line.difference),
                ]
            )
    columns = [Column("Name", part=1.6), Column("Figure", part=0.8), *_columns("")[1:]]
    title = f"{change_words.TABLE_LABELS[name]}: {number:,} changed"
    found: list[Block] = [Heading(title)]
    if rows:
        found.append(Table(columns, rows, title))
    if number > len(some):
        found.append(Text(f"The {len(some)} largest changes are listed.", "note"))
    return found


def _facts(context: Context, facts: DatedFacts) -> list[Block]:
    some, number = facts.first(MOST_FACTS)
    if not number:
        return []
    sources = {source.key: source for source in Source.objects.filter(key__in={fact.source for fact in some})}
    rows = [
        [
            Cell(words.day(fact.day)),
            Cell(
                f"{fact.project_name}: {change_words.dated_words(fact)}"
                if fact.project
                else change_words.dated_words(fact),
                context.cite(sources.get(fact.source)),
                "; ".join(
                    filter(None, (fact.financier, change_words.FACT_LABELS[fact.fact], fact.confidence))
                ),
            ),
        ]
        for fact in some
    ]
    found: list[Block] = [
        Heading(f"Facts of these days: {number:,}"),
        Table([Column("Day"), Column("What", part=1)], rows, "Facts of these days"),
    ]
    if number > len(some):
        found.append(Text(f"The newest {len(some)} are listed.", "note"))
    return found
