"""How changes are put into words: a fact in a sentence part, a difference beside what was and is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from investai.wording import Entered
from portfolio.exports import numbers
from portfolio.exports.scenario_tables import ComparedCell
from portfolio.exports.scenario_words import (
    METRIC_LABELS,
    MINUS,
    Line,
    Say,
    bound,
    column_label,
    in_english,
    line,
)
from portfolio.models.fields import plain
from portfolio.queries.correction_entries import Correction, FieldChange
from portfolio.queries.corrections import Group
from portfolio.queries.dated_facts import DatedFact
from portfolio.queries.result_differences import MODELS, ChangedRow, Difference
from portfolio.queries.tracked_facts import BY_NAME
from portfolio.rules.replay import CHIPS, COVERAGE, ENVELOPES, SUMMARY, CellChange
from portfolio.vocabulary import EventKind, Stage

TABLE_LABELS = {
    SUMMARY: "Portfolio",
    COVERAGE: "Projects",
    ENVELOPES: "Envelopes",
    CHIPS: "Chips",
}
MOST_IN_SIGHT = 3
# The columns of their own in the lists of changed rows; what else differs stands in the last one.
LED_BY = {
    COVERAGE: ("stage", "need_eur", "secured_eur", "pipeline_eur", "disbursed_eur", "coverage"),
    ENVELOPES: (
        "committed_eur",
        "headroom_eur",
        "mobilised_eur",
        "attributed_eur",
        "disbursed_eur",
        "on_track",
    ),
    CHIPS: ("chips", "planned_chips", "contracted_chips", "installed_chips", "operational_chips"),
}
FACT_LABELS = {
    "contribution_events": "contribution event",
    "project_stages": "stage",
    "cost_estimates": "cost estimate",
    "chip_deployments": "chip deployment",
    "milestones": "milestone",
    "published_figures": "published figure",
    "exchange_rates": "exchange rate",
    "contributions": "contribution",
    "projects": "project",
    "envelopes": "envelope",
    "financiers": "financier",
    "chip_models": "chip model",
}
DOORS = {
    "admin": "in the administration",
    "load_portfolio": "by a bundle",
    "import_exchange_rates": "by an import of exchange rates",
}
PASSING = "The passing of days"


class Told(Protocol):
    """What a fact has to say to be put into words."""

    @property
    def word(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def amount(self) -> Decimal | None: ...
    @property
    def currency(self) -> str: ...
    @property
    def euro(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of two days in words, with the parts of the address of its split."""

    cell: Difference
    line: Line

    @property
    def only_words(self) -> bool:
        """Whether there is no number to show as the difference."""
        return not self.line.difference


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A changed row: the cells of the leading columns, None where one did not change, and all others."""

    row: ChangedRow
    leading: list[Shown | None]
    others: list[Shown]

    @property
    def is_short(self) -> bool:
        """Whether the others need no room that is opened by hand."""
        return len(self.others) <= MOST_IN_SIGHT


def metric_label(table: str, key: str, column: str) -> str:
    """Return what people call a cell's column, or its metric."""
    if table == SUMMARY:
        return METRIC_LABELS.get(key, key)
    label = column_label(MODELS[table], column)
    return label[:1].upper() + label[1:]


def shown(cell: Difference, *, short: bool = True) -> Shown:
    """Return a cell of two days in words."""
    name = cell.key if cell.table == SUMMARY else cell.column
    compared = ComparedCell(name, cell.before, cell.after)
    first, last = (bound(cell.table, name, reasons) for reasons in cell.reasons)
    label = metric_label(cell.table, cell.key, cell.column)
    return Shown(cell, line(label, compared, name, (first, last), short=short))


def shown_rows(table: str, rows: Iterable[ChangedRow]) -> list[ShownRow]:
    """Return changed rows in words."""
    found = []
    for row in rows:
        cells = {cell.column: shown(cell) for cell in row.cells}
        leading = [cells.pop(column, None) for column in LED_BY[table]]
        found.append(ShownRow(row, leading, list(cells.values())))
    return found


def leading_labels(table: str) -> list[str]:
    """Return the heads of the leading columns."""
    return [metric_label(table, "", column) for column in LED_BY[table]]


EVENT_WORDS = {
    EventKind.ANNOUNCED: "{1} announced at {2}",
    EventKind.UNDER_APPRAISAL: "{1} under appraisal at {2}",
    EventKind.APPROVED: "{1} approved at {2}",
    EventKind.SIGNED: "{1} signed at {2}",
    EventKind.DISBURSED: "{1} disbursed: {2}",
    EventKind.CANCELLED: "{1} cancelled",
}
DEPLOYMENT_WORDS = {
    "planned": "{1} planned",
    "contracted": "{1} contracted",
    "installed": "{1} installed",
    "operational": "{1} operational",
    "retired": "{1} retired",
}


# One fact and more of them: by what an event or a system did, else by the kind of fact.
COUNTED = {
    "announced": ("{1} announcement", "{1} announcements"),
    "under_appraisal": ("{1} appraisal begun", "{1} appraisals begun"),
    "approved": ("{1} approval", "{1} approvals"),
    "signed": ("{1} signature", "{1} signatures"),
    "disbursed": ("{1} payment", "{1} payments"),
    "cancelled": ("{1} cancellation", "{1} cancellations"),
    "planned": ("{1} system planned", "{1} systems planned"),
    "contracted": ("{1} system contracted", "{1} systems contracted"),
    "installed": ("{1} system installed", "{1} systems installed"),
    "operational": ("{1} system in operation", "{1} systems in operation"),
    "retired": ("{1} system retired", "{1} systems retired"),
    "project_stages": ("{1} stage reached", "{1} stages reached"),
    "cost_estimates": ("{1} cost estimate", "{1} cost estimates"),
    "milestones": ("{1} milestone done", "{1} milestones done"),
    "published_figures": ("{1} published figure", "{1} published figures"),
}
BY_WORD = ("contribution_events", "chip_deployments")


RECORDED = {
    EventKind.ANNOUNCED: "{1} announced",
    EventKind.UNDER_APPRAISAL: "{1} under appraisal",
    EventKind.APPROVED: "{1} approved",
    EventKind.SIGNED: "{1} signed",
    EventKind.DISBURSED: "{1} disbursed",
    EventKind.CANCELLED: "{1} cancelled",
}


def fact_words(kind: str, fact: Told, say: Say = in_english) -> str:
    """Return what a fact says, without its day: “C-001 signed at PLN 4.00 (€1.00)”.

    `say` fills in the places of a text, in another language for a page.
    """
    match kind:
        case "project_stages":
            return say("reached the stage “{1}”", str(Stage(fact.word).label))
        case "cost_estimates":
            return say("cost estimated at {1}", _amount(fact, say))
        case "contribution_events":
            return say(EVENT_WORDS[EventKind(fact.word)], Entered(fact.subject), _amount(fact, say))
        case "chip_deployments":
            return say(DEPLOYMENT_WORDS[fact.word], Entered(fact.subject))
        case "milestones":
            return say("{1} done", Entered(fact.subject))
        case "published_figures":
            return say("{1} published", Entered(fact.subject))
    return f"{fact.subject} {fact.word}".strip()


def dated_words(fact: DatedFact, say: Say = in_english, statement: str = "") -> str:
    """Return what a dated fact says, with the number of its chips or its value.

    A published figure is known by its statement, where that is at hand, else by its key.
    """
    match fact.fact:
        case "chip_deployments":
            words = fact_words(fact.fact, fact, say)
            if fact.number:
                return say("{1}: {2} chips", words, f"{int(fact.number):,}")
            return say("{1}: an unknown number of chips", words)
        case "published_figures":
            words = Entered(statement.rstrip(".")) if statement else fact_words(fact.fact, fact, say)
            return (
                say("{1}: {2}", words, f"{Decimal(fact.number):,}")
                if fact.number
                else say("{1}: an unknown value", words)
            )
    return fact_words(fact.fact, fact, say)


def _amount(fact: Told, say: Say) -> str:
    if fact.amount is None:
        return "an amount that was not disclosed"
    if fact.currency == "EUR":
        return numbers.exact_euro(fact.amount)
    amount = f"{fact.currency} {fact.amount:,.2f}"
    if fact.euro is None:
        return say("{1} (no exchange rate)", amount)
    return f"{amount} ({numbers.exact_euro(fact.euro)})"


def record_words(row: Correction, say: Say = in_english) -> str:
    """Return by what people know a record that was corrected."""
    subject, _, word = row.label.rpartition(" ")
    if row.fact == "contribution_events" and subject and word in EventKind.values:
        return say(RECORDED[EventKind(word)], Entered(subject))
    return ", ".join(part.replace("_", " ") for part in row.label.split(";") if part)


def numbers_in_words(counted: Mapping[tuple[str, str], int], say: Say = in_english) -> list[str]:
    """Return how many dated facts there are of each kind: “2 signatures”, “1 cost estimate”."""
    numbers_of: dict[tuple[str, str], int] = {}
    for (fact, word), number in counted.items():
        texts = COUNTED[word if fact in BY_WORD else fact]
        numbers_of[texts] = numbers_of.get(texts, 0) + number
    return [say(texts[number != 1], f"{number:,}") for texts, number in numbers_of.items()]


def difference_words(change: CellChange) -> tuple[str, str]:
    """Return the difference that a fact makes, and what the cell says after it."""
    cell = Difference(change.table, change.key, change.column, change.before, change.after)
    told = shown(cell, short=False).line
    if change.before is None and change.difference is not None:
        last = change.after - change.difference
        again = shown(
            Difference(change.table, change.key, change.column, last, change.after), short=False
        ).line
        return f"known again: {again.difference or 'no difference'} to the last known", again.scenario
    return told.difference or f"from {told.baseline} to {told.scenario}", told.scenario


def exact_ratio(difference: Decimal | int | None) -> str:
    """Return a difference of ratios with all its decimals, where words have fewer; nothing for others."""
    if not isinstance(difference, Decimal) or int(difference.as_tuple().exponent) > -3:
        return ""
    return f"{'+' if difference > 0 else MINUS}{abs(difference):f}"


def door(how: str) -> str:
    """Return by which door a correction came in."""
    return DOORS.get(how, f"by {how}" if how else "in a way that is not recorded")


def group_words(group: Group) -> str:
    """Return what a group of corrections did: “contribution event changed in the administration by anna”."""
    label, how = FACT_LABELS[group.fact], door(group.how)
    match group.kind:
        case "entered":
            return f"{label} entered {how} by {group.by}" if group.by else f"{label} entered {how}"
        case "changed":
            return f"{label} changed {how} by {group.by}" if group.by else f"{label} changed {how}"
        case _:
            return f"{label} deleted {how} by {group.by}" if group.by else f"{label} deleted {how}"


def field_words(fact: str, change: FieldChange) -> tuple[str, str, str]:
    """Return a column of a kind of fact with what it said before and says since."""
    labels = next(dict(field.flatchoices) for field in BY_NAME[fact].columns if field.name == change.name)
    old, new = (_value(value, labels) for value in (change.old, change.new))
    return change.name.replace("_", " "), old, new


def _value(value: Any, labels: Mapping[Any, Any]) -> str:
    """Return what a column said: the label of a word of a list, and what somebody entered as it stands."""
    if value is None:
        return "nothing"
    if value in labels:
        return str(labels[value])
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if value.as_tuple().exponent == -2 else plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return f"{value:,}"
    return Entered(value)


def correction_fields(row: Correction) -> list[tuple[str, str, str]]:
    """Return the columns to show of a correction: of a fact that was entered or deleted, those that count."""
    kept = [change for change in row.fields if row.kind == "changed" or change.name not in QUIET]
    return [field_words(row.fact, change) for change in kept]


QUIET = frozenset(
    {"source", "confidence", "note", "bound", "contribution", "project", "programme", "description"}
)
