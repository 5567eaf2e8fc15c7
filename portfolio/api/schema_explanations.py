"""What an explanation is in the description of the API."""

from typing import Any

from portfolio.rules.explanations import Aggregate, Of, Role, Unit

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
MAYBE: Schema = {"type": ["string", "null"]}
FLAG: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}


def _words(words: Any) -> Schema:
    return {"type": "string", "enum": [word.value for word in words]}


def _object(properties: dict[str, Schema], description: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "required": list(properties),
        "properties": properties,
    }


def _many(items: Schema) -> Schema:
    return {"type": "array", "items": items}


OPERAND = _object(
    {
        "role": _words(Role),
        "name": TEXT,
        "label": TEXT,
        "value": MAYBE,
        "unit": _words(Unit),
        "explained_at": MAYBE,
        "section": MAYBE,
    },
    "A figure that the formula is made of; the section that gives it, where terms do.",
)
TERM: Schema = {
    "type": "object",
    "description": "A fact, or a figure, that adds to a section; what does not apply is left out.",
    "required": ["kind", "fact", "value", "explained_at", "source"],
    "properties": {
        "kind": TEXT,
        "fact": TEXT,
        "value": MAYBE,
        "explained_at": _many(TEXT),
        "source": {
            "type": ["object", "null"],
            "properties": {
                "key": TEXT,
                "publisher": TEXT,
                "title": TEXT,
                "link": TEXT,
                "published_on": MAYBE,
            },
        },
    },
}
SECTION = _object(
    {
        "name": TEXT,
        "title": TEXT,
        "of": _words(Of),
        "behind": _many(TEXT),
        "unit": _words(Unit),
        "aggregate": _words(Aggregate),
        "count": WHOLE,
        "total": MAYBE,
        "page": WHOLE,
        "pages": WHOLE,
        "terms": _many(TERM),
    },
    "Terms that belong together, a page of them.",
)
EXPLANATION = _object(
    {
        "table": TEXT,
        "key": TEXT,
        "column": TEXT,
        "label": TEXT,
        "subject": TEXT,
        "as_of": {"type": "string", "format": "date"},
        "data_version": WHOLE,
        "value": MAYBE,
        "unit": _words(Unit),
        "rules": _many(WHOLE),
        "statement": TEXT,
        "formula": TEXT,
        "formula_with_numbers": TEXT,
        "rounding": TEXT,
        "places": {"type": ["integer", "null"]},
        "not_below_zero": FLAG,
        "or_equal": FLAG,
        "operands": _many(OPERAND),
        "sections": _many(SECTION),
        "incomplete": {
            "type": "object",
            "additionalProperties": _object({"terms": WHOLE, "reason": TEXT}, "How many terms lack what."),
        },
        "terms_that_are_lower_bounds": WHOLE,
        "unknown_because": MAYBE,
        "adds_up": {"type": ["boolean", "null"]},
    },
    "How a figure is made.",
)
