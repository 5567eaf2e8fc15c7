"""What a cell of a list means for a field: the value that is stored, or what is wrong with the cell."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from babel import Locale

from portfolio.jobs.cells import CellFault, shown
from portfolio.jobs.spreadsheets.cells import AMOUNT, DAY, NUMBER, UNREADABLE, Cell, shown_text
from portfolio.jobs.spreadsheets.targets import Field, FieldKind
from portfolio.names import folded
from portfolio.rules.cell_texts import is_unknown, tidy
from portfolio.rules.column_evidence import ColumnRule, Evidence, Readings, Unsettled
from portfolio.rules.date_conventions import ACCEPTED, ORDERS, why_no_date, written_date
from portfolio.rules.number_conventions import (
    CURRENCIES,
    MARKS,
    NO_SIGN,
    SIGNS,
    NumberKind,
    scaled,
    written_number,
)
from portfolio.vocabulary import COUNTRY_ALIASES, COUNTRY_CODES

NUMBER_ACCEPTED = "a number, such as 1234.50; “-” or “n/a” where it is unknown"
_COUNTRY_NAMES = {
    folded(name): code for code, name in Locale("en").territories.items() if code in COUNTRY_CODES
} | {"czech republic": "CZ", "slovak republic": "SK", "turkey": "TR"}


class Value(NamedTuple):
    """What is stored for a cell (None: unknown), and the currencies that its amount is written in."""

    stored: Any
    currencies: frozenset[str] = NO_SIGN


UNKNOWN = Value(None)


def readings_of(field: Field, cell: Cell, kind: NumberKind) -> Readings:
    """Return what a cell can mean for a field of numbers or days, by the way of writing; for its evidence."""
    if not cell or cell[0] != "s":
        return {}
    if field.kind == FieldKind.DATE:
        return written_date(cell[1:])
    found = written_number(cell[1:], kind)
    return found.readings if found else {}


class Reader:
    """Reads the cells of one field by the rule of its column."""

    def __init__(
        self,
        field: Field,
        scale: int,
        rule: ColumnRule,
        words: Mapping[str, str],
        lookup: "Callable[[str], str] | None",
    ) -> None:
        self.field = field
        self.kind = field.number or NumberKind()
        if scale != 1:
            self.kind = NumberKind(self.kind.places, self.kind.largest, self.kind.scale * scale)
        self.rule = rule
        self.lookup = lookup
        named = {folded(text): value for value, label in field.words for text in (value, str(label))}
        self.words = named | {folded(text): value for text, value in words.items()}

    def read(self, cell: Cell) -> Value:
        """Return what a cell means; raise CellFault."""
        if not cell:
            return UNKNOWN
        if cell[0] == UNREADABLE:
            raise CellFault(cell[1:], "a value")
        currencies = NO_SIGN
        if self.field.kind == FieldKind.NUMBER:
            text, currencies = self._number(cell)
        elif self.field.kind == FieldKind.DATE:
            text = self._day(cell)
        else:
            text = self._text(cell)
        return Value(self.field.column.parse(text), currencies) if text else UNKNOWN

    def settled(self, text: str) -> Value:
        """Return what a person read in a cell, written plainly; raise CellFault."""
        return Value(self.field.column.parse(text)) if text else UNKNOWN

    def _number(self, cell: Cell) -> tuple[str, frozenset[str]]:
        if cell[0] == NUMBER:
            return scaled(cell[1:], self.kind.scale), NO_SIGN
        if cell[0] == AMOUNT:
            return scaled(cell[4:], self.kind.scale), frozenset({cell[1:4]})
        text = tidy(cell[1:])
        if is_unknown(text):
            return "", NO_SIGN
        found = None if cell[0] == DAY else written_number(text, self.kind)
        if found is None:
            raise CellFault(f"{shown(text)} is not a number", NUMBER_ACCEPTED)
        try:
            return scaled(self.rule.read(found.readings, MARKS), self.kind.scale), found.currencies
        except Unsettled as unsettled:
            raise CellFault(
                f"{shown(text)} {unsettled.wrong}", "a number that a person has settled"
            ) from None

    def _day(self, cell: Cell) -> str:
        if cell[0] == DAY:
            return cell[1:]
        text = tidy(shown_text(cell))
        if is_unknown(text):
            return ""
        readings = written_date(text) if cell[0] == "s" else {}
        if not readings:
            raise CellFault(f"{shown(text)} {why_no_date(text)}", ACCEPTED)
        try:
            return self.rule.read(readings, ORDERS)
        except Unsettled as unsettled:
            raise CellFault(f"{shown(text)} {unsettled.wrong}", "a day that a person has settled") from None

    def _text(self, cell: Cell) -> str:
        text = tidy(shown_text(cell))
        if is_unknown(text):
            return ""
        if self.field.kind == FieldKind.WORD:
            return self._word(text)
        if self.field.kind == FieldKind.COUNTRIES:
            parts = [part.strip() for part in text.replace(",", ";").replace("/", ";").split(";")]
            return ";".join(country(part) for part in parts if part)
        if self.field.kind == FieldKind.CURRENCY:
            return currency(text)
        return self.lookup(text) if self.lookup else text

    def _word(self, text: str) -> str:
        word = self.words.get(folded(text))
        if word is None:
            accepted = ", ".join(str(label) for _, label in self.field.words)
            raise CellFault(
                f"{shown(text)} is not in the list", f"{accepted}; or say which of these it means"
            )
        return word


def country(text: str) -> str:
    """Return the code of a country given by code or English name; another text as it is, to be refused."""
    code = COUNTRY_ALIASES.get(text, text)
    return code if code in COUNTRY_CODES else _COUNTRY_NAMES.get(folded(text), text)


def currency(text: str) -> str:
    """Return the code of a currency given by code or sign; another text as it is, to be refused."""
    if text.upper() in CURRENCIES:
        return text.upper()
    meant = {"USD"} if text == "$" else SIGNS.get(text.casefold(), set())
    return next(iter(meant)) if len(meant) == 1 else text


def no_rule() -> ColumnRule:
    """Return the rule of a column that no way of writing matters to."""
    return ColumnRule("", Evidence())
