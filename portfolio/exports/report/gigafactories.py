"""A page of a report for each selected gigafactory."""

from portfolio.exports import numbers
from portfolio.exports.bars import place_bar
from portfolio.exports.report import words
from portfolio.exports.report.blocks import (
    Block,
    Cell,
    Column,
    Drawn,
    Heading,
    NewPage,
    Table,
    Text,
    bar,
)
from portfolio.exports.report.context import NOTHING_RESERVED, Context
from portfolio.models import Milestone
from portfolio.queries import alert_list, overview, project_amounts
from portfolio.queries.project_page import ProjectPage, project_page
from portfolio.vocabulary import DeploymentStatus, EventKind, Severity

MOST_GIGAFACTORIES = 20
MOST_CONTRIBUTIONS = 150
MOST_ALERTS = 10
LEGEND = [
    ("disbursed", "Disbursed"),
    ("signed", "Signed, to be paid"),
    ("approved", "Approved"),
    ("under_appraisal", "Under appraisal"),
    ("announced", "Announced"),
    ("open", "Open"),
]


def write(context: Context) -> list[Block]:
    """Return what stands on the page of each selected gigafactory."""
    found: list[Block] = []
    places = overview.places(context.results)
    for place in places[:MOST_GIGAFACTORIES]:
        shown = project_page(context.results, place.funding.project.slug)
        if shown is not None:
            found += [NewPage(), *_project(context, shown)] if found else _project(context, shown)
    if len(places) > MOST_GIGAFACTORIES:
        found.append(Text(f"The first {MOST_GIGAFACTORIES} of {len(places):,} have a page here.", "note"))
    return found or [Text("No gigafactory is selected.", "empty")]


def _project(context: Context, shown: ProjectPage) -> list[Block]:
    project, row = shown.project, shown.coverage
    about = [project.city, words.countries(project.countries), project.host]
    found: list[Block] = [
        Heading(project.name),
        Text(", ".join(part for part in about if part), "lead", context.cite(project.source)),
    ]
    if shown.stages:
        told = " → ".join(
            f"{stage.get_stage_display()} ({words.day(stage.reached_on)})" for stage in shown.stages
        )
        found.append(Text(told, sources=context.cite(*(stage.source for stage in shown.stages))))
    if row.need_eur:
        told = f"{words.percent(row.coverage, shown.lacking['need_divided']).text} of the need is secured"
        found.append(Drawn(bar(place_bar(row), told), LEGEND))
    found += [_waterfall(context, shown), *_contributions(context, shown)]
    return [*found, *_chips(context, shown), *_milestones(context, shown), *_alerts(context, shown)]


def _waterfall(context: Context, shown: ProjectPage) -> Table:
    row, lacks = shown.coverage, shown.lacking
    estimate = shown.estimates[0].source if shown.estimates else None
    need = words.exact(row.need_eur, row.incomplete, words.never)
    rows = [
        [Cell("Need", context.cite(estimate)), need, Cell()],
        *(
            [
                Cell(f"{share.label}, signed", swatch=share.kind),
                words.exact(share.signed_eur, share.lacking),
                words.percent(share.share, share.lacking) if row.need_eur is not None else Cell(),
            ]
            for share in shown.shares
        ),
        [
            Cell("Secured (signed)"),
            words.exact(row.secured_eur, lacks["signed"]),
            words.percent(row.coverage, lacks["need_divided"]),
        ],
        [Cell("Gap, unsecured"), words.exact(row.gap_eur, lacks["need_divided"], numbers.at_most), Cell()],
        [Cell("Approved", swatch="approved"), words.exact(row.approved_eur, lacks["approved"]), Cell()],
        [
            Cell("Under appraisal", swatch="under_appraisal"),
            words.exact(row.under_appraisal_eur, lacks["under_appraisal"]),
            Cell(),
        ],
        [Cell("Announced", swatch="announced"), words.exact(row.announced_eur, lacks["announced"]), Cell()],
        [
            Cell("Potential coverage (secured and pipeline)"),
            Cell(),
            words.percent(row.potential_coverage, lacks["potential"]),
        ],
        [Cell("Disbursed", swatch="disbursed"), words.exact(row.disbursed_eur, lacks["disbursed"]), Cell()],
        [
            Cell("Guarantees, signed (cover, not money)"),
            words.exact(row.guaranteed_eur, lacks["guaranteed"]),
            Cell(),
        ],
    ]
    secured = 1 + len(shown.shares)
    columns = [
        Column("From need to gap", part=1),
        Column("Euro", number=True),
        Column("Of the need", number=True),
    ]
    return Table(columns, rows, f"From need to gap: {shown.project.name}", [0, secured, secured + 1])


def _contributions(context: Context, shown: ProjectPage) -> list[Block]:
    if not shown.contributions:
        return [Text("No contribution has been recorded. Nothing is assumed in its place.", "empty")]
    amounts = project_amounts.project_amounts(shown.contributions, shown.states, shown.estimates)
    rows = []
    for line in amounts.contributions[:MOST_CONTRIBUTIONS]:
        contribution, state, deciding = line.contribution, line.state, line.deciding
        source = deciding.record.source if deciding else None
        if state is None or not state.state:
            told, euro = "none yet", Cell()
        else:
            told = f"{state.get_state_display()}, {words.day(state.decided_on)}"
            euro = _euro(state.amount_eur, amount_unknown=state.amount_unknown)
        rows.append(
            [
                Cell(
                    contribution.financier.name,
                    context.cite(contribution.source, source),
                    f"{contribution.get_instrument_display()}; {contribution.reference}",
                ),
                Cell(told, swatch=state.state or "" if state else ""),
                _original(deciding, state.state if state else ""),
                euro,
                words.exact(state.disbursed_eur) if state else Cell(),
            ]
        )
    columns = [
        Column("Financier", part=1),
        Column("State"),
        Column("Original amount", number=True),
        Column("Euro", number=True),
        Column("Disbursed, euro", number=True),
    ]
    return [
        Heading("Contributions", 3),
        Table(columns, rows, f"Contributions to {shown.project.name}"),
    ]


def _euro(amount: object, *, amount_unknown: bool) -> Cell:
    if amount is None:
        return Cell("not disclosed" if amount_unknown else "no exchange rate", look="unknown")
    return words.exact(amount)  # type: ignore[arg-type]


def _original(deciding: project_amounts.Dated | None, state: str | None) -> Cell:
    if deciding is None:
        return Cell()
    if deciding.record.amount is None:
        return Cell("nothing left") if state == EventKind.CANCELLED else Cell("not disclosed", look="unknown")
    return Cell(f"{deciding.currency} {deciding.record.amount:,.2f}")


def _chips(context: Context, shown: ProjectPage) -> list[Block]:
    as_of, row = context.results.as_of, shown.chips
    number = words.chips(row, shown.chip_bounds(as_of))
    lead = f"{number.text} chips"
    if row.h100_equivalents is not None:
        lead += f", {words.count(row.h100_equivalents)} in H100 equivalents"
    if row.target_attainment is not None:
        lead += f"; {words.percent_text(row.target_attainment)} of the published number of a gigafactory"
    if row.incomplete:
        lead += f". Incomplete: {'; '.join(numbers.reasons(row.incomplete))}"
    found: list[Block] = [Heading("Chips", 3), Text(f"{lead}.")]
    rows = []
    for deployment in shown.deployments:
        retired = deployment.retired_on and deployment.retired_on <= as_of
        status = DeploymentStatus(deployment.status).label  # type: ignore[attr-defined]
        bound = "" if deployment.bound == "exact" else deployment.get_bound_display().lower()
        known = deployment.chips is not None
        rows.append(
            [
                Cell(deployment.system, context.cite(deployment.source)),
                Cell(str(deployment.chip_model)) if deployment.chip_model else words.unknown(),
                Cell(words.bounded(bound, f"{deployment.chips:,}")) if known else words.unknown(),
                Cell(f"retired {words.day(deployment.retired_on)}" if retired else str(status)),
            ]
        )
    if rows:
        columns = [
            Column("System", part=1),
            Column("Model", part=1),
            Column("Chips", number=True),
            Column("Status"),
        ]
        found.append(Table(columns, rows, f"Chips of {shown.project.name}"))
    return found


def _milestones(context: Context, shown: ProjectPage) -> list[Block]:
    if not shown.milestones:
        return []
    rows = [
        [
            Cell(milestone.title, context.cite(milestone.source)),
            Cell(words.day(milestone.due_on) or "no date"),
            _reached(context, milestone),
        ]
        for milestone in shown.milestones
    ]
    columns = [Column("Milestone", part=1), Column("Due"), Column("Where it stands")]
    return [
        Heading("Milestones", 3),
        Table(columns, rows, f"Milestones of {shown.project.name}"),
    ]


def _reached(context: Context, milestone: Milestone) -> Cell:
    day, due, done = context.results.as_of, milestone.due_on, milestone.done_on
    if done and done <= day:
        late = max((done - due).days, 0) if due else 0
        told = f"done {words.day(done)}"
        return Cell(
            f"{told}, {words.number_of(late, 'day')} late" if late else told,
            look="warning" if late else "good",
        )
    late = max((day - due).days, 0) if due else 0
    if late:
        return Cell(f"late by {words.number_of(late, 'day')}", look="critical")
    return Cell("to come", look="neutral")


def _alerts(context: Context, shown: ProjectPage) -> list[Block]:
    alerts = alert_list.of_project(shown.project, context.results.as_of, MOST_ALERTS, NOTHING_RESERVED)
    if not alerts:
        return []
    rows = [
        [
            Cell(alert.get_severity_display(), look=words.SEVERITY_LOOKS[Severity(alert.severity)]),
            Cell(alert.sentence),
        ]
        for alert in alerts
    ]
    columns = [Column("Severity"), Column("What needs attention", part=1)]
    return [
        Heading("What needs attention", 3),
        Table(columns, rows, f"Alerts of {shown.project.name}"),
    ]
