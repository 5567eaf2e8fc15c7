"""The places of gigafactories and the selected projects in a report."""

from portfolio.exports import numbers
from portfolio.exports.bars import place_bar
from portfolio.exports.report import words
from portfolio.exports.report.blocks import Block, Cell, Column, Heading, Table, Text, bar
from portfolio.exports.report.context import Context
from portfolio.models import ProjectCoverage
from portfolio.queries import overview, page_facts, project_list
from portfolio.queries.chips import chip_bounds
from portfolio.queries.overview import Place
from portfolio.queries.reports import selected_projects
from portfolio.vocabulary import FigureKey

MOST_PROJECTS = 300
MOST_PLACES = 50


def write(context: Context) -> list[Block]:
    """Return who holds the places, and how far each selected project is funded."""
    places = overview.places(context.results)
    limit = page_facts.claims().get(FigureKey.GIGAFACTORY_LIMIT)
    free = overview.summary(context.results).get("gigafactory_slots_free")
    most = f"{words.count(limit.value)} at most" if limit else "an unknown number"
    lead = Text(
        f"{words.number_of(len(places), 'place')} taken of {most};"
        f" {words.count(free) if free is not None else 'an unknown number'} free.",
        "lead",
        context.cite(limit.source) if limit else (),
    )
    found: list[Block] = [
        lead,
        _places(context, places[:MOST_PLACES]) if places else Text("No gigafactory is selected.", "empty"),
    ]
    rows = selected_projects(context.results)
    totals = project_list.totals(rows)
    found.append(Heading(f"Selected projects: {totals['rows']:,}"))
    if not totals["rows"]:
        return [*found, Text("No project is selected.", "empty")]
    found.append(_projects(context, list(rows[:MOST_PROJECTS]), totals))
    if totals["rows"] > MOST_PROJECTS:
        found.append(
            Text(
                f"The first {MOST_PROJECTS:,} of {totals['rows']:,} are listed; the sums are of all.", "note"
            )
        )
    found.append(
        Text(
            "Secured is what is signed, without guarantees. The gap is the need less what is secured. In the"
            " bars: paid and signed dark, what is not signed yet striped or light.",
            "note",
        )
    )
    return found


def _funding_bar(row: ProjectCoverage) -> Cell | None:
    if not row.need_eur:
        return None
    told = f"{words.percent(row.coverage, row.incomplete).text} of the need is secured"
    return Cell(bar=bar(place_bar(row), told))


def _places(context: Context, places: list[Place]) -> Table:
    bounds = chip_bounds(context.results.as_of, [place.chips.project_id for place in places])
    rows = []
    for place in places:
        row = place.funding
        drawn = _funding_bar(row)
        since = f"selected {words.day(place.selected_on)}" if place.selected_on else "selected"
        rows.append(
            [
                Cell(
                    row.project.name,
                    context.cite(row.project.source),
                    f"{words.countries(row.project.countries)}; {since}{_lacking(row)}",
                    "strong",
                    bar=drawn.bar if drawn else None,
                ),
                words.plainly(words.exact(row.need_eur, row.incomplete, words.never)),
                words.exact(row.secured_eur, row.incomplete),
                words.plainly(words.percent(row.coverage, row.incomplete, look="strong")),
                words.chips(place.chips, bounds),
            ]
        )
    columns = [
        Column("Gigafactory", part=1.9),
        Column("Need", number=True, part=1),
        Column("Secured", number=True, part=1),
        Column("Coverage", number=True, part=0.6),
        Column("Chips", number=True, part=0.6),
    ]
    return Table(columns, rows, "Gigafactory places")


def _lacking(row: ProjectCoverage) -> str:
    """Return why figures of a row are unknown or bounds, once for all of them."""
    return f"; incomplete: {', '.join(numbers.reasons(row.incomplete))}" if row.incomplete else ""


def _projects(context: Context, rows: list[ProjectCoverage], totals: dict[str, object]) -> Table:
    cells = [
        [
            Cell(
                row.project.name,
                context.cite(row.project.source),
                f"{row.project.get_kind_display()}; {row.get_stage_display()}{_lacking(row)}",
            ),
            words.plainly(words.exact(row.need_eur, row.incomplete, words.never)),
            words.exact(row.secured_eur, row.incomplete),
            words.exact(row.pipeline_eur, row.incomplete),
            words.plainly(words.exact(row.gap_eur, row.incomplete, numbers.at_most)),
            words.plainly(words.percent(row.coverage, row.incomplete)),
        ]
        for row in rows
    ]
    lacking = str(totals["lacking"])
    without = int(str(totals["without_need"]))
    cells.append(
        [
            Cell(
                "All of them",
                small=f"{words.number_of(without, 'project')} without a known need" if without else "",
            ),
            words.exact(totals["need_eur"], "", numbers.at_least),  # type: ignore[arg-type]
            words.exact(totals["secured_eur"], lacking),  # type: ignore[arg-type]
            words.exact(totals["pipeline_eur"], lacking),  # type: ignore[arg-type]
            words.exact(totals["gap_eur"], lacking, numbers.at_most),  # type: ignore[arg-type]
            Cell(),
        ]
    )
    columns = [
        Column("Project", part=1.5),
        Column("Need", number=True, part=1),
        Column("Secured", number=True, part=1),
        Column("Pipeline", number=True, part=1),
        Column("Gap", number=True, part=1),
        Column("Coverage", number=True, part=0.6),
    ]
    return Table(columns, cells, "Selected projects", [len(cells) - 1])
