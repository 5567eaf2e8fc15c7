"""What a CSV file of a list is, for programs: CSVW metadata (W3C, Metadata Vocabulary for Tabular Data).

Types, units, meanings, keys and what refers to what follow from the declaration of the list alone.
"""

from collections.abc import Callable, Sequence
from typing import Any

from portfolio.exports.lists import LISTS
from portfolio.exports.lists.columns import AnyList, Column
from portfolio.exports.lists.kinds import LIST_SEPARATOR, Kind
from portfolio.exports.writing import NEUTRALISED
from portfolio.exports.writing_csv import DIALECTS

Document = dict[str, Any]

CONTEXT = ["http://www.w3.org/ns/csvw", {"@language": "en"}]
MEDIA_TYPE = "application/csvm+json"
BASES: dict[Kind, str] = {
    Kind.KEY: "string",
    Kind.NAME: "string",
    Kind.TEXT: "string",
    Kind.WORD: "string",
    Kind.MONEY: "decimal",
    Kind.NUMBER: "decimal",
    Kind.RATIO: "decimal",
    Kind.WHOLE: "integer",
    Kind.DAY: "date",
    Kind.MOMENT: "dateTimeStamp",
    Kind.FLAG: "boolean",
    Kind.REASONS: "string",
    Kind.LINK: "string",
    Kind.CELL: "string",
}


def no_address(table: AnyList) -> str:
    """Stand for the addresses of lists where no column refers to any."""
    raise TypeError(f"a column refers to {table.name}")


def csv_metadata(
    table: AnyList,
    columns: Sequence[Column],
    address: str,
    dialect: str,
    address_of: Callable[[AnyList], str],
) -> Document:
    """Return the metadata of a list's CSV file as JSON values: its types, keys, and the files it refers to.

    `address` is that of the file, `columns` those it has, `dialect` how it is written. `address_of` returns
    the address of another list's whole CSV file.
    """
    main = _table(table.meaning, table.key, columns, address, dialect)
    return _document(table.title, main, columns, address_of)


def file_metadata(
    title: str,
    meaning: str,
    columns: Sequence[Column],
    address: str,
    address_of: Callable[[AnyList], str] = no_address,
) -> Document:
    """Return the metadata of a CSV file that is no list's, as `csv_metadata` does that of a list's."""
    main = _table(meaning, (), columns, address, "standard")
    return _document(title, main, columns, address_of)


def _document(
    title: str, main: Document, columns: Sequence[Column], address_of: Callable[[AnyList], str]
) -> Document:
    referring = [column for column in columns if column.references]
    referred = {address_of(LISTS[column.references]): LISTS[column.references] for column in referring}
    schema = main["tableSchema"]
    schema["foreignKeys"] = [
        {
            "columnReference": column.name,
            "reference": {
                "resource": address_of(LISTS[column.references]),
                "columnReference": key_of(column.references),
            },
        }
        for column in referring
    ]
    if not referring:
        del schema["foreignKeys"]
    # A foreign key leads to a table of the same group; of those, nothing but their columns is said here.
    others = [
        {**_table(other.meaning, other.key, other.usual, place, "standard"), "suppressOutput": True}
        for place, other in referred.items()
        if place != main["url"]
    ]
    return {"@context": CONTEXT, "tables": [main | {"dc:title": title}, *others]}


def key_of(name: str) -> str:
    """Return the column of a list that rows of others refer to."""
    return LISTS[name].key[0]


def _table(
    meaning: str, key: Sequence[str], columns: Sequence[Column], address: str, dialect: str
) -> Document:
    names = [column.name for column in columns]
    schema: Document = {"columns": [_column(column, dialect) for column in columns]}
    if key and set(key) <= set(names):
        schema["primaryKey"] = list(key)
    return {
        "url": address,
        "dc:description": f"{meaning} {NEUTRALISED}",
        "dialect": _dialect(dialect),
        "tableSchema": schema,
    }


def _dialect(name: str) -> Document:
    dialect = DIALECTS[name]
    return {
        "encoding": "utf-8",
        "delimiter": dialect.delimiter,
        "quoteChar": '"',
        "doubleQuote": True,
        "lineTerminators": ["\r\n"],
        "header": True,
        "headerRowCount": 1,
        # Without it, a row that begins with # would be a comment.
        "commentPrefix": None,
        "skipBlankRows": False,
        "trim": False,
    }


def _column(column: Column, dialect: str) -> Document:
    found: Document = {
        "name": column.name,
        "titles": column.name,
        "datatype": datatype(column, dialect),
        "required": not column.empty,
        "null": "",
        "dc:description": described(column),
    }
    if column.kind == Kind.REASONS:
        found["separator"] = LIST_SEPARATOR
    if column.unit:
        found["schema:unitText"] = column.unit
    return found


def datatype(column: Column, dialect: str) -> str | Document:
    """Return the datatype of a column's cells, each of them where there are several in one."""
    base = BASES[column.kind]
    if base == "decimal":
        mark = DIALECTS[dialect].mark
        # Readers differ about patterns with another mark than a point, so that there is none then.
        pattern = {"pattern": "0.00"} if column.kind == Kind.MONEY and mark == "." else {}
        return {"base": base, "format": {"decimalChar": mark, **pattern}}
    if column.kind == Kind.FLAG:
        return {"base": base, "format": "true|false"}
    if column.words:
        # Words of closed lists are letters and underscores: nothing in them has a meaning in a pattern.
        return {"base": base, "format": f"^({'|'.join(column.words)})$"}
    return base


def described(column: Column) -> str:
    """Return what is said of a column: its meaning, its rule, and what an empty cell means."""
    told = [column.meaning]
    if column.statement and column.statement != column.meaning:
        told.append(column.statement)
    if column.rule:
        told.append(f"Rule {column.rule}.")
    if column.empty:
        told.append(f"Empty: {column.empty}.")
    return " ".join(told)
