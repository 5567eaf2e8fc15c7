"""Scenarios are written here and nowhere else. They are no facts: nothing is recomputed, no version moves."""

from collections.abc import Mapping
from datetime import date

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.text import slugify

from portfolio.jobs.scenario_fields import ScenarioRefused, read_change
from portfolio.models import Scenario, ScenarioChange

__all__ = [
    "ScenarioRefused",
    "add_change",
    "copy_scenario",
    "create_scenario",
    "delete_scenario",
    "describe_scenario",
    "remove_change",
]

MOST_CHANGES = 100
ATTEMPTS = 5
LONGEST_NAME, LONGEST_NOTE, LONGEST_SLUG = 200, 5_000, 60


def create_scenario(name: str, note: str, owner: User) -> Scenario:
    """Return a new scenario without changes; raise ScenarioRefused with the faults by field."""
    return _created(*_described(name, note), owner)


def describe_scenario(scenario: Scenario, name: str, note: str) -> None:
    """Give a scenario another name and note; its address stays. Raise ScenarioRefused with the faults."""
    scenario.name, scenario.note = _described(name, note)
    scenario.save(update_fields=["name", "note", "changed_at"])


def copy_scenario(scenario: Scenario, owner: User) -> Scenario:
    """Return a new scenario with the same changes, which the owner may then change."""
    with transaction.atomic():
        name = f"Copy of {scenario.name}"[:LONGEST_NAME]
        copy = _created(name, scenario.note, owner)
        changes = list(scenario.changes.order_by("position"))
        for change in changes:
            change.pk, change.scenario = None, copy
        ScenarioChange.objects.bulk_create(changes)
    return copy


def delete_scenario(scenario: Scenario) -> None:
    """Remove a scenario and its changes."""
    scenario.delete()


def add_change(scenario: Scenario, kind: str, given: Mapping[str, str], as_of: date) -> ScenarioChange:
    """Add a change after the others, from what was entered; raise ScenarioRefused with the faults by field.

    `as_of` is the day whose exchange rates the change may use.
    """
    values = read_change(kind, given, as_of)
    with transaction.atomic():
        held = Scenario.objects.select_for_update().get(pk=scenario.pk)
        if held.changes.count() >= MOST_CHANGES:
            raise ScenarioRefused(
                {"": f"The scenario has {MOST_CHANGES} changes, and may have no more. Remove one first."}
            )
        last = held.changes.aggregate(last=Max("position"))["last"] or 0
        change = ScenarioChange.objects.create(scenario=held, position=last + 1, kind=kind, **values)
        held.save(update_fields=["changed_at"])
    return change


def remove_change(scenario: Scenario, position: int) -> bool:
    """Remove the change at a position; return whether there was one. The others keep their positions."""
    with transaction.atomic():
        removed, _ = scenario.changes.filter(position=position).delete()
        scenario.save(update_fields=["changed_at"])
    return removed > 0


def _described(name: str, note: str) -> tuple[str, str]:
    name, note = " ".join(name.split()), note.strip()
    faults = {}
    if not name:
        faults["name"] = "Name is empty. It is needed."
    for field, label, text, longest in (
        ("name", "Name", name, LONGEST_NAME),
        ("note", "Note", note, LONGEST_NOTE),
    ):
        if "\0" in text:
            faults[field] = f"{label} has a NUL character. Accepted: text without it."
        elif len(text) > longest:
            faults[field] = f"{label} has {len(text)} characters. Accepted: at most {longest}."
    if faults:
        raise ScenarioRefused(faults)
    return name, note


def _created(name: str, note: str, owner: User) -> Scenario:
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return Scenario.objects.create(slug=_free_slug(name), name=name, note=note, created_by=owner)
        except IntegrityError:  # somebody took the address at the same moment
            continue
    raise ScenarioRefused(
        {"name": f"Name: many scenarios are being called “{name}”. Accepted: another name."}
    )


def _free_slug(name: str) -> str:
    """Return a word for the address that no scenario has yet."""
    base = slugify(name)[:LONGEST_SLUG].strip("-_") or "scenario"
    taken = set(Scenario.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
