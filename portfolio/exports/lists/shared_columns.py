"""Columns that many lists have."""

from typing import Any

from portfolio import vocabulary
from portfolio.exports.lists.columns import Column
from portfolio.exports.lists.kinds import Kind

UNKNOWN = "not known"
NONE = "none"
FOLDED = "folded_name"
# Units that another column of the row says.
OWN_UNIT = "as the column unit says"
NOT_YET = "has not happened, or is not known"


def key(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, Kind.KEY, meaning, **more)


def ref(name: str, table: str, meaning: str, of: str = "", empty: str = "", **more: Any) -> Column:
    """Return a column that holds the key of another list's row."""
    return Column(name, Kind.KEY, meaning, of=of, references=table, empty=empty, **more)


def name(column: str, meaning: str, of: str = "", **more: Any) -> Column:
    """Return a column of names: the `name` or `title` of a model, beside which it is kept as searched."""
    path = (of or column).rsplit("__", 1)
    return Column(column, Kind.NAME, meaning, of=of, **{"folded": "__".join([*path[:-1], FOLDED]), **more})


def text(column: str, meaning: str, empty: str = NONE, **more: Any) -> Column:
    return Column(column, Kind.TEXT, meaning, empty=empty, **more)


def word(column: str, choices: Any, meaning: str, **more: Any) -> Column:
    return Column(column, Kind.WORD, meaning, choices=choices, **more)


def day(column: str, meaning: str, empty: str = "", **more: Any) -> Column:
    return Column(column, Kind.DAY, meaning, empty=empty, **more)


def moment(column: str, meaning: str, empty: str = "", **more: Any) -> Column:
    return Column(column, Kind.MOMENT, meaning, empty=empty, **more)


def money(column: str, meaning: str, unit: str = "EUR", **more: Any) -> Column:
    return Column(column, Kind.MONEY, meaning, unit=unit, **more)


def number(column: str, meaning: str, unit: str = "", **more: Any) -> Column:
    return Column(column, Kind.NUMBER, meaning, unit=unit, **more)


def ratio(column: str, meaning: str, unit: str = "ratio", **more: Any) -> Column:
    return Column(column, Kind.RATIO, meaning, unit=unit, **more)


def whole(column: str, meaning: str, unit: str = "", **more: Any) -> Column:
    return Column(column, Kind.WHOLE, meaning, unit=unit, **more)


def flag(column: str, meaning: str, **more: Any) -> Column:
    return Column(column, Kind.FLAG, meaning, **more)


SOURCE = ref("source", "sources", "The source that the row was taken from.", of="source__key")
CONFIDENCE = word(
    "confidence", vocabulary.Confidence, "How sure the row is; it changes no figure, it is shown beside it."
)
CURRENCY = Column(
    "currency", Kind.KEY, "The currency of the amount: three capital letters (ISO 4217).", example="EUR"
)
PROJECT = ref("project", "projects", "The project.", of="project__slug")
PROJECT_NAME = name("project_name", "The name of the project.", of="project__name")
PROJECT_KIND = word("project_kind", vocabulary.ProjectKind, "The kind of the project.", of="project__kind")
AMOUNT_EUR = money(
    "amount_eur",
    "The amount in euro: at the newest recorded rate on or before its day, rounded to the cent.",
    rule="1",
    empty="the amount was not disclosed, or no rate on or before its day is recorded",
)
RATE_ON = day(
    "rate_on",
    "The day of the exchange rate that the amount was converted at.",
    empty="the amount is in euro, is not known, or has no rate",
    rule="1",
)
INCOMPLETE = Column(
    "incomplete",
    Kind.REASONS,
    "Why something in the row is missing: sums are then lower bounds, or figures unknown.",
    rule="1",
    empty="nothing is missing",
    choices=vocabulary.Reason,
)
