"""The end of a report: its sources; and, of one about a publication, what is restated since."""

from portfolio.exports import change_words
from portfolio.exports.report import words
from portfolio.exports.report.blocks import Block, Cell, Column, Reference, References, Table, Text
from portfolio.exports.report.context import Context
from portfolio.models import Publication
from portfolio.queries.publications import frozen
from portfolio.queries.restatements import Difference, differences
from portfolio.rules.replay import SUMMARY

MOST_DIFFERENCES = 200
ROWS = {
    "project_coverage": "project",
    "envelope_utilisation": "envelope",
    "chip_comparison": "chips of",
    "portfolio_summary": "portfolio",
}


def write(context: Context) -> list[Block]:
    """Return the sources that the sections before it named, by their numbers."""
    named = context.sources.named
    if not named:
        return [Text("No source is named in this report.", "empty")]
    found = [Reference(context.sources.number(source), words.cited(source), source.link) for source in named]
    return [References(found)]


def restated(context: Context, publication: Publication) -> list[Block]:
    """Return what differs today from what was published: the other figures are as they were."""
    found = frozen(publication)
    stated = (
        f"This report is of the day of “{publication.name}”, published on"
        f" {words.moment(publication.published_at)} from data version"
        f" {publication.data_version:,}; checksum {publication.checksum}. Its figures are those of the"
        " records as they are known today."
    )
    if found.faults:
        return [Text(stated, "lead"), Text(" ".join(found.faults), "fault")]
    differing = differences(found, context.results)
    if not differing:
        return [Text(f"{stated} Every figure is what it was when it was published.", "lead")]
    rows = [_row(difference) for difference in differing[:MOST_DIFFERENCES]]
    columns = [
        Column("Row", part=1),
        Column("Figure", part=1),
        Column("As published", number=True),
        Column("As restated", number=True),
    ]
    more = ""
    if len(differing) > len(rows):
        more = f" The first {len(rows)} are listed."
    return [
        Text(
            f"{stated} {words.number_of(len(differing), 'figure')} differ from what was published.{more}",
            "lead",
        ),
        Table(columns, rows, "Restated figures"),
    ]


def _row(difference: Difference) -> list[Cell]:
    about = ROWS.get(difference.table, difference.table)
    if difference.table == SUMMARY:
        row, figure = "portfolio", change_words.metric_label(SUMMARY, difference.key, "")
    else:
        row = f"{about} {difference.key}"
        figure = (
            change_words.metric_label(difference.table, difference.key, difference.column)
            if difference.column
            else "the whole row"
        )
    return [
        Cell(row),
        Cell(figure),
        Cell("not there" if difference.published is None else difference.published or "empty: unknown"),
        Cell(
            "gone" if difference.restated is None else difference.restated or "empty: unknown", look="strong"
        ),
    ]
