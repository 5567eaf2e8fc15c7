"""What one entry in the history of a fact says: who entered, changed or deleted what, when and how."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portfolio.queries.settled_corrections import Found
from portfolio.queries.tracked_facts import BY_NAME, Row, Tracked

KINDS = {"+": "entered", "~": "changed", "-": "deleted"}
SIGNS = {kind: sign for sign, kind in KINDS.items()}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What a column said before and says since; None: nothing."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Correction:
    """One entry of the history of a fact. `fact` is its file in a bundle, `by` empty where nobody is known.

    `how` is the door: admin, load_portfolio, import_exchange_rates and so on. `day` dates the fact, where it
    is dated.
    """

    fact: str
    label: str
    project: str
    kind: str
    at: datetime
    by: str
    how: str
    day: date | None
    fields: tuple[FieldChange, ...]


def entries_of(found: Sequence[Found]) -> list[Correction]:
    """Return the corrections that stand at some places of histories; one query a kind of fact."""
    rows = _read(found)
    return [
        correction(BY_NAME[name], rows.get((name, previous)), rows[name, history_id])
        for name, history_id, previous, *_ in found
    ]


def _read(found: Sequence[Found]) -> dict[tuple[str, int | None], Row]:
    """Return entries of histories by kind of fact and id; one query a kind."""
    wanted: dict[str, list[int]] = {}
    for name, history_id, previous, *_ in found:
        wanted.setdefault(name, []).extend(id_ for id_ in (history_id, previous) if id_ is not None)
    rows: dict[tuple[str, int | None], Row] = {}
    for name, ids in wanted.items():
        for row in BY_NAME[name].rows().filter(history_id__in=ids):
            rows[name, row["history_id"]] = row
    return rows


def told(tracked: Tracked, row: Row) -> Row:
    """Return what the columns of an entry say, references as keys."""
    return {name: row[where] for name, where in tracked.told}


def correction(tracked: Tracked, old: Row | None, row: Row) -> Correction:
    """Return what an entry of a history says beside the one before it (None: there is none)."""
    columns, kind = told(tracked, row), KINDS[row["history_type"]]
    before, after = dict[str, Any](), columns
    if kind == "deleted":
        before, after = columns, {}
    elif old is not None and kind == "changed":
        before = told(tracked, old)
    said = [(name, _said(before.get(name)), _said(after.get(name))) for name in columns]
    fields = tuple(FieldChange(name, was, is_) for name, was, is_ in said if was != is_)
    days = [columns[name] for name in tracked.begins if columns[name] is not None]
    project = row["slug"] if tracked.project == "id" else row.get("project_key") or ""
    return Correction(
        fact=tracked.name,
        label=" ".join(str(columns[name]) for name in tracked.label),
        project=project,
        kind=kind,
        at=row["history_date"],
        by=row["history_user__username"] or "",
        how=row["history_change_reason"] or "",
        day=min(days) if days else None,
        fields=fields,
    )


def _said(value: Any) -> Any:
    return None if value == "" else value
