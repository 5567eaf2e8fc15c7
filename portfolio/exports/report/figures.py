"""Published figures against the records, in a report."""

from portfolio.exports.report import words
from portfolio.exports.report.blocks import Block, Cell, Column, Table, Text
from portfolio.exports.report.context import Context
from portfolio.queries.published_checks import CheckedFigure, published_checks
from portfolio.vocabulary import Verdict

LOOKS = {
    Verdict.AGREES: "good",
    Verdict.BELOW: "warning",
    Verdict.ABOVE: "critical",
    Verdict.CANNOT_BE_TOLD: "neutral",
}


def write(context: Context) -> list[Block]:
    """Return each figure that something in the records measures, beside what they say."""
    checks = published_checks(context.results)
    if not checks.figures:
        return [Text("No published figure is recorded.", "empty")]
    measured = [figure for figure in checks.figures if figure.check.measure]
    found: list[Block] = []
    if measured:
        columns = [
            Column("Figure", part=1.5),
            Column("Published", number=True, part=0.8),
            Column("Measured", number=True, part=1.1),
            Column("Difference", number=True, part=0.7),
            Column("Verdict"),
            Column("Why", part=1.2),
        ]
        found.append(Table(columns, [_row(context, figure) for figure in measured], "Published figures"))
    unmeasured = len(checks.figures) - len(measured)
    note = (
        "“About” agrees within 10 %. A measured lower bound can exceed a figure, but never show that it"
        " agrees or falls short."
    )
    if unmeasured:
        are = "is" if unmeasured == 1 else "are"
        note = f"{words.number_of(unmeasured, 'further figure')} {are} recorded that nothing measures. {note}"
    return [*found, Text(note, "note")]


def _row(context: Context, checked: CheckedFigure) -> list[Cell]:
    figure, check = checked.figure, checked.check
    readings = "; ".join(
        f"another source says {words.published(other.reading.value, figure.unit)}"
        for other in checked.conflicting
    )
    cited = (figure.source, *(other.reading.source for other in checked.conflicting))
    verdict = Verdict(check.verdict)
    return [
        Cell(figure.statement or figure.key, context.cite(*cited), readings),
        Cell(words.published(check.published, check.unit, check.claim), look="strong"),
        Cell(words.published(check.measured, check.unit, check.bound), small=check.measure)
        if check.measured is not None
        else words.unknown(),
        Cell(words.gap(check.difference, check.unit)),
        Cell(str(verdict.label).lower(), look=LOOKS[verdict]),
        Cell(check.reason),
    ]
