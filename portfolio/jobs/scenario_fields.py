"""What a change of a scenario is made of: the fields of each kind, and what each accepts.

Each parser returns what the database stores, or raises CellFault with what is wrong and what is accepted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models

from portfolio.jobs import cells
from portfolio.jobs.cells import CellFault, shown
from portfolio.models import ChipModel, Contribution, Envelope, Financier, Project
from portfolio.models.fields import MAX_AMOUNT
from portfolio.queries.what_if_records import newest_rates
from portfolio.rules.money import to_euro
from portfolio.vocabulary import ChangeKind, DeploymentStatus, EventKind, FigureKey, Instrument, Stage

LEAST_PERCENT, MOST_PERCENT, PERCENT_PLACES = -100, 1000, 4
STATES = (EventKind.ANNOUNCED, EventKind.UNDER_APPRAISAL, EventKind.APPROVED, EventKind.SIGNED)


class ScenarioRefused(Exception):
    """What cannot be entered: a sentence for each field, and under "" what concerns no single field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a change: its column, what people call it, and whether it may stay empty."""

    name: str
    label: str
    parse: Callable[[str], Any]
    optional: bool = False


def _recorded(model: type[models.Model], key: str, what: str) -> Callable[[str], str]:
    """Return the parser of the natural key of a record that is there."""

    def parse(cell: str) -> str:
        cells.key(cell)
        if not model._default_manager.filter(**{key: cell}).exists():
            raise CellFault(f"there is no {what} {shown(cell)}", f"the {key} of a {what} that is recorded")
        return cell

    return parse


def _amount(cell: str) -> Decimal:
    return Decimal(cells.money(cell)).scaleb(-2)


def _envelope_amount(cell: str) -> Decimal:
    return Decimal(cells.money_above_zero(cell)).scaleb(-2)


def _percent(cell: str) -> Decimal:
    accepted = (
        f"a number from {LEAST_PERCENT} to {MOST_PERCENT} with at most {PERCENT_PLACES} decimals,"
        " such as 10 or -2.5"
    )
    match = cells.NUMBER.fullmatch(cell.removeprefix("+"))
    if not match:
        raise CellFault(f"{shown(cell)} is not a number", accepted)
    if match.group(1) and len(match.group(1)) > PERCENT_PLACES:
        raise CellFault(f"{shown(cell)} has more than {PERCENT_PLACES} decimals", accepted)
    value = Decimal(match.group())
    if not LEAST_PERCENT <= value <= MOST_PERCENT:
        raise CellFault(f"{shown(cell)} is out of range", accepted)
    return value


def _value(cell: str) -> Decimal:
    value = Decimal(cells.exact_decimal(cell))
    if value < 0:
        raise CellFault(f"{shown(cell)} is negative", "zero or more")
    return value


PROJECT = Field("project", "Project", _recorded(Project, "slug", "project"))
CONTRIBUTION = Field("contribution", "Contribution", _recorded(Contribution, "reference", "contribution"))
CURRENCY = Field("currency", "Currency", cells.currency)

FIELDS: dict[str, tuple[Field, ...]] = {
    ChangeKind.SIGN_CONTRIBUTION: (
        CONTRIBUTION,
        Field("amount", "Amount, in its currency", _amount, optional=True),
    ),
    ChangeKind.CANCEL_CONTRIBUTION: (CONTRIBUTION,),
    ChangeKind.ADD_CONTRIBUTION: (
        PROJECT,
        Field("financier", "Financier", _recorded(Financier, "slug", "financier")),
        Field("instrument", "Instrument", cells.one_of(Instrument.values)),
        Field("envelope", "Envelope", _recorded(Envelope, "slug", "envelope"), optional=True),
        Field("amount", "Amount", _amount),
        CURRENCY,
        Field("state", "State", cells.one_of([str(state) for state in STATES])),
    ),
    ChangeKind.CHANGE_COST: (
        PROJECT,
        Field("percent", "Percent more, or with a minus less", _percent, optional=True),
        Field("amount", "Or to an amount", _amount, optional=True),
        Field("currency", "Currency of the amount", cells.currency, optional=True),
    ),
    ChangeKind.DROP_PROJECT: (PROJECT,),
    ChangeKind.SET_STAGE: (PROJECT, Field("stage", "Stage", cells.one_of(Stage.values))),
    ChangeKind.SET_FIGURE: (
        Field("figure", "Published figure", cells.one_of(FigureKey.values)),
        Field("value", "Value", _value),
    ),
    ChangeKind.SET_ENVELOPE_AMOUNT: (
        Field("envelope", "Envelope", _recorded(Envelope, "slug", "envelope")),
        Field("amount", "Amount, euro", _envelope_amount),
    ),
    ChangeKind.ADD_CHIPS: (
        PROJECT,
        Field("chips", "Chips", cells.chips),
        Field("chip_model", "Chip model", _recorded(ChipModel, "slug", "chip model"), optional=True),
        Field("status", "Status", cells.one_of(DeploymentStatus.values)),
    ),
}


def read_change(kind: str, given: Mapping[str, str], as_of: date) -> dict[str, Any]:
    """Return the columns of a change from what was entered; raise ScenarioRefused with all its faults.

    Amounts in another currency need a rate on or before the day.
    """
    if kind not in FIELDS:
        accepted = ", ".join(ChangeKind.values)
        raise ScenarioRefused({"": f"{shown(kind)} is not a kind of change. Accepted: {accepted}."})
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for field in FIELDS[kind]:
        cell = given.get(field.name, "").strip()
        if not cell:
            if not field.optional:
                faults[field.name] = f"{field.label} is empty. It is needed."
            continue
        try:
            values[field.name] = field.parse(cell)
        except CellFault as fault:
            faults[field.name] = f"{field.label}: {fault.wrong}. Accepted: {fault.accepted}."
    if kind == ChangeKind.CHANGE_COST:
        faults |= _cost_faults(values, faults)
    if not faults:
        faults = _further_faults(kind, values, as_of)
    if faults:
        raise ScenarioRefused(faults)
    return values


def _cost_faults(values: dict[str, Any], faults: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong between percent and amount; a percentage needs no currency, which is dropped."""
    if "percent" in values and "amount" in values:
        return {"percent": "Percent and amount are both given. Accepted: one of the two."}
    if "percent" in values:
        values.pop("currency", None)
    elif "amount" in values and not {"currency"} & {*values, *faults}:
        return {"currency": "Currency is empty. An amount needs one."}
    elif not {"percent", "amount"} & {*values, *faults}:
        return {"percent": "Percent and amount are both empty. Accepted: one of the two."}
    return {}


def _further_faults(kind: str, values: Mapping[str, Any], as_of: date) -> dict[str, str]:
    """Return faults of values that are each right by themselves."""
    if values.get("figure") == FigureKey.GIGAFACTORY_LIMIT and values["value"] % 1:
        return {
            "value": f"Value: “{values['value']}” is not a number of gigafactories. Accepted: a whole number."
        }
    amount, currency = values.get("amount"), values.get("currency", "")
    if kind == ChangeKind.SIGN_CONTRIBUTION:
        currency = Contribution.objects.values_list("currency", flat=True).get(
            reference=values["contribution"]
        )
    if amount is None or currency in ("", "EUR"):
        return {}
    per_euro = newest_rates([currency], as_of).get(currency)
    if per_euro is None:
        field = "amount" if kind == ChangeKind.SIGN_CONTRIBUTION else "currency"
        return {
            field: f"Currency: “{currency}” has no exchange rate on or before {as_of}."
            " Accepted: EUR, or a currency with a recorded rate."
        }
    if to_euro(amount, per_euro) > MAX_AMOUNT:
        return {
            "amount": f"Amount: {currency} {amount} is worth more than €{MAX_AMOUNT}"
            f" at {per_euro} for one euro. Accepted: a smaller amount."
        }
    return {}
