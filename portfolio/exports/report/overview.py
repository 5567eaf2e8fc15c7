"""The overview of a report: what the overview page leads with."""

from decimal import Decimal

from portfolio.exports import numbers
from portfolio.exports.bars import envelope_bar, places_bar, segments
from portfolio.exports.report import words
from portfolio.exports.report.blocks import (
    Block,
    Cell,
    Column,
    Drawn,
    Heading,
    KeyFigure,
    KeyFigures,
    Table,
    Text,
    bar,
)
from portfolio.exports.report.context import Context
from portfolio.models import EnvelopeUtilisation
from portfolio.queries import coverage_sums, overview, page_facts
from portfolio.queries.coverage_sums import SelectedFunding
from portfolio.queries.overview import Firmness
from portfolio.vocabulary import EnvelopeKind, FigureKey, FinancierKind

LEADING_PROGRAMME = "techeu"


def write(context: Context) -> list[Block]:
    """Return how far the portfolio is funded, how firmly, and what its claims are worth."""
    metrics = overview.summary(context.results)
    selected = coverage_sums.selected_funding(context.results)
    firmness = overview.firmness(context.results, selected.need_eur)
    figures = [
        _secured(metrics, selected, firmness),
        _places(context, metrics),
        _chips(context, metrics),
    ]
    target = leading_target(list(overview.envelope_rows(context.results)))
    if target:
        figures.append(_target(context, target))
    return [KeyFigures(figures), Heading("How firm is the funding?"), *_firmness(firmness)]


def leading_target(rows: list[EnvelopeUtilisation]) -> EnvelopeUtilisation | None:
    """Return the mobilisation target that leads."""
    targets = [row for row in rows if row.kind == EnvelopeKind.MOBILISATION_TARGET]
    leading = (row for row in targets if row.envelope.programme.slug == LEADING_PROGRAMME)
    return next(leading, next(iter(targets), None))


def _secured(metrics: dict[str, Decimal | None], selected: SelectedFunding, firmness: Firmness) -> KeyFigure:
    ratio = words.percent_text(metrics.get("coverage_selected"), firmness.incomplete)
    left_out = ""
    if selected.without_need:
        left_out = (
            f"Left out: {words.number_of(selected.without_need, 'selected project')} of unknown cost, with"
            f" {numbers.exact_euro(selected.secured_without_need_eur)} secured. "
        )
    return KeyFigure(
        "Secured, of the known need of selected projects",
        ratio,
        f"{words.exact(selected.secured_eur, firmness.incomplete).text} of"
        f" {numbers.exact_euro(selected.need_eur)}",
        f"{left_out}With every running project, ideas included:"
        f" {words.percent_text(metrics.get('coverage'))} of {words.short(metrics.get('need_eur'))}.",
        bar(
            segments(firmness.need_eur, [(row.name, row.total) for row in firmness.rows]),
            f"Bar: {ratio} of the need of selected projects is secured",
        ),
    )


def _places(context: Context, metrics: dict[str, Decimal | None]) -> KeyFigure:
    limit = page_facts.claims().get(FigureKey.GIGAFACTORY_LIMIT)
    taken = metrics.get("gigafactories_selected")
    most = words.count(limit.value) if limit else words.UNKNOWN
    counted = coverage_sums.projects_counted(context.results)
    return KeyFigure(
        "Gigafactory places taken",
        words.count(taken),
        f"of {most}",
        f"{words.number_of(counted.candidates, 'candidate')} in view."
        + ("" if limit else " No limit has been published."),
        bar(places_bar(taken, limit.value), f"Bar: {words.count(taken)} of {most} places") if limit else None,
        context.cite(limit.source) if limit else (),
    )


def _chips(context: Context, metrics: dict[str, Decimal | None]) -> KeyFigure:
    claim = page_facts.claims().get(FigureKey.CHIPS_VS_EXISTING)
    claimed = f"{words.count(claim.value)}×" if claim and claim.value is not None else words.UNKNOWN
    return KeyFigure(
        "A gigafactory’s chips, over the largest AI factory today",
        words.times(metrics.get("claimed_over_existing_max")),
        f"claimed {claimed}",
        f"{words.times(metrics.get('claimed_over_existing_mean'))} the mean and"
        f" {words.times(metrics.get('claimed_over_existing_median'))} the median of"
        f" {words.count(metrics.get('existing_chips_known_factories'))} AI factories with known chips, of"
        f" {words.count(metrics.get('ai_factories_selected'))} selected.",
        sources=context.cite(claim.source) if claim else (),
    )


def _target(context: Context, row: EnvelopeUtilisation) -> KeyFigure:
    drawn, mark = envelope_bar(row)
    mobilised = words.exact(row.mobilised_eur, row.incomplete, numbers.at_least_if_any).text
    gross = words.short(row.gross_mobilised_eur, row.incomplete, numbers.at_least_if_any)
    return KeyFigure(
        f"{row.envelope.name}: mobilised in this portfolio",
        words.short(row.mobilised_eur, row.incomplete, numbers.at_least_if_any),
        f"of {words.short(row.amount_eur)}",
        f"{mobilised}, each project counted once; {gross} if counted by contract. This portfolio is one part"
        " of what the target counts.",
        bar(
            drawn,
            f"Bar: {mobilised} of {words.short(row.amount_eur)}; the dashed line is the time passed",
            mark,
        ),
        context.cite(row.envelope.source),
    )


def _firmness(firmness: Firmness) -> list[Block]:
    if not firmness.need_eur:
        nothing = "No selected project has a cost estimate, so there is nothing to measure funding against."
        return [Text(nothing, "empty")]
    open_eur = max(firmness.need_eur - sum(row.total for row in firmness.rows), overview.ZERO)
    rows = [
        [
            Cell(row.label, swatch=row.name),
            words.exact(row.total, firmness.incomplete, look="strong"),
            *(words.million(amount) for amount in row.by_kind),
        ]
        for row in firmness.rows
    ]
    empty = [Cell() for _ in FinancierKind]
    rows.append(
        [Cell("Open", swatch="open"), words.exact(open_eur, firmness.incomplete, numbers.at_most), *empty]
    )
    rows.append([Cell("Need"), words.exact(firmness.need_eur), *empty])
    drawn = segments(firmness.need_eur, [(row.name, row.total) for row in firmness.rows])
    legend = [(row.name, row.label) for row in firmness.rows] + [("open", "Open")]
    told = "; ".join(f"{row.label}: {numbers.exact_euro(row.total)}" for row in firmness.rows)
    note = (
        "Selected projects that have a cost estimate; by kind of financier in millions of euro. Guarantees"
        " are cover, not money, and stand apart."
    )
    if firmness.paid_elsewhere_eur:
        paid = numbers.exact_euro(firmness.paid_elsewhere_eur)
        note += f" {paid} more was paid on contributions that are not signed any more."
    if firmness.incomplete:
        note += f" Left out: {'; '.join(numbers.reasons(firmness.incomplete))}."
    return [
        Drawn(bar(drawn, f"Need of selected projects by firmness of their funding. {told}"), legend),
        Table(
            [
                Column("Firmness", part=1.5),
                Column("Total, euro", number=True),
                *(Column(str(kind.label), number=True, part=1) for kind in FinancierKind),
            ],
            rows,
            "Funding by firmness and kind of financier",
            [len(rows) - 1],
        ),
        Text(note, "note"),
    ]
