"""Numbers as offices write them: decimal commas and points, thousands, currency signs.

Whether a mark is the decimal one is decided for each column from the cells in it (`column_evidence`). A way
of writing is named by its decimal mark: "." or ",".
"""

import re
from dataclasses import dataclass
from decimal import Context, Decimal

from babel import Locale

from portfolio.rules.cell_texts import tidy

MARKS = {".": "a decimal point", ",": "a decimal comma"}
OTHER = {".": ",", ",": "."}
CURRENCIES = frozenset(str(code) for code in Locale("en").currencies if len(str(code)) == 3)
SIGNS = {
    "€": {"EUR"},
    "euro": {"EUR"},
    "euros": {"EUR"},
    "£": {"GBP"},
    "us$": {"USD"},
    "$": {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"},
    "¥": {"JPY", "CNY"},
    "zł": {"PLN"},
    "zl": {"PLN"},
    "kč": {"CZK"},
    "ft": {"HUF"},
    "lei": {"RON"},
    "лв": {"BGN"},
    "лв.": {"BGN"},
    "kr": {"SEK", "DKK", "NOK", "ISK"},
    "kr.": {"SEK", "DKK", "NOK", "ISK"},
    "fr.": {"CHF"},
    "sfr.": {"CHF"},
    "₺": {"TRY"},
    "₴": {"UAH"},
}
_DIGITS = "0123456789"
_BODY = re.compile(r"[0-9][0-9.,' ]*|[.,][0-9]+")
_NO_CENTS = re.compile(r"[.,] ?[-–—−]{1,2}$")
# What a spreadsheet program keeps of a number: it shows and compares this many digits of its double.
DOUBLE = Context(prec=15)
LARGEST_TEXT = 60
NO_SIGN: frozenset[str] = frozenset()
_START = re.compile(r"([-−–+(]?) ?([^\d\s.,()+−–-]+(?:\.(?=\s|[A-Za-z]))?) ?(?=[\d.,(+−–-])")
_END = re.compile(r"(?<=[\d).\-–—− ]) ?([^\d\s.,()+−–-]+\.?)(\)?)$")
_BARE = re.compile(r"[-−–+(]?[0-9.,' ]*[0-9]\)?")


def _pattern(decimal: str) -> re.Pattern[str]:
    groups = "|".join(
        rf"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+" for mark in (f"\\{OTHER[decimal]}", " ", "'")
    )
    return re.compile(rf"([0-9]+|{groups}|)(?:\{decimal}([0-9]+))?")


_WRITTEN = {mark: _pattern(mark) for mark in MARKS}


@dataclass(frozen=True, slots=True)
class NumberKind:
    """What the numbers of a column may be: what a reading that cannot be one of them is left out by.

    `places`: decimals of the unit, 2 for money, 0 for things that are counted; None: any. `scale`: what a
    number of the column is multiplied by (a column in millions).
    """

    places: int | None = None
    largest: Decimal | None = None
    scale: Decimal = Decimal(1)


MONEY_PLACES = 2


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A cell's number: its readings by decimal mark, and what currencies its sign may mean, if it has one."""

    readings: dict[str, str]
    currencies: frozenset[str]


def from_double(value: float) -> str:
    """Return a number of a workbook as plain text: the 15 digits that a spreadsheet program keeps of it.

    So 0.1 + 0.2 is 0.3, and an amount up to 9,999,999,999,999.99 keeps its cents.
    """
    number = DOUBLE.create_decimal(repr(value))
    return _plain(number)


def written_number(text: str, kind: NumberKind) -> WrittenNumber | None:
    """Return what the text of a cell can mean as a number of a kind; None where it is no number."""
    if text.isdigit() and text.isascii() and len(text) <= LARGEST_TEXT:
        value = text.lstrip("0") or "0"
        return WrittenNumber(dict.fromkeys(MARKS, value), NO_SIGN)
    text = tidy(text).replace("’", "'").replace("`", "'")
    if len(text) > LARGEST_TEXT:
        return None
    taken = _without_sign(text)
    if taken is None:
        return None
    body, currencies = taken
    negative = False
    if body.startswith("(") and body.endswith(")"):
        body, negative = body[1:-1].strip(), True
    elif body[:1] in "-−–+" and body[:1]:
        body, negative = body[1:].strip(), body[0] != "+"
    body = _NO_CENTS.sub("", body)
    if body.endswith(("-", "−")):
        body, negative = body[:-1].strip(), True
    if not _BODY.fullmatch(body):
        return None
    readings = _possible(_readings(body), kind, signed=bool(currencies))
    if not readings:
        return None
    minus = "-" if negative else ""
    return WrittenNumber({mark: minus + value for mark, value in readings.items()}, currencies)


def scaled(value: str, scale: Decimal) -> str:
    """Return a number times the scale of its column, exactly, as plain text."""
    if scale == 1:
        return value
    product = Context(prec=200).multiply(Decimal(value), scale)
    return _plain(product)


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def why(text: str, mark: str) -> str:
    """Return what a cell that is evidence for a decimal mark shows, in words."""
    if mark in text and re.search(rf"\{mark}[0-9]+[^0-9]*$", text) and not _grouped_by(text, mark):
        return f"“{text}” has {MARKS[mark]}"
    return f"“{text}” can only be thousands"


def _grouped_by(text: str, mark: str) -> bool:
    return text.count(mark) > 1


def _without_sign(text: str) -> tuple[str, frozenset[str]] | None:
    """Return the text without its currency signs and the currencies they allow; None: they contradict."""
    currencies: frozenset[str] | None = None
    if _BARE.fullmatch(text):
        return text, NO_SIGN
    start = _START.match(text)
    if start:
        currencies = _currencies(start[2])
        if currencies is None:
            return None
        text = start[1] + text[start.end() :]
    end = _END.search(text)
    if end:
        also = _currencies(end[1])
        if also is None:
            return None
        currencies = also if currencies is None else currencies & also
        if not currencies:
            return None
        text = text[: end.start()].rstrip() + end[2]
    return text, currencies or NO_SIGN


def _currencies(sign: str) -> frozenset[str] | None:
    if sign.upper() in CURRENCIES and sign.isupper():
        return frozenset({sign})
    found = SIGNS.get(sign.casefold())
    return frozenset(found) if found else None


def _readings(body: str) -> dict[str, str]:
    found = {}
    for mark, pattern in _WRITTEN.items():
        match = pattern.fullmatch(body)
        if match and (match[1] or match[2]):
            whole = "".join(char for char in match[1] if char in _DIGITS).lstrip("0") or "0"
            found[mark] = f"{whole}.{match[2]}" if match[2] else whole
    return found


def _possible(readings: dict[str, str], kind: NumberKind, *, signed: bool) -> dict[str, str]:
    """Return the readings without those that cannot be meant, as long as one is left.

    Things that are counted have no decimals, and an amount with a currency sign has no third of them.
    """
    left = {mark: value for mark, value in readings.items() if _can_be(value, kind, signed)}
    return left or readings


def _can_be(value: str, kind: NumberKind, signed: bool) -> bool:
    decimals = value.partition(".")[2]
    if kind.largest is not None and abs(Decimal(value)) * kind.scale > kind.largest:
        return False
    if kind.scale != 1:
        return True
    if kind.places == 0:
        return not decimals.strip("0") and len(decimals) != 3
    return not (signed and kind.places == MONEY_PLACES and len(decimals) > MONEY_PLACES)
