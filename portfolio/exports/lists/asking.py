"""Reading what is asked of a list: every parameter is known, given once, and well formed, or it is named."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from portfolio.exports.lists.columns import AnyList, By, Column, ListRows, Parameter
from portfolio.exports.lists.filters import Condition, filters_of, read_value
from portfolio.exports.lists.kinds import ValueRefused
from portfolio.exports.lists.refusals import ParameterRefused
from portfolio.rules.dates import DateRefused, parse_as_of

FORMATS = ("json", "csv", "xlsx", "jsonl")
DIALECTS = ("standard", "excel")
PAGE_SIZE, MOST_ROWS = 100, 1_000
SHOWN_VALUE = 200

Given = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a list, read: nothing of it has been looked up yet.

    `given` are the parameters that decide which rows there are and in which order, as they were written.
    """

    conditions: tuple[Condition, ...] = ()
    ordering: tuple[By, ...] = ()
    fields: tuple[Column, ...] = ()
    as_of: date | None = None
    page_size: int = PAGE_SIZE
    cursor: str = ""
    format: str = ""
    dialect: str = DIALECTS[0]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)


def shared_parameters(table: AnyList) -> list[str]:
    """Return the parameters that a list has beside its filters and its own."""
    names = ["fields", "format", "dialect", "page_size", "cursor"]
    if table.dated:
        names.append("as_of")
    if not isinstance(table, ListRows) or table.sortable:
        names.append("ordering")
    return names


def accepted_names(table: AnyList) -> list[str]:
    """Return the names of all parameters of a list."""
    own = [parameter.name for parameter in table.parameters if not parameter.in_path]
    return [*shared_parameters(table), *own, *filters_of(table)]


def read_query(table: AnyList, given: Given) -> Query:
    """Return what the parameters of an address ask of a list; raise ParameterRefused or DateRefused."""
    texts = once_each(given, accepted_names(table))
    filters = filters_of(table)
    conditions = tuple(
        Condition(filters[name], _value(name, text, lambda text, name=name: read_value(filters[name], text)))
        for name, text in sorted(texts.items())
        if name in filters
    )
    own = {parameter.name: parameter for parameter in table.parameters}
    return Query(
        conditions,
        _ordering(table, texts.get("ordering", "")),
        _fields(table, texts.get("fields", "")),
        parse_as_of(texts["as_of"]) if "as_of" in texts else None,
        _value("page_size", texts["page_size"], _page_size) if "page_size" in texts else PAGE_SIZE,
        texts.get("cursor", ""),
        _word("format", texts, FORMATS, ""),
        _word("dialect", texts, DIALECTS, DIALECTS[0]),
        {name: _own(own[name], text) for name, text in texts.items() if name in own},
        {name: text for name, text in sorted(texts.items()) if name not in ("cursor", "page_size")},
    )


def once_each(given: Given, accepted: Iterable[str]) -> dict[str, str]:
    """Return the text of each parameter; raise ParameterRefused for an unknown, repeated or empty one."""
    accepted = list(accepted)
    texts: dict[str, str] = {}
    for name, values in given.items():
        shown = _cut(", ".join(values))
        if name not in accepted:
            raise ParameterRefused("Unknown parameter", _cut(name), shown, unknown(name, accepted))
        if len(values) > 1:
            detail = f"{name} is given {len(values)} times: {shown}. Accepted: once."
            raise ParameterRefused("Repeated parameter", name, shown, detail)
        if values[0] == "":
            detail = f"{name} is empty. Give it a value, or leave it out."
            raise ParameterRefused("Empty parameter", name, "", detail)
        texts[name] = values[0]
    return texts


def unknown(name: str, accepted: Sequence[str], what: str = "is not a parameter here") -> str:
    """Return the sentence about an unknown name: the nearest one, and all that are accepted."""
    near = get_close_matches(name, accepted, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"“{_cut(name)}” {what}.{meant} Accepted: {', '.join(sorted(accepted))}."


def refused(name: str, value: str, accepted: str) -> ParameterRefused:
    """Return the refusal of a malformed value."""
    shown = _cut(value)
    return ParameterRefused("Malformed parameter", name, shown, f"{name} is “{shown}”. Accepted: {accepted}.")


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_VALUE else f"{text[: SHOWN_VALUE - 1]}…"


def _value(name: str, text: str, read: Any) -> Any:
    try:
        return read(text)
    except ValueRefused as error:
        raise refused(name, text, str(error)) from error


def _own(parameter: Parameter, text: str) -> Any:
    try:
        return _value(parameter.name, text, parameter.read)
    except DateRefused as error:
        raise ParameterRefused("Malformed parameter", parameter.name, _cut(text), str(error)) from error


def _word(name: str, texts: Mapping[str, str], words: Sequence[str], default: str) -> str:
    if name not in texts:
        return default
    if texts[name] not in words:
        raise refused(name, texts[name], ", ".join(words))
    return texts[name]


def _page_size(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= MOST_ROWS):
        raise ValueRefused(f"a whole number from 1 to {MOST_ROWS}")
    return int(text)


def _fields(table: AnyList, text: str) -> tuple[Column, ...]:
    """Return the columns asked for, in the order asked for; the usual ones where none are."""
    if not text:
        return table.usual
    columns = table.by_name
    names = text.split(",")
    for place, name in enumerate(names):
        if name not in columns:
            raise ParameterRefused(
                "Malformed parameter", "fields", _cut(text), unknown(name, list(columns), "is not a column")
            )
        if name in names[:place]:
            raise refused("fields", text, f"each column once; {name} is given twice")
    return tuple(columns[name] for name in names)


def _ordering(table: AnyList, text: str) -> tuple[By, ...]:
    if not text:
        return ()
    columns = table.by_name
    found: list[By] = []
    for name in text.split(","):
        bare = name.removeprefix("-")
        if bare not in columns:
            detail = unknown(bare, list(columns), "is not a column; one with - before it descends")
            raise ParameterRefused("Malformed parameter", "ordering", _cut(text), detail)
        if any(by.name == bare for by in found):
            raise refused("ordering", text, f"each column once; {bare} is given twice")
        found.append(By(bare, descending=name.startswith("-")))
    return tuple(found)
