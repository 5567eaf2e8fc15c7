"""The manifest of a file in the description of the API."""

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_WHOLE: dict[str, Any] = {"type": "integer", "minimum": 0}
_SUM: dict[str, Any] = {
    "type": "object",
    "required": ["sum", "rows_without"],
    "properties": {
        "sum": {"type": "string", "description": "The exact sum of the known values.", "examples": ["1.10"]},
        "rows_without": _WHOLE | {"description": "How many rows have no value: they add nothing."},
    },
}
_COLUMN: dict[str, Any] = {
    "type": "object",
    "required": ["name", "kind", "unit", "meaning", "empty_means"],
    "properties": dict.fromkeys(("name", "kind", "unit", "meaning", "empty_means"), _TEXT),
}
_PROPERTIES: dict[str, Any] = {
    "list": _TEXT,
    "title": _TEXT,
    "address": {"type": "string", "description": "The address of the file that this is the manifest of."},
    "as_of": {"type": "string", "format": "date"},
    "data_version": _WHOLE,
    "filters": {"type": "object", "additionalProperties": _TEXT},
    "format": {"type": "string", "enum": ["csv", "jsonl", "xlsx"]},
    "dialect": {"type": ["string", "null"], "description": "How CSV is written; null for other files."},
    "row_count": _WHOLE,
    "bytes": _WHOLE | {"description": "The length of the file."},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "The SHA-256 of the file."},
    "sums": {
        "type": "object",
        "description": "The sum of every amount; of those in the row's currency, for each currency.",
        "additionalProperties": {"anyOf": [_SUM, {"type": "object", "additionalProperties": _SUM}]},
    },
    "columns": {"type": "array", "items": _COLUMN},
    "note": {"type": "string", "description": "What is done to text that a spreadsheet would run."},
}
MANIFEST: dict[str, Any] = {
    "type": "object",
    "description": "What a file holds, and what proves that a download of it is complete.",
    "required": list(_PROPERTIES),
    "properties": _PROPERTIES,
    "additionalProperties": False,
}
