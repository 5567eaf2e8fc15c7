"""The addresses that rows of a list lead to: their own, those of records they name, and explanations."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from django.urls import reverse

from portfolio.exports.lists import LISTS, ListRows, ListTable
from portfolio.exports.lists.kinds import text_of

JOINT = "~"
METRICS = frozenset({"project-coverage", "envelope-utilisation", "chip-comparison", "portfolio-summary"})
EXPLAINED = frozenset(name for name in LISTS if name.removesuffix("-series") in METRICS)
LinksOf = Callable[[Mapping[str, Any]], dict[str, str]]


def has_items(table: ListTable | ListRows) -> bool:
    """Whether each row of a list has an address of its own."""
    return bool(table.key) and not table.address


def path_of(table: ListTable | ListRows, parameters: Mapping[str, Any]) -> str:
    """Return the path of a list below the API's root, without a slash at its end."""
    texts = {name: quote(str(value), safe="") for name, value in parameters.items()}
    return table.path.format(**texts)


def link_names(table: ListTable | ListRows) -> list[str]:
    """Return the names of the links that a row of a list may have."""
    names = ["self"] if has_items(table) else []
    names += [column.name for column in table.columns if column.references]
    return names + (["explanation"] if table.name in EXPLAINED else [])


def links_of(table: ListTable | ListRows, base: str, as_of: str) -> LinksOf:
    """Return what gives a row's links. `base` is the absolute address of the API's root.

    `as_of` is the day that was asked for, empty where none was: links lead to the same day.
    """
    query = f"?{urlencode({'as_of': as_of})}" if as_of else ""
    kinds = {name: table.by_name[name].kind for name in table.key}
    referring = [(column.name, column.references) for column in table.columns if column.references]
    own, explained = has_items(table), table.name in EXPLAINED

    def links(row: Mapping[str, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        if own:
            key = JOINT.join(quote(text_of(kinds[name], row[name]), safe="") for name in table.key)
            found["self"] = f"{base}{table.name}/{key}/{query}"
        for name, target in referring:
            if row.get(name):
                found[name] = f"{base}{target}/{quote(str(row[name]), safe='')}/{query}"
        if explained:
            found["explanation"] = base + _explanation(table.name, row, query)
        return found

    return links


def _explanation(name: str, row: Mapping[str, Any], query: str) -> str:
    """Return where a row is explained: of a table with columns, a template for any of them (RFC 6570)."""
    table = name.removesuffix("-series").replace("-", "_")
    key, day = next(iter(row.values())), row["as_of"]
    column = "value" if table == "portfolio_summary" else "{column}"
    asked = query if not name.endswith("-series") else f"?{urlencode({'as_of': day.isoformat()})}"
    return f"explanations/{table}/{quote(str(key), safe='')}/{column}/{asked}"


def root(request: Any) -> str:
    """Return the absolute address of the API's root."""
    return str(request.build_absolute_uri(reverse("api:root")))
