"""What was posted in a form of the admin, brought together with what somebody else changed meanwhile.

The page that shows both carries, for each choice, what to put into the posted values for either answer. All
of it concerns the posted values alone: whatever comes out is checked as any form is.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

CHOICE, THEIRS, MINE, ALL = "_choice:", "_theirs:", "_mine:", "_all"
OPENED, BASE, REASON = "_opened", "_base", "_reason"
ASKS, ANYWAY, BACK = "_asks", "_anyway", "_back"  # a form that warns, what was said to it
DROP, RENEW = "__drop", "__renew"
OWN = (CHOICE, THEIRS, MINE, ALL, OPENED, BASE, REASON, BACK, "csrfmiddlewaretoken")
Payload = dict[str, Any]


def read_json(text: str) -> dict[str, Any]:
    """Return an object that a hidden field carries; empty where it was spoilt."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def unanswered(posted: QueryDict) -> list[str]:
    """Return the choices that the page asked for and that were not made."""
    if posted.get(ALL) in ("theirs", "mine"):
        return []
    asked = [name.removeprefix(THEIRS) for name in posted if name.startswith(THEIRS)]
    return [name for name in asked if posted.get(CHOICE + name) not in ("theirs", "mine")]


def merged(posted: QueryDict) -> QueryDict:
    """Return posted values with the choices made, and without what the page of choices needed for them."""
    data = posted.copy()
    everything = posted.get(ALL)
    gone: list[str] = []
    for name in [name for name in posted if name.startswith(THEIRS)]:
        item = name.removeprefix(THEIRS)
        answer = everything if everything in ("theirs", "mine") else posted.get(CHOICE + item)
        payload = read_json(posted.get((MINE if answer == "mine" else THEIRS) + item, ""))
        gone.extend(put(data, payload))
    for name in list(data):
        if name.startswith((CHOICE, THEIRS, MINE)) or name in (ALL, BASE):
            del data[name]
    renumber(data, gone)
    return data


def put(data: QueryDict, payload: Payload) -> list[str]:
    """Put what a choice means into posted values; return the rows (prefix-number) that it drops."""
    dropped = []
    for name, values in payload.items():
        if name == DROP:
            dropped.append(str(values))
        elif name == RENEW:  # a row that is gone is recorded as a new one
            for key in ("id", "DELETE"):
                data.pop(f"{values}-{key}", None)
        elif values is None:
            data.pop(name, None)
        elif isinstance(values, list):
            data.setlist(name, [str(value) for value in values])
    return dropped


def renumber(data: QueryDict, dropped: Iterable[str] = ()) -> None:
    """Number the rows of each formset anew: recorded ones first, and without those that were dropped."""
    dropped = set(dropped)
    for total in [name for name in data if name.endswith("-TOTAL_FORMS")]:
        prefix = total.removesuffix("-TOTAL_FORMS")
        rows = _rows(data, prefix)
        kept = [row for number, row in sorted(rows.items()) if f"{prefix}-{number}" not in dropped]
        old = [row for row in kept if row.get("id", [""])[0]]
        ordered = old + [row for row in kept if not row.get("id", [""])[0]]
        for number, row in rows.items():
            for name in row:
                del data[f"{prefix}-{number}-{name}"]
        for number, row in enumerate(ordered):
            for name, values in row.items():
                data.setlist(f"{prefix}-{number}-{name}", values)
        data[total], data[f"{prefix}-INITIAL_FORMS"] = str(len(ordered)), str(len(old))


def _rows(data: QueryDict, prefix: str) -> dict[int, dict[str, list[str]]]:
    rows: dict[int, dict[str, list[str]]] = {}
    pattern = re.compile(rf"{re.escape(prefix)}-(\d+)-(.+)")
    for name in data:
        if found := pattern.fullmatch(name):
            rows.setdefault(int(found[1]), {})[found[2]] = data.getlist(name)
    return rows


def as_new(posted: QueryDict, owner: str) -> QueryDict:
    """Return posted values as the form of a new record takes them: with all rows of it as new ones.

    `owner` is the name by which rows refer to the record.
    """
    data = posted.copy()
    for name in list(data):
        if re.fullmatch(rf".+-\d+-(id|DELETE|{re.escape(owner)})", name) or name.startswith(OWN):
            del data[name]
    renumber(data)
    return data


def hidden(data: QueryDict) -> list[tuple[str, str]]:
    """Return posted values as the pairs that hidden fields carry on."""
    return [(name, value) for name, values in data.lists() if not name.startswith(OWN) for value in values]


def posted_as(name: str, field: forms.Field, value: Any) -> Payload:
    """Return what a form would post for a value of a field."""
    widget: Any = getattr(field.widget, "widget", field.widget)
    value = field.prepare_value(value)
    if isinstance(widget, forms.MultiWidget):
        several: Any = widget
        pairs = zip(several.widgets_names, several.widgets, several.decompress(value), strict=True)
        return {name + suffix: _texts(one, part) for suffix, one, part in pairs}
    return {name: _texts(widget, value)}


def _texts(widget: forms.Widget, value: Any) -> list[str] | None:
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if value else None
    shown = widget.format_value(value)
    if isinstance(shown, list | tuple | set):
        return [str(one) for one in shown]
    return ["" if shown is None else str(shown)]
