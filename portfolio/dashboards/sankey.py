"""A picture of flows and the tables beside it: presentation of sums that `queries.flows` made."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from investai.wording import sentence, translated
from portfolio.dashboards.contribution_filters import address, written
from portfolio.exports import numbers
from portfolio.models import ResultSet
from portfolio.queries.contribution_filters import Filters
from portfolio.queries.flows import OTHERS, Flows, Leg
from portfolio.rules.money import ZERO
from portfolio.vocabulary import FinancierKind, Instrument, Reason

KINDS = {str(kind): place for place, kind in enumerate(FinancierKind)}
LAST = 10_000

# The colours of the picture, by the names of the tokens in static/css/tokens.css.
STATE_TOKENS = {"secured": "signed", "pipeline": "edge"}
NEUTRAL = "muted"

MOST_IN_WORDS = 5


@dataclass(slots=True)
class Band:
    """Some money of a flow: how much, of how many contributions, and the list behind it."""

    address: str
    euro: Decimal = ZERO
    number: int = 0
    unknown: int = 0

    def add(self, leg: Leg) -> None:
        """Count a leg."""
        self.euro += leg.euro
        self.number += leg.number
        self.unknown += leg.unknown

    @property
    def incomplete(self) -> str:
        """Why the sum is a lower bound, if it is one."""
        return str(Reason.AMOUNT_UNKNOWN.value) if self.unknown else ""

    @property
    def text(self) -> str:
        """The band in words."""
        one = self.number == 1
        text = "{1}, {2} contribution" if one else "{1}, {2} contributions"
        if self.unknown:
            text = (
                "{1}, {2} contribution, {3} of unknown amount"
                if one
                else "{1}, {2} contributions, {3} of unknown amount"
            )
        return sentence(text, _short(self), _number(self.number), _number(self.unknown))


@dataclass(frozen=True, slots=True)
class Node:
    """Where money comes from or goes to: its name, place, colour, and what asks for its list.

    `within` is its name within a sentence.
    """

    key: str
    name: str
    place: tuple[int, ...]
    token: str
    asked: dict[str, str]
    slug: str = ""
    within: str = ""


class Cell(NamedTuple):
    """A band under the name of its column; None where there is none."""

    name: str
    band: Band | None


@dataclass(slots=True)
class Row:
    """A row of a table: a band for each column that has one, and their sum."""

    node: Node
    total: Band
    bands: dict[str, Band] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by columns of instruments, the largest first, with their sums."""

    columns: list[tuple[Node, Band]]
    rows: list[Row]
    total: Band


class Picture:
    """Some flows as a drawing and as two tables: who gives, and what receives, through which instrument."""

    def __init__(self, results: ResultSet, filters: Filters, flows: Flows, most: tuple[int, int]) -> None:
        self._results, self._flows = results, flows
        self._base = written(replace(filters, guarantee=False))
        self._projects, self._payers = (str(number) for number in most)
        self._state_token = STATE_TOKENS.get(filters.state, filters.state.replace("_", "-"))
        self._payer_places = {id_: place for place, id_ in enumerate(flows.financiers)}
        self._project_places = {id_: place for place, id_ in enumerate(flows.projects)}

    def _kind(self, leg: Leg) -> Node:
        name, token = translated(str(FinancierKind(leg.kind).label)), leg.kind.replace("_", "-")
        return Node(f"kind/{leg.kind}", name, (KINDS[leg.kind],), token, {"financier_kind": leg.kind})

    def _payer(self, leg: Leg) -> Node:
        place, token, asked = KINDS[leg.kind], leg.kind.replace("_", "-"), {"financier_kind": leg.kind}
        if not leg.financier:
            number = self._flows.other_financiers.get(leg.kind, 0)
            others = translated(
                f"{number:,} other{'s' if number > 1 else ''}, {FinancierKind(leg.kind).label}"
            )
            asked |= {"beyond_financiers": self._payers}
            return Node(f"payers/{leg.kind}", others, (place, LAST), token, asked)
        known = self._flows.financiers[leg.financier]
        asked |= {"financier": known.slug}
        places = (place, self._payer_places[leg.financier])
        return Node(f"payer/{known.slug}", known.name, places, token, asked)

    def _instrument(self, leg: Leg) -> Node:
        name = str(Instrument(leg.instrument).label)
        return Node(
            f"instrument/{leg.instrument}",
            translated(name),
            (),
            NEUTRAL,
            {"instrument": leg.instrument},
            within=translated(name.lower()),
        )

    def _project(self, leg: Leg) -> Node:
        if leg.project == OTHERS:
            number = self._flows.others
            name = translated(f"{number:,} other project{'s' if number > 1 else ''}")
            return Node("projects", name, (LAST,), self._state_token, {"beyond": self._projects})
        known = self._flows.projects[leg.project]
        asked = {"project": known.slug}
        place = (self._project_places[leg.project],)
        return Node(f"project/{known.slug}", known.name, place, self._state_token, asked, known.slug)

    def _band(self, *nodes: Node) -> Band:
        asked = dict(self._base)
        for node in nodes:
            asked |= node.asked
        return Band(address(self._results, "contributions", asked))

    def drawing(self) -> dict[str, Any]:
        """Return what the chart draws: nodes in columns, and bands above zero between them."""
        columns = [self._kind, self._instrument, self._project]
        if self._flows.financiers:
            columns.insert(1, self._payer)
        nodes: dict[str, tuple[int, Node, Band]] = {}
        bands: dict[tuple[str, str], tuple[Node, Band]] = {}
        for leg in self._flows.legs:
            path = [column(leg) for column in columns]
            for place, node in enumerate(path):
                if node.key not in nodes:
                    nodes[node.key] = (place, node, self._band(node))
                nodes[node.key][2].add(leg)
            for source, target in pairwise(path):
                if (source.key, target.key) not in bands:
                    coloured = source if source.token != NEUTRAL else target
                    bands[source.key, target.key] = (coloured, self._band(source, target))
                bands[source.key, target.key][1].add(leg)
        ordered = sorted(nodes.values(), key=lambda found: (found[0], found[1].place, -found[2].euro))
        places = {node.key: place for place, (_, node, _) in enumerate(ordered)}
        between = sorted(bands.items(), key=lambda found: (places[found[0][0]], places[found[0][1]]))
        return {
            "nodes": [
                {"name": node.key, "label": node.name, "depth": place, "token": node.token}
                | {"amount": _short(band), **_drawn(band)}
                for place, node, band in ordered
                if band.euro
            ],
            "links": [
                {"source": source, "target": target, "token": node.token, **_drawn(band)}
                for (source, target), (node, band) in between
                if band.euro
            ],
        }

    def payers(self) -> Table:
        """Return who gives by instrument: kinds of financier, or the financiers that are named."""
        return self._table(self._payer if self._flows.financiers else self._kind)

    def projects(self) -> Table:
        """Return what receives by instrument: the largest projects, and the others in one row."""
        return self._table(self._project)

    def _table(self, of: Callable[[Leg], Node]) -> Table:
        rows: dict[str, Row] = {}
        columns: dict[str, tuple[Node, Band]] = {}
        total = self._band()
        for leg in self._flows.legs:
            node, column = of(leg), self._instrument(leg)
            if node.key not in rows:
                rows[node.key] = Row(node, self._band(node))
            row = rows[node.key]
            row.total.add(leg)
            if column.key not in row.bands:
                row.bands[column.key] = self._band(node, column)
            row.bands[column.key].add(leg)
            if column.key not in columns:
                columns[column.key] = (column, self._band(column))
            columns[column.key][1].add(leg)
            total.add(leg)
        ordered = sorted(columns.values(), key=lambda pair: (-pair[1].euro, pair[0].name))
        for row in rows.values():
            row.cells = [Cell(column.name, row.bands.get(column.key)) for column, _ in ordered]
        return Table(ordered, sorted(rows.values(), key=lambda row: row.node.place), total)


def in_words(payers: Table, projects: Table) -> str:
    """Return what the picture shows as sentences: who gives how much, by what, and what receives the most."""
    if not payers.total.euro:
        return ""
    by_size = sorted(payers.rows, key=lambda row: -row.total.euro)
    giving = [f"{row.node.name} {_short(row.total)}" for row in by_size[:MOST_IN_WORDS]]
    through = [f"{node.within} {_short(band)}" for node, band in payers.columns[:MOST_IN_WORDS]]
    receiving = [f"{row.node.name} {_short(row.total)}" for row in projects.rows if row.node.slug]
    came = sentence("It comes from {1}; through {2}.", _listed(giving), _listed(through))
    went = sentence("Most goes to {1}.", _listed(receiving[:MOST_IN_WORDS]))
    return f"{came} {went}"


def _short(band: Band) -> str:
    bound, euro = numbers.at_least(band.incomplete), numbers.short_euro(band.euro)
    return f"{translated(bound)} {translated(euro)}".strip()


def _number(number: int) -> str:
    return translated(f"{number:,}")


def _listed(words: list[str]) -> str:
    return sentence("{1} and {2}", ", ".join(words[:-1]), words[-1]) if len(words) > 1 else words[0]


def _drawn(band: Band) -> dict[str, str]:
    """Return a band as the chart takes it: its exact amount as text, in words, and its list."""
    return {"euro": str(band.euro), "text": band.text, "address": band.address}
