"""Chips against the claim in a report."""

from portfolio.exports.bars import chip_bar, longest, position
from portfolio.exports.report import words
from portfolio.exports.report.blocks import Block, Cell, Column, KeyFigure, KeyFigures, Table, Text, bar
from portfolio.exports.report.context import Context
from portfolio.queries import chip_page, overview, page_facts
from portfolio.queries.chips import chip_bounds
from portfolio.vocabulary import FigureKey

MOST_ROWS = 60
MOST_NAMED = 30


def write(context: Context) -> list[Block]:
    """Return how many chips there are and coming, and what the claim is worth."""
    found: list[Block] = [_claim(context)]
    counted = chip_page.numbers(context.results)
    if counted.known:
        found += _known(context, counted)
    else:
        found.append(Text("No number of chips is known.", "empty"))
    if counted.unknown:
        named = chip_page.unknown_rows(context.results, MOST_NAMED)
        more = f" and {counted.unknown - len(named):,} more" if counted.unknown > len(named) else ""
        have = "has" if counted.unknown == 1 else "have"
        names = ", ".join(row.project.name for row in named)
        who = f"{words.number_of(counted.unknown, 'project')} {have}"
        found.append(Text(f"{who} an unknown number of chips, and none is assumed: {names}{more}."))
    return found


def _claim(context: Context) -> KeyFigures:
    metrics, claims = overview.summary(context.results), page_facts.claims()
    claim, versus = claims.get(FigureKey.CHIPS_PER_GIGAFACTORY), claims.get(FigureKey.CHIPS_VS_EXISTING)
    beside = "chips in a gigafactory"
    if versus and versus.value is not None:
        beside += f", said to be {words.count(versus.value)}× an existing AI factory"
    claimed = KeyFigure(
        "What is claimed",
        words.count(claim.value if claim else None),
        beside,
        "" if claim else "No number has been published.",
        sources=context.cite(*(found.source for found in (claim, versus) if found)),
    )
    measured = KeyFigure(
        "What is measured",
        words.times(metrics.get("claimed_over_existing_max")),
        "the largest AI factory",
        f"{words.times(metrics.get('claimed_over_existing_mean'))} the mean"
        f" ({words.count(metrics.get('existing_chips_mean'))}) and"
        f" {words.times(metrics.get('claimed_over_existing_median'))} the median"
        f" ({words.count(metrics.get('existing_chips_median'))}) of"
        f" {words.count(metrics.get('existing_chips_known_factories'))} selected AI factories with chips"
        f" installed or operational; the largest has {words.count(metrics.get('existing_chips_max'))}.",
    )
    return KeyFigures([claimed, measured])


def _known(context: Context, counted: chip_page.Numbers) -> list[Block]:
    rows = list(chip_page.known_rows(context.results, counted.known)[:MOST_ROWS])
    bounds = chip_bounds(context.results.as_of, [row.project_id for row in rows])
    claim = page_facts.claims().get(FigureKey.CHIPS_PER_GIGAFACTORY)
    claimed = claim.value if claim else None
    whole = longest([claimed, counted.largest])
    mark = position(claimed, whole)
    cells = [
        [
            Cell(
                row.project.name,
                small=f"{row.project.get_kind_display()}; {row.get_stage_display() or 'no stage yet'}",
                bar=bar(chip_bar(row, whole), f"{words.chips(row, bounds).text} chips", mark),
            ),
            words.chips(row, bounds),
            Cell(f"{row.planned_chips:,}"),
            Cell(f"{row.contracted_chips:,}"),
            Cell(f"{row.installed_chips:,}"),
            Cell(f"{row.operational_chips:,}"),
            Cell(words.count(row.h100_equivalents))
            if row.h100_equivalents is not None
            else Cell("unknown", look="unknown"),
            words.percent(row.target_attainment),
        ]
        for row in rows
    ]
    columns = [
        Column("Project", part=1),
        Column("Chips", number=True),
        Column("Planned", number=True),
        Column("Contracted", number=True),
        Column("Installed", number=True),
        Column("Operational", number=True),
        Column("H100 equiv.", number=True),
        Column("Of the claim", number=True),
    ]
    note = (
        "In the bars: installed or operational dark, planned or contracted striped; the dashed line is the"
        " published number. “At least”, “about”, “at most”: so exact are the published numbers of the"
        " project’s systems. H100 equivalents are unknown where the chip model, or its published speed, is."
    )
    if counted.known > len(rows):
        note += f" The first {len(rows):,} of {counted.known:,} projects with known chips are listed."
    return [Table(columns, cells, "Projects with known chips"), Text(note, "note")]
