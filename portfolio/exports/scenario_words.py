"""How scenarios are put into words: a sentence for each change, a text for each compared figure."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portfolio.exports import numbers
from portfolio.exports.scenario_tables import WORDS, ComparedCell
from portfolio.models.fields import plain
from portfolio.queries.what_if import Outcome
from portfolio.rules.money import round_half_up
from portfolio.vocabulary import (
    ChangeKind,
    DeploymentStatus,
    EnvelopeKind,
    EventKind,
    FigureKey,
    Instrument,
    ProjectKind,
    Reason,
    Stage,
)

MINUS = "−"
Say = Callable[..., str]  # fills in the places of a text

METRIC_LABELS = {
    "ai_factories_selected": "AI factories selected",
    "gigafactories_selected": "AI gigafactories selected",
    "gigafactory_slots_free": "Places of gigafactories free",
    "need_eur": "Need",
    "secured_eur": "Secured",
    "coverage": "Coverage",
    "projects_without_need": "Projects without a known need",
    "need_selected_eur": "Need of selected projects",
    "secured_selected_eur": "Secured by selected projects",
    "coverage_selected": "Coverage of selected projects",
    "existing_chips_known_factories": "AI factories with known chips",
    "existing_chips_total": "Chips of these, all together",
    "existing_chips_mean": "Chips of these, mean",
    "existing_chips_median": "Chips of these, median",
    "existing_chips_max": "Chips of the largest",
    "gigafactory_chips_total": "Chips of selected gigafactories",
    "claimed_over_existing_mean": "Claimed gigafactory over the mean",
    "claimed_over_existing_median": "Claimed gigafactory over the median",
    "claimed_over_existing_max": "Claimed gigafactory over the largest",
}
COLUMN_LABELS = {
    "planned_chips": "chips planned",
    "contracted_chips": "chips contracted",
    "installed_chips": "chips installed",
    "operational_chips": "chips operational",
    "over_allocated": "over-allocated",
    "on_track": "on track",
}
# Known whatever else is missing; what is left of a known amount; and sums of counted projects (rule 8).
UNBOUND = ("need_eur", "amount_eur", "need_selected_eur", "expected_progress")
WHAT_IS_LEFT = ("gap_eur", "headroom_eur")
COUNTED = ("gross_mobilised_eur", "mobilised_eur", "attributed_eur", "progress")
PERCENT_COLUMNS = ("coverage", "share", "utilisation", "progress", "attainment", "coverage_selected")


@dataclass(frozen=True, slots=True)
class Line:
    """A compared figure in words: both sides and the difference, each with its exact value on hover."""

    label: str
    baseline: str
    scenario: str
    difference: str
    exact_baseline: str
    exact_scenario: str
    exact_difference: str
    changed: bool
    words: bool


def column_label(model: Any, column: str) -> str:
    """Return what people call a column of a result table."""
    return COLUMN_LABELS.get(column) or str(model._meta.get_field(column).verbose_name)


def bound(table: str, name: str, incomplete: str) -> str:
    """Return "at least" or "at most" for a figure of a row with these reasons, or nothing."""
    if table == "chip_comparison":
        return "at least" if name == "chips" and Reason.CHIP_COUNT_UNKNOWN in incomplete.split(";") else ""
    if name in UNBOUND or not name.endswith(("_eur", *PERCENT_COLUMNS)):
        return ""
    if name in WHAT_IS_LEFT:
        return numbers.at_most(incomplete)
    return numbers.at_least_if_any(incomplete) if name in COUNTED else numbers.at_least(incomplete)


def line(label: str, cell: ComparedCell, name: str, bounds: tuple[str, str], *, short: bool = False) -> Line:
    """Return a compared figure in words; `name` is that of its column, or of its metric.

    `bounds` are the words that say in what way each side is a bound. Money is written to the cent, or short.
    """
    euro = numbers.short_euro if short else numbers.exact_euro
    write = _writer(name, euro)
    before, after = (
        _bounded(word, text) if value is not None else text
        for word, text, value in zip(bounds, _apart(write, cell), (cell.baseline, cell.scenario), strict=True)
    )
    difference, exact_difference = "", ""
    if cell.difference is not None and cell.changed:
        difference = _difference(name, cell.difference, euro)
        exact_difference = _exact(cell.difference)
    return Line(
        label,
        before,
        after,
        difference,
        _exact(cell.baseline),
        _exact(cell.scenario),
        exact_difference,
        cell.changed,
        name in WORDS,
    )


def _bounded(word: str, text: str) -> str:
    """Write a figure after the word that says in what way it is a bound, if it is one."""
    match word:
        case "at least":
            return f"at least {text}"
        case "at most":
            return f"at most {text}"
    return text


def _exact(value: Any) -> str:
    return plain(value) if isinstance(value, Decimal) else "" if value is None else str(value)


KINDS = {kind.value: kind.label for kind in (*EnvelopeKind, *ProjectKind)}


def _writer(name: str, euro: Callable[[Decimal], str]) -> Callable[[Any, int], str]:
    """Return how values of a column or metric are written, with the places to use where that matters."""
    if name in WORDS:
        return lambda value, places: _word(name, value)
    if name.endswith("_eur"):
        return lambda value, places: euro(value)
    if name.endswith(PERCENT_COLUMNS):
        return lambda value, places: f"{_rounded(value * 100, places)}{numbers.NARROW_SPACE}%"
    if name.startswith(("ratio_", "claimed_over")) or name == "multiplier":
        return lambda value, places: f"{_rounded(value, places)}×"
    return lambda value, places: f"{value:,}".replace("-", MINUS)


def _rounded(value: Decimal | int, places: int) -> str:
    return f"{round_half_up(Decimal(value), places):,}"


def _word(name: str, value: Any) -> str:
    if name == "stage":
        return str(Stage(value).label) if value else "no stage yet"
    if name == "incomplete":
        return "; ".join(numbers.reasons(value)) or "nothing is missing"
    if name == "kind":
        return str(KINDS[value])
    return "yes" if value else "no"


def _apart(write: Callable[[Any, int], str], cell: ComparedCell) -> tuple[str, str]:
    """Return both sides in as few places as tell them apart."""
    for places in (1, 2, 4):
        before, after = (
            "unknown" if value is None else write(value, places) for value in (cell.baseline, cell.scenario)
        )
        if before != after or not cell.changed:
            break
    return before, after


def _difference(name: str, value: Decimal | int, euro: Callable[[Decimal], str]) -> str:
    sign, size = (MINUS, -value) if value < 0 else ("+", value)
    if name.endswith("_eur"):
        return f"{sign}{euro(Decimal(size))}"
    if name.endswith(PERCENT_COLUMNS):
        places = 1 if size >= Decimal("0.0005") else 4
        return f"{sign}{_rounded(size * 100, places)} points"
    if name.startswith(("ratio_", "claimed_over")) or name == "multiplier":
        places = 1 if size >= Decimal("0.05") else 4
        return f"{sign}{_rounded(size, places)}×"
    return f"{sign}{size:,}"


def in_english(text: str, *values: str) -> str:
    """Return a text with its places, {1} and {2}, filled in."""
    return text.format("", *values)  # at once: what people entered may look like a place


def sentence(outcome: Outcome, say: Say = in_english) -> str:
    """Return what a change does, in a sentence without a full stop; records that are gone by their keys.

    `say` fills in the places of a text, in another language for a page.
    """
    return SENTENCES[outcome.change.kind](outcome, say)


def _project(outcome: Outcome) -> str:
    return outcome.project.name if outcome.project else f"“{outcome.change.project}”"


def _money(amount: Decimal | None, currency: str) -> str:
    if amount is None:
        return "an amount that was not disclosed"
    return numbers.exact_euro(amount) if currency == "EUR" else f"{currency} {amount:,.2f}"


def _instrument(word: str) -> str:
    return "contribution in kind" if word == Instrument.IN_KIND else str(Instrument(word).label).lower()


def _sign(outcome: Outcome, say: Say) -> str:
    change, told = outcome.change, outcome.contribution
    which = _told(outcome)
    if change.amount is not None:
        amount = _money(change.amount, told.currency if told else "")
        if told is None:
            return say("Sign contribution “{1}” at {2}", *which, amount)
        return say("Sign the {1} of {2} to {3} ({4}) at {5}", *which, amount)
    if not outcome.currency:
        if told is None:
            return say("Sign contribution “{1}” at its current amount", *which)
        return say("Sign the {1} of {2} to {3} ({4}) at its current amount", *which)
    held = _money(outcome.amount, outcome.currency)
    if told is None:
        return say("Sign contribution “{1}” at its current amount, {2}", *which, held)
    return say("Sign the {1} of {2} to {3} ({4}) at its current amount, {5}", *which, held)


def _told(outcome: Outcome) -> tuple[str, ...]:
    """Return what tells which contribution: its instrument, from whom, to what, its key; or its key alone."""
    told = outcome.contribution
    if told is None:
        return (outcome.change.contribution,)
    return _instrument(told.instrument), told.financier.name, told.project.name, told.reference


def _cancel(outcome: Outcome, say: Say) -> str:
    which, known = _told(outcome), outcome.contribution is not None
    if not outcome.currency:
        if known:
            return say("Cancel the {1} of {2} to {3} ({4})", *which)
        return say("Cancel contribution “{1}”", *which)
    held = _money(outcome.amount, outcome.currency)
    if known:
        return say("Cancel the {1} of {2} to {3} ({4}), {5}", *which, held)
    return say("Cancel contribution “{1}”, {2}", *which, held)


def _add(outcome: Outcome, say: Say) -> str:
    change = outcome.change
    financier = outcome.financier.name if outcome.financier else f"“{change.financier}”"
    told = (
        _money(change.amount, change.currency),
        financier,
        _project(outcome),
        _instrument(change.instrument),
        str(EventKind(change.state).label).lower(),
    )
    if not change.envelope:
        return say("Add {1} of {2} to {3} ({4}, {5}, outside any envelope)", *told)
    envelope = outcome.envelope.name if outcome.envelope else f"“{change.envelope}”"
    return say("Add {1} of {2} to {3} ({4}, {5}, from {6})", *told, envelope)


def _cost(outcome: Outcome, say: Say) -> str:
    change, project = outcome.change, _project(outcome)
    if change.percent is None:
        return say("Set the cost of {1} to {2}", project, _money(change.amount, change.currency))
    percent, lower = plain(abs(change.percent)), change.percent < 0
    if not outcome.currency:
        if lower:
            return say("Lower the cost of {1} by {2} %", project, percent)
        return say("Raise the cost of {1} by {2} %", project, percent)
    amount = _money(outcome.amount, outcome.currency)
    if lower:
        return say("Lower the cost of {1} by {2} %, to {3}", project, percent, amount)
    return say("Raise the cost of {1} by {2} %, to {3}", project, percent, amount)


def _drop(outcome: Outcome, say: Say) -> str:
    return say("Drop {1}, as withdrawn", _project(outcome))


def _stage(outcome: Outcome, say: Say) -> str:
    return say("Put {1} at the stage “{2}”", _project(outcome), str(Stage(outcome.change.stage).label))


def _figure(outcome: Outcome, say: Say) -> str:
    change = outcome.change
    value = Decimal(change.value or 0)
    return say("Set “{1}” to {2}", str(FigureKey(change.figure).label), f"{value:,f}")


def _envelope(outcome: Outcome, say: Say) -> str:
    name = outcome.envelope.name if outcome.envelope else f"“{outcome.change.envelope}”"
    return say("Set the amount of {1} to {2}", name, _money(outcome.change.amount, "EUR"))


def _chips(outcome: Outcome, say: Say) -> str:
    change = outcome.change
    number, status = f"{change.chips or 0:,}", str(DeploymentStatus(change.status).label).lower()
    if not change.chip_model:
        return say("Add {1} {2} chips of an unknown model to {3}", number, status, _project(outcome))
    model = outcome.chip_model or f"“{change.chip_model}”"
    return say("Add {1} {2} chips of {3} to {4}", number, status, str(model), _project(outcome))


SENTENCES: dict[str, Callable[[Outcome, Say], str]] = {
    ChangeKind.SIGN_CONTRIBUTION: _sign,
    ChangeKind.CANCEL_CONTRIBUTION: _cancel,
    ChangeKind.ADD_CONTRIBUTION: _add,
    ChangeKind.CHANGE_COST: _cost,
    ChangeKind.DROP_PROJECT: _drop,
    ChangeKind.SET_STAGE: _stage,
    ChangeKind.SET_FIGURE: _figure,
    ChangeKind.SET_ENVELOPE_AMOUNT: _envelope,
    ChangeKind.ADD_CHIPS: _chips,
}
