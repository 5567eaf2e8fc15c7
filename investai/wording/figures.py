"""Numbers, amounts and dates as English writes them, turned into those of another language.

Only the marks change, and the place of the sign: every digit stays.
"""

import re
from collections.abc import Callable
from datetime import date

from babel import Locale
from babel.dates import format_date, format_skeleton

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SHORT_MONTHS = tuple(month[:3] for month in MONTHS)
# What a catalogue says of amounts in euro: the sign and the unit stand elsewhere in other languages.
EURO = {"": "€{1}", "bn": "€{1}bn", "m": "€{1}m", "k": "€{1}k"}
# What sets parts of a text apart, where a language writes it otherwise, and the first day of a month.
MARKS = {"fr": {": ": "\xa0: ", "; ": "\u202f; "}}
FIRST = {"fr": "1er"}
QUOTES = {"fr": ("«\u202f", "\u202f»"), "de": ("„", "“")}

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_MONTH = "|".join((*MONTHS, *SHORT_MONTHS))
_DAY = re.compile(rf"(\d{{1,2}}) ({_MONTH}) (\d{{4}})(, \d\d:\d\d(?::\d\d)?)?")
_DAY_OF_YEAR = re.compile(rf"(\d{{1,2}}) ({_MONTH})")
_MONTH_OF_YEAR = re.compile(rf"({_MONTH}) (\d{{4}})")
_EURO = re.compile(rf"([−+±-]?)€({_NUMBER})(bn|m|k)?")
_CURRENCY = re.compile(rf"([−+±-]?)([A-Z]{{3}}) ({_NUMBER})")
_BESIDE = re.compile(r"([^()]+) \(([^()]+)\)")
_PERCENT = re.compile(rf"([−+±-]?)({_NUMBER})([ \u202f\xa0]?)%")
_PLAIN = re.compile(rf"([−+±-]?)({_NUMBER})(×|[ \u202f\xa0](?:s|min|MB|KB|GB|MiB|KiB|bytes|TFLOP/s)|)")
_BEFORE_PERCENT = re.compile(r"(?:(?<=\d)|^) (?=%)")


def joined(text: str) -> str:
    """Return a text of English with each number and its percent sign in one line."""
    return _BEFORE_PERCENT.sub("\xa0", str(text)) if " %" in text else text


class Figures:
    """How a language writes figures; `say` gives its texts of amounts in euro."""

    def __init__(self, code: str, say: Callable[[str], str]) -> None:
        self.locale = Locale.parse(code, sep="-")
        symbols = self.locale.number_symbols
        marks = symbols.get("latn", symbols)
        self.marks = str.maketrans({",": marks["group"], ".": marks["decimal"]})
        self.percent = self.locale.percent_formats[None].suffix[0]
        self.say = say
        self.marks_between = MARKS.get(code, {})
        self.first = FIRST.get(code, "1")
        self.quotes = QUOTES.get(code, ("“", "”"))
        self.none_is_one = self.locale.plural_form(0) == "one"  # “0 projet”

    def mark(self, text: str) -> str:
        """Return what sets two parts of a text apart as this language writes it."""
        return self.marks_between.get(text, text)

    def written(self, text: str) -> str | None:
        """Return a figure as this language writes it; None where the text is no figure."""
        if not any(character.isdigit() for character in text):
            return None
        return self._number(text) or self._date(text) or self._beside(text)

    def _beside(self, text: str) -> str | None:
        """Return an amount with what it is in euro beside it."""
        found = _BESIDE.fullmatch(text)
        first, second = (self._number(found[1]), self._number(found[2])) if found else (None, None)
        return f"{first} ({second})" if first and second else None

    def _number(self, text: str) -> str | None:
        if found := _EURO.fullmatch(text):
            sign, number, unit = found.groups()
            return sign + self.say(EURO[unit or ""]).replace("{1}", number.translate(self.marks))
        if found := _PERCENT.fullmatch(text):
            return f"{found[1]}{found[2].translate(self.marks)}{self.percent}"
        if found := _CURRENCY.fullmatch(text):
            return f"{found[1]}{found[3].translate(self.marks)}\xa0{found[2]}"
        if found := _PLAIN.fullmatch(text):
            return f"{found[1]}{found[2].translate(self.marks)}{found[3]}"
        return None

    def _date(self, text: str) -> str | None:
        if found := _DAY.fullmatch(text):
            long = found[2] in MONTHS
            value = date(int(found[3]), _month(found[2]), int(found[1]))
            written = format_date(value, "long" if long else "medium", self.locale)
            return self._day(written, value) + (found[4] or "")
        if found := _DAY_OF_YEAR.fullmatch(text):
            value = date(2000, _month(found[1 + 1]), int(found[1]))
            skeleton = "MMMMd" if found[2] in MONTHS else "MMMd"
            return self._day(str(format_skeleton(skeleton, value, locale=self.locale)), value)
        if found := _MONTH_OF_YEAR.fullmatch(text):
            value = date(int(found[2]), _month(found[1]), 1)
            return str(format_skeleton("yMMMM" if found[1] in MONTHS else "yMMM", value, locale=self.locale))
        return None

    def _day(self, written: str, value: date) -> str:
        return re.sub(r"^1\b", self.first, written) if value.day == 1 else written


def _month(name: str) -> int:
    return (MONTHS.index(name) if name in MONTHS else SHORT_MONTHS.index(name)) + 1
