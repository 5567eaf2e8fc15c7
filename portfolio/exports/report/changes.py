"""What changed since a day, in a report."""

from portfolio.exports import change_words
from portfolio.exports.report import words
from portfolio.exports.report.blocks import Block, Cell, Column, Heading, Table, Text
from portfolio.exports.report.context import Context
from portfolio.models import PublishedFigure, Source
from portfolio.queries.dated_facts import DatedFacts, published_among
from portfolio.queries.result_differences import ChangedRow, Difference, changed, listed_rows
from portfolio.rules.replay import CHIPS, COVERAGE, ENVELOPES

MOST_ROWS = 15
MOST_FACTS = 60


def write(context: Context) -> list[Block]:
    """Return what differs between the results of two days, and the facts between them."""
    before = context.before
    if before is None:
        return [Text("There is no earlier day to compare with.", "empty")]
    facts = DatedFacts(before.as_of, context.results.as_of)
    tables = [listed_rows(name, before, context.results) for name in (COVERAGE, ENVELOPES, CHIPS)]
    differing = changed(before, context.results, tables, MOST_ROWS)
    told = ", ".join(change_words.numbers_in_words(facts.numbers))
    found: list[Block] = [
        Text(
            f"After {words.day(before.as_of)}, up to {words.day(context.results.as_of)}:"
            f" {told or 'no dated fact'}.",
            "lead",
        ),
        *_summary(differing.summary),
    ]
    for name, (some, number) in differing.rows.items():
        found += _rows(name, some, number)
    return [*found, *_facts(context, facts)]


def _summary(differing: list[Difference]) -> list[Block]:
    cells = [change_words.shown(cell, short=False).line for cell in differing]
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


def _rows(name: str, some: list[ChangedRow], number: int) -> list[Block]:
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
    published = PublishedFigure.objects.filter(pk__in=published_among(some)).order_by()
    statements = dict(published.values_list("pk", "statement"))
    rows = [
        [
            Cell(words.day(fact.day)),
            Cell(
                f"{fact.project_name}: {change_words.dated_words(fact)}"
                if fact.project
                else change_words.dated_words(
                    fact, statement=statements.get(fact.id, "") if fact.is_published else ""
                ),
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
