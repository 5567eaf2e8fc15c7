"""What values and parameters look like in the description of the API: made of the columns of lists."""

import json
import re
from typing import Any

from portfolio.exports.lists import Column, Kind, ListRows, ListTable, Parameter
from portfolio.exports.lists.asking import DIALECTS, FORMATS, MOST_ROWS, PAGE_SIZE
from portfolio.exports.lists.filters import MOST_VALUES, Filter, filters_of

Schema = dict[str, Any]

DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"
MONEY = r"^-?[0-9]+\.[0-9]{2}$"
GIVEN_MONEY = r"^-?[0-9]{1,17}(\.[0-9]{1,2})?$"
GIVEN_DECIMAL = r"^-?[0-9]{1,18}(\.[0-9]{1,18})?$"
NO_NUL = r"^[^\u0000]+$"
MOMENT = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$"

_VALUES: dict[Kind, Schema] = {
    Kind.MONEY: {"type": "string", "pattern": MONEY},
    Kind.NUMBER: {"type": "string", "pattern": DECIMAL},
    Kind.RATIO: {"type": "string", "pattern": DECIMAL},
    Kind.WHOLE: {"type": "integer"},
    Kind.DAY: {"type": "string", "format": "date"},
    Kind.MOMENT: {"type": "string", "format": "date-time"},
    Kind.FLAG: {"type": "boolean"},
}
_GIVEN: dict[Kind, Schema] = {
    Kind.MONEY: {"type": "string", "pattern": GIVEN_MONEY},
    Kind.NUMBER: {"type": "string", "pattern": GIVEN_DECIMAL},
    Kind.RATIO: {"type": "string", "pattern": GIVEN_DECIMAL},
    Kind.WHOLE: {"type": "integer", "minimum": -(2**63 - 1), "maximum": 2**63 - 1},
    Kind.DAY: {"type": "string", "format": "date"},
    Kind.MOMENT: {"type": "string", "pattern": MOMENT},
    Kind.FLAG: {"type": "boolean"},
}
_EXAMPLES: dict[Kind, Any] = {
    Kind.KEY: "giga-a",
    Kind.NAME: "Łódź",
    Kind.MONEY: "1050000000.00",
    Kind.NUMBER: "102500",
    Kind.RATIO: "0.350000",
    Kind.WHOLE: 100000,
    Kind.DAY: "2026-03-31",
    Kind.MOMENT: "2026-03-31T12:00:00Z",
    Kind.FLAG: True,
}


def value_schema(column: Column) -> Schema:
    """Return what the values of a column are in JSON."""
    found = dict(_VALUES.get(column.kind, {"type": "string"}))
    if column.kind == Kind.WORD:
        found["enum"] = list(column.words)
    if column.empty:
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    found["description"] = described(column)
    return found


def described(column: Column) -> str:
    """Return what is said of a column: meaning, unit, rule, and what empty means."""
    told = [column.meaning]
    if column.unit:
        told.append(f"Unit: {column.unit}.")
    if column.rule:
        told.append(f"Rule {column.rule}.")
    if column.empty:
        told.append(f"null: {column.empty}.")
    return " ".join(told)


def example_of(column: Column) -> Any:
    """Return a value that a column could have."""
    if column.example:
        return column.example
    return column.words[0] if column.words else _EXAMPLES.get(column.kind, "text")


def given_schema(column: Column) -> Schema:
    """Return what a parameter that states one value of a column accepts."""
    if column.words:
        return {"type": "string", "enum": list(column.words)}
    return dict(_GIVEN.get(column.kind, {"type": "string", "pattern": NO_NUL}))


def parameter(name: str, schema: Schema, description: str, example: Any = None, **more: Any) -> Schema:
    """Return a parameter of the query.

    Its example is told and stands in its schema, not beside it: from there pages that let people try an
    operation would ask for the examples of all filters at once, which no row meets.
    """
    if example is not None:
        written = json.dumps(example) if isinstance(example, bool) else example
        description, schema = f"{description} Example: `{written}`.", schema | {"examples": [example]}
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def several(one: str, most: int) -> Schema:
    """Return what a parameter with several values accepts, commas between; `one` is the pattern of each.

    It is described as a text, since generated clients send an array as a parameter that is repeated.
    """
    return {"type": "string", "pattern": f"^({one})(,({one})){{0,{most - 1}}}$"}


def _pattern_of(column: Column) -> str:
    if column.words:
        return "|".join(map(re.escape, column.words))
    if column.kind == Kind.WHOLE:
        return "-?[0-9]{1,18}"
    if column.kind == Kind.DAY:
        return "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    return str(_GIVEN.get(column.kind, {}).get("pattern", r"^[^\u0000,]+$"))[1:-1]


def filter_parameter(filter_: Filter) -> Schema:
    """Return the parameter of a filter."""
    column = filter_.column
    if column is None or filter_.lookup == "contains":
        text = {"type": "string", "pattern": NO_NUL}
        return parameter(filter_.parameter, text, filter_.meaning, "Łódź")
    if filter_.lookup == "empty":
        return parameter(filter_.parameter, {"type": "boolean"}, filter_.meaning, example=True)
    example = example_of(column)
    if filter_.several:
        return parameter(
            filter_.parameter, several(_pattern_of(column), MOST_VALUES), filter_.meaning, str(example)
        )
    return parameter(filter_.parameter, given_schema(column), filter_.meaning, example)


AS_OF = parameter(
    "as_of",
    {"type": "string", "format": "date"},
    "The day to show: figures and facts as of its end, as they are known today. Not after today.",
    "2026-03-31",
)


def chosen_columns(table: ListTable | ListRows) -> Schema:
    """Return the parameter `fields`."""
    names = [column.name for column in table.columns]
    return parameter(
        "fields",
        several("|".join(names), len(names)),
        "The columns to give, in this order, each once, commas between. Rows of JSON then have no links.",
        ",".join(names[:2]),
    )


def format_parameter(formats: tuple[str, ...] = FORMATS) -> Schema:
    """Return the parameter `format`."""
    meaning = "The format; without it, what the Accept header prefers, JSON first."
    if len(formats) > 1:
        meaning += " Formats other than JSON give the whole list, never a page."
    return parameter("format", {"type": "string", "enum": list(formats)}, meaning, formats[0])


def list_parameters(table: ListTable | ListRows) -> list[Schema]:
    """Return all parameters of a list."""
    found = [_own(own) for own in table.parameters]
    found += [filter_parameter(filter_) for filter_ in filters_of(table).values()]
    if table.dated:
        found.append(AS_OF)
    if isinstance(table, ListTable) or table.sortable:
        names = "|".join(column.name for column in table.columns)
        found.append(
            parameter(
                "ordering",
                several(f"-?({names})", len(table.columns)),
                "Columns to order by, commas between, - before one that descends; unknown comes last. What"
                " the list is ordered by in any case follows, so that the order is unique.",
                f"-{table.columns[0].name}",
            )
        )
    return [
        *found,
        chosen_columns(table),
        parameter(
            "page_size",
            {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": PAGE_SIZE},
            "How many rows a page of JSON has.",
            PAGE_SIZE,
        ),
        parameter(
            "cursor",
            {"type": "string", "minLength": 1},
            "Which page, as `next` or `previous` of one says. It holds for the same filters, order and day.",
        ),
        format_parameter(),
        parameter(
            "dialect",
            {"type": "string", "enum": list(DIALECTS), "default": DIALECTS[0]},
            "How CSV is written. excel: for a double click in a continental locale, with a BOM, semicolons"
            " and decimal commas.",
        ),
    ]


def _own(own: Parameter) -> Schema:
    schema: Schema = {"type": "string", "pattern": NO_NUL}
    if own.kind == Kind.DAY:
        schema = {"type": "string", "format": "date"}
    elif own.choices:
        schema = {"type": "string", "enum": list(own.choices)}
    found = parameter(own.name, schema, own.meaning, own.example or None)
    return found | {"in": "path", "required": True} if own.in_path else found
