"""The sheet that a chart is drawn on: title and day above, source below, and all of it in words."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from django.utils.translation import get_language

from investai.languages import SOURCE
from investai.wording import sentence
from portfolio.dashboards.pictures.palette import colour
from portfolio.dashboards.pictures.patterns import PATTERNS, TILE
from portfolio.dashboards.templatetags.figures import day

WIDTH, MARGIN = 960, 24
INNER = WIDTH - 2 * MARGIN
FONT = "Inter, Segoe UI, Roboto, Helvetica Neue, Arial, Liberation Sans, sans-serif"
LINE = 20
Number = Decimal | float | int
Look = dict[str, Any]  # attributes of a shape


@dataclass(frozen=True, slots=True)
class About:
    """What every picture says of itself; `notice` is what stands on every page of an invented portfolio."""

    title: str
    as_of: date
    data_version: int
    notice: str
    address: str


class Sheet:
    """An SVG that grows downwards; `y` is where the next part begins."""

    def __init__(self, about: About, words: str) -> None:
        self._about = about
        self.root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "lang": get_language() or SOURCE,
                "role": "img",
                "aria-labelledby": "title words",
                "font-family": FONT,
                "font-size": "13",
            },
        )
        told = sentence("{1}, as of {2}", about.title, day(about.as_of))
        SubElement(self.root, "title", id="title").text = told
        SubElement(self.root, "desc", id="words").text = " ".join(filter(None, (about.notice, words)))
        self._ground = SubElement(self.root, "rect", fill="#fff", width=str(WIDTH))
        self._patterns: set[str] = set()
        self.y: float = MARGIN
        for line in _wrapped(about.notice):
            self.text(MARGIN, self.y + 12, line, fill="warning", weight="600")
            self.y += LINE
        self.text(MARGIN, self.y + 18, about.title, size=20, weight="650")
        self.text(MARGIN, self.y + 40, sentence("As of {1}", day(about.as_of)), fill="muted")
        self.y += 60

    def text(
        self,
        x: Number,
        y: Number,
        text: str,
        *,
        size: int = 13,
        fill: str = "ink",
        weight: str = "400",
        anchor: str = "start",
    ) -> None:
        """Write a line of text."""
        where = {"x": _written(x), "y": _written(y), "font-size": str(size), "font-weight": weight}
        SubElement(self.root, "text", {**where, "fill": colour(fill), "text-anchor": anchor}).text = text

    def draw(self, tag: str, within: Element | None = None, told: str = "", **attributes: Any) -> Element:
        """Draw a shape; in names of attributes an underscore stands for a hyphen; `told` is its title."""
        written = {name.replace("_", "-"): _written(value) for name, value in attributes.items()}
        shape = SubElement(self.root if within is None else within, tag, written)
        if told:
            SubElement(shape, "title").text = told
        return shape

    def fill(self, name: str) -> str:
        """Return what fills a shape of a state or tone: its pattern where it has one, else its colour."""
        if name not in PATTERNS:
            return colour(name)
        key, pattern = f"pattern-{name}", PATTERNS[name]
        if name not in self._patterns:
            self._patterns.add(name)
            tile = self.draw("pattern", id=key, width=TILE, height=TILE, patternUnits="userSpaceOnUse")
            self.draw("rect", tile, width=TILE, height=TILE, fill=colour(pattern.ground))
            line: Look = {"stroke": colour(pattern.token), "stroke_width": pattern.width}
            self.draw("path", tile, d=pattern.lines, fill="none", stroke_linecap="round", **line)
        return f"url(#{key})"

    def key(self, entries: Iterable[tuple[str, Look]]) -> None:
        """Explain colours: each entry has a name, and how its swatch is drawn."""
        x: float = MARGIN
        for name, look in entries:
            width = 30 + 7 * len(name) + 18
            if x + width > WIDTH - MARGIN:
                x, self.y = MARGIN, self.y + LINE
            self.draw("rect", x=x, y=self.y + 3, width=18, height=11, rx=2, **look)
            self.text(x + 25, self.y + 13, name, fill="muted")
            x += width
        self.y += LINE + 6

    def note(self, text: str) -> None:
        """Write a note below what was drawn."""
        for line in _wrapped(text, 145) or [""]:
            self.text(MARGIN, self.y + 8, line, size=12, fill="muted")
            self.y += 18

    def finished(self) -> bytes:
        """Return the file, with the source below what was drawn."""
        about = self._about
        self.y += 8
        source = sentence("Source: InvestAI portfolio tracker, data version {1}", str(about.data_version))
        for line in (source, about.address):
            self.text(MARGIN, self.y + 12, line, size=12, fill="muted")
            self.y += LINE
        height = _written(self.y + MARGIN / 2)
        self._ground.set("height", height)
        self.root.set("width", str(WIDTH))
        self.root.set("height", height)
        self.root.set("viewBox", f"0 0 {WIDTH} {height}")
        return tostring(self.root, encoding="utf-8", xml_declaration=True)


def shortened(text: str, most: int) -> str:
    """Return a text that is at most so many letters long."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _written(value: object) -> str:
    """Return a number without a long tail, and a text that XML can hold."""
    if isinstance(value, float | Decimal):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return "".join(letter for letter in str(value) if unicodedata.category(letter) != "Cc")


def _wrapped(text: str, most: int = 120) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + len(word) < most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
