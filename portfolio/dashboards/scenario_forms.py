"""The form that adds a change to a scenario: the fields of its kind, what was typed, and what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

from investai.wording import sentence, translated
from portfolio.jobs.scenario_fields import FIELDS, STATES, Field
from portfolio.queries.scenarios import CHOICES, Choice, choices_of
from portfolio.vocabulary import ChangeKind, DeploymentStatus, FigureKey, Instrument, Stage

WORDS: dict[str, list[Choice]] = {
    "instrument": [(word.value, str(word.label)) for word in Instrument],
    "stage": [(word.value, str(word.label)) for word in Stage],
    "status": [(word.value, str(word.label)) for word in DeploymentStatus],
    "figure": [(word.value, str(word.label)) for word in FigureKey],
    "state": [(word.value, str(word.label)) for word in reversed(STATES)],
}
# What an empty choice means, where a field may stay empty.
NONE_CHOSEN = {"envelope": "None", "chip_model": "Unknown"}
HINTS = {
    ("sign_contribution", "amount"): "Empty: its current amount.",
    ("set_stage", "stage"): "As if reached on the day that is shown.",
    ("add_contribution", "amount"): "At most two decimals, such as 200000000.00.",
    ("change_cost", "percent"): "Such as 10 or -2.5.",
    ("change_cost", "amount"): "Instead of a percentage.",
    ("add_chips", "chips"): "A whole number.",
}
KEYS = {"project": "slug", "contribution": "reference", "envelope": "slug", "financier": "slug"}


@dataclass(frozen=True, slots=True)
class Input:
    """A field as the page shows it: `choices` of a list, or None for one to type into."""

    name: str
    label: str
    value: str
    choices: list[Choice] | None
    optional: bool
    hint: str
    fault: str


@dataclass(frozen=True, slots=True)
class ChangeForm:
    """The form of one kind of change."""

    kind: str
    label: str
    inputs: list[Input]
    faults: Mapping[str, str]


def change_form(
    kind: str, given: Mapping[str, str] | None = None, faults: Mapping[str, str] | None = None
) -> ChangeForm:
    """Return the form of a kind of change, with what was given and the faults of it by field."""
    given, faults = given or {}, faults or {}
    inputs = [
        _input(kind, field, given.get(field.name), faults.get(field.name, "")) for field in FIELDS[kind]
    ]
    return ChangeForm(kind, str(ChangeKind(kind).label), inputs, faults)


def said(text: str, *values: str) -> str:
    """Return a text with its places filled in, all in the language of who reads."""
    return sentence(text, *map(translated, values))


def _input(kind: str, field: Field, given: str | None, fault: str) -> Input:
    hint = HINTS.get((kind, field.name), "")
    choices: list[Choice] | None = [(word, translated(text)) for word, text in WORDS.get(field.name, [])]
    if field.name in CHOICES:
        choices = choices_of(field.name, said)
        if choices is None:
            hint = f"Its {KEYS.get(field.name, 'slug')}, as records name it."
    elif field.name not in WORDS:
        choices = None
    if choices is not None and field.optional:
        choices = [("", translated(NONE_CHOSEN[field.name])), *choices]
    value = given if given is not None else "EUR" if field.name == "currency" else ""
    return Input(field.name, field.label, value, choices, field.optional, hint, fault)
