"""The data dictionary, and the metadata of CSV files, in the description of the API."""

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_OR_NULL: Schema = {"type": ["string", "null"]}
_YES_NO: Schema = {"type": "boolean"}
_NAMES: Schema = {"type": "array", "items": _TEXT}


def _object(description: str, properties: Schema, **more: Any) -> Schema:
    found = {"type": "object", "description": description, "required": list(properties), **more}
    return found | {"properties": properties}


_VALUE = _object("A word of a closed list.", {"value": _TEXT, "meaning": _TEXT})
_REFERENCE: Schema = {
    "type": ["object", "null"],
    "description": "The list or file whose key the column holds, and the column of that.",
    "additionalProperties": _TEXT,
}
_COLUMN = _object(
    "A column.",
    {
        "name": _TEXT,
        "type": {"type": "string", "description": "Its datatype (XML Schema, as CSVW names it)."},
        "written": {"type": "string", "description": "How its cells look."},
        "unit": _OR_NULL,
        "meaning": _TEXT,
        "rule": {**_OR_NULL, "description": "The number of its rule."},
        "statement": {**_OR_NULL, "description": "What the rule says of it, where it is computed."},
        "nullable": _YES_NO,
        "empty_means": {**_OR_NULL, "description": "What an empty cell means; null where there is none."},
        "values": {"type": ["array", "null"], "items": _VALUE},
        "key": {"type": "boolean", "description": "Whether it is part of the key."},
        "references": _REFERENCE,
        "on_request": {"type": "boolean", "description": "Whether it is given where `fields` names it only."},
    },
)
_COLUMNS: Schema = {"type": "array", "items": _COLUMN}
_LIST = _object(
    "A list.",
    {
        **dict.fromkeys(("name", "title", "meaning", "group", "path"), _TEXT),
        "key": _NAMES,
        "permission": _OR_NULL,
        "parameters": {"type": "array", "items": _object("Its own.", {"name": _TEXT, "meaning": _TEXT})},
        "columns": _COLUMNS,
        **dict.fromkeys(("address", "csv", "csv_metadata"), _TEXT),
    },
)
_FILE = _object(
    "A file of the bundle.",
    {
        **dict.fromkeys(("name", "file", "title", "meaning"), _TEXT),
        "list": _OR_NULL,
        "key": _NAMES,
        "optional": _YES_NO,
        "confidential": _YES_NO,
        "permission": _OR_NULL,
        "columns": _COLUMNS,
    },
)
DICTIONARY = _object(
    "What every column of every list and file is.",
    {
        "rules_version": _TEXT,
        "lists": {"type": "array", "items": _LIST},
        "files": {"type": "array", "items": _FILE},
    },
)
METADATA = _object(
    "What a CSV file is (W3C, Metadata Vocabulary for Tabular Data): its table, and then the tables that its"
    " foreign keys lead to.",
    {
        "@context": {"type": "array", "items": {}},
        "tables": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["url", "dialect", "tableSchema"],
                "properties": {
                    "url": {"type": "string", "description": "The address of the CSV file."},
                    "dialect": {"type": "object", "additionalProperties": True},
                    "tableSchema": {"type": "object", "additionalProperties": True},
                },
                "additionalProperties": True,
            },
        },
    },
)
