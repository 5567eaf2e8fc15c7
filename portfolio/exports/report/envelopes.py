"""Envelopes and targets in a report."""

from portfolio.exports import numbers
from portfolio.exports.bars import envelope_bar
from portfolio.exports.report import words
from portfolio.exports.report.blocks import Block, Cell, Column, Heading, Table, Text, bar
from portfolio.exports.report.context import Context
from portfolio.models import EnvelopeUtilisation
from portfolio.queries import overview
from portfolio.vocabulary import EnvelopeKind


def write(context: Context) -> list[Block]:
    """Return whether each envelope holds, and whether each target is on its way."""
    rows = list(overview.envelope_rows(context.results))
    if not rows:
        return [Text("No envelope is recorded.", "empty")]
    budgets = [row for row in rows if row.kind == EnvelopeKind.BUDGET]
    targets = [row for row in rows if row.kind == EnvelopeKind.MOBILISATION_TARGET]
    found: list[Block] = []
    if budgets:
        found += [Heading("Budgets"), _budgets(context, budgets)]
    if targets:
        found += [Heading("Mobilisation targets"), _targets(context, targets)]
    found.append(
        Text(
            "Envelopes overlap and contain each other: they are never added up. Committed is approved and"
            " signed. In the bars: signed dark, approved striped, what exceeds the envelope crossed; the"
            " dashed line of a target is the part of its period that has passed.",
            "note",
        )
    )
    return found


def _name(context: Context, row: EnvelopeUtilisation, told: str) -> Cell:
    drawn, mark = envelope_bar(row)
    small = row.envelope.programme.name
    if row.incomplete:
        small += f"; incomplete: {', '.join(numbers.reasons(row.incomplete))}"
    return Cell(
        row.envelope.name, context.cite(row.envelope.source), small, "strong", bar=bar(drawn, told, mark)
    )


def _budgets(context: Context, rows: list[EnvelopeUtilisation]) -> Table:
    cells = []
    for row in rows:
        committed = words.exact(row.committed_eur, row.incomplete)
        verdict = (
            Cell("over-allocated", look="critical") if row.over_allocated else Cell("holds", look="good")
        )
        cells.append(
            [
                _name(context, row, f"{committed.text} committed of {words.exact(row.amount_eur).text}"),
                words.exact(row.amount_eur),
                committed,
                words.exact(row.headroom_eur, row.incomplete, numbers.at_most),
                words.percent(row.utilisation, row.incomplete),
                verdict,
            ]
        )
    columns = [
        Column("Budget", part=1.5),
        Column("Amount", number=True, part=1),
        Column("Committed", number=True, part=1),
        Column("Headroom", number=True, part=1),
        Column("Used", number=True, part=0.5),
        Column("Verdict"),
    ]
    return Table(columns, cells, "Budgets")


def _verdict(row: EnvelopeUtilisation) -> Cell:
    if row.on_track is None:
        return Cell("not begun", look="neutral")
    return Cell("on track", look="good") if row.on_track else Cell("behind the line", look="warning")


def _targets(context: Context, rows: list[EnvelopeUtilisation]) -> Table:
    cells = []
    for row in rows:
        mobilised = words.exact(row.mobilised_eur, row.incomplete, numbers.at_least_if_any)
        told = f"{mobilised.text} mobilised of {words.exact(row.amount_eur).text}"
        cells.append(
            [
                _name(context, row, told),
                words.exact(row.amount_eur),
                mobilised,
                words.exact(row.attributed_eur, row.incomplete, numbers.at_least_if_any),
                words.percent(row.progress, row.incomplete, numbers.at_least_if_any),
                words.percent(row.expected_progress),
                _verdict(row),
            ]
        )
    columns = [
        Column("Target", part=1.5),
        Column("Amount", number=True, part=1),
        Column("Mobilised, each project once", number=True, part=1),
        Column("Attributed to it", number=True, part=1),
        Column("Progress", number=True, part=0.55),
        Column("Time passed", number=True, part=0.5),
        Column("Verdict"),
    ]
    return Table(columns, cells, "Mobilisation targets")
