"""Funding by kind of financier in a report: the sums of the page of flows."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from portfolio.exports import numbers
from portfolio.exports.bars import longest, segments
from portfolio.exports.report import words
from portfolio.exports.report.blocks import Block, Cell, Column, Heading, Table, Text, bar
from portfolio.exports.report.context import Context
from portfolio.queries.contribution_filters import RUNNING, Filters
from portfolio.queries.contribution_list import StateTotal, totals
from portfolio.queries.flows import OTHERS, flows
from portfolio.rules.money import ZERO
from portfolio.vocabulary import EventKind, FinancierKind, Instrument, Reason

MOST_PROJECTS = 12
SECURED = Filters(state="secured", stage=RUNNING)
STATES = (EventKind.APPROVED, EventKind.UNDER_APPRAISAL, EventKind.ANNOUNCED)


def write(context: Context) -> list[Block]:
    """Return whose money it is, through which instrument, and to which projects."""
    every = Filters(stage=RUNNING, guarantee=False)
    by_kind = {
        kind: {row.state: row for row in totals(context.results, replace(every, financier_kind=kind))}
        for kind in FinancierKind
    }
    if not any(by_kind.values()):
        return [Text("No contribution is recorded.", "empty")]
    whole = {row.state: row for row in totals(context.results, every)}
    note = (
        "Projects that have not ended; guarantees stand apart. Paid is what was disbursed on signed"
        " contributions, and part of them. The last three columns are in millions of euro."
    )
    return [_states(by_kind, whole), Text(note, "note"), *_legs(context), *_guarantees(context)]


def _lacking(unknown: int) -> str:
    return str(Reason.AMOUNT_UNKNOWN.value) if unknown else ""


def _states(by_kind: dict[FinancierKind, dict[str, StateTotal]], whole: dict[str, StateTotal]) -> Table:
    signed = {kind: rows.get(EventKind.SIGNED) for kind, rows in by_kind.items()}
    most = longest([row.euro for row in signed.values() if row])
    rows = []
    for kind, states in by_kind.items():
        row = signed[kind]
        euro = row.euro if row else ZERO
        drawn = bar(segments(most, [(kind.value, euro)]), f"{kind.label}: {numbers.exact_euro(euro)} signed")
        rows.append([Cell(str(kind.label), swatch=kind.value, bar=drawn), *_amounts(states)])
    rows.append([Cell("All of them"), *_amounts(whole)])
    columns = [
        Column("Kind of financier", part=1),
        Column("Signed, euro", number=True),
        Column("Of it paid, euro", number=True),
        *(Column(str(state.label), number=True) for state in STATES),
    ]
    return Table(columns, rows, "Funding by kind of financier", [len(rows) - 1])


def _amounts(states: dict[str, StateTotal]) -> list[Cell]:
    signed = states.get(EventKind.SIGNED)
    return [
        words.exact(signed.euro, _lacking(signed.unknown), look="strong") if signed else words.exact(ZERO),
        words.exact(signed.disbursed_eur, _lacking(signed.paid_unknown)) if signed else words.exact(ZERO),
        *(words.million(states[state].euro if state in states else ZERO) for state in STATES),
    ]


def _legs(context: Context) -> list[Block]:
    found = flows(context.results, SECURED, MOST_PROJECTS, 0)
    if not found.legs:
        return [Text("Nothing is signed.", "empty")]
    instruments: dict[tuple[str, str], list[Decimal | int]] = defaultdict(lambda: [ZERO, 0, 0])
    projects: dict[int, list[Decimal | int]] = defaultdict(lambda: [ZERO, 0, 0])
    for leg in found.legs:
        for sums in (instruments[leg.kind, leg.instrument], projects[leg.project]):
            sums[0] += leg.euro
            sums[1] += leg.number
            sums[2] += leg.unknown
    kinds, ways = list(FinancierKind), list(Instrument)
    rows = [
        [Cell(str(FinancierKind(kind).label), swatch=kind), Cell(str(Instrument(way).label)), *_leg(sums)]
        for (kind, way), sums in sorted(
            instruments.items(),
            key=lambda entry: (kinds.index(FinancierKind(entry[0][0])), ways.index(Instrument(entry[0][1]))),
        )
    ]
    to = [[Cell(named.name), *_leg(projects[id_])] for id_, named in found.projects.items()]
    if found.others:
        to.append([Cell(words.number_of(found.others, "other project")), *_leg(projects[OTHERS])])
    whole: list[Decimal | int] = [found.euro, found.number, found.unknown]
    rows.append([Cell("All of them"), Cell(), *_leg(whole)])
    to.append([Cell("All of them"), *_leg(whole)])
    money = [Column("Signed, euro", number=True), Column("Contributions", number=True)]
    return [
        Heading("Signed money by instrument"),
        Table(
            [Column("Kind of financier", part=1), Column("Instrument", part=1), *money],
            rows,
            "Signed money by instrument",
            [len(rows) - 1],
        ),
        Heading("Signed money by project"),
        Table([Column("Project", part=1), *money], to, "Signed money by project", [len(to) - 1]),
    ]


def _leg(sums: list[Decimal | int]) -> list[Cell]:
    euro, number, unknown = sums
    small = f"{unknown:,} of unknown amount" if unknown else ""
    return [words.exact(Decimal(euro), _lacking(int(unknown))), Cell(f"{number:,}", small=small)]


def _guarantees(context: Context) -> list[Block]:
    """Return a sentence on signed guarantees, which are no money of these sums (rule 3)."""
    rows = totals(context.results, replace(SECURED, guarantee=True))
    if not rows:
        return []
    euro, unknown = sum((row.euro for row in rows), ZERO), sum(row.unknown for row in rows)
    number = sum(row.number for row in rows)
    told = words.exact(euro, _lacking(unknown)).text
    return [
        Text(
            f"Beside them stand {words.number_of(number, 'signed guarantee')} of {told}: cover, not money.",
            "note",
        )
    ]
