"""What a report is made of: blocks of plain text and figures in words, which the template sets.

Nothing here is markup: the template gets every text as a string and shows it as it is.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from portfolio.exports.bars import Segment


@dataclass(frozen=True, slots=True)
class Bar:
    """Segments side by side in percent of the width, and where a dashed line stands; `alt` is it in words."""

    segments: Sequence[tuple[str, float]]
    alt: str
    mark: float | None = None


def bar(segments: Sequence[Segment], alt: str, mark: Any = None) -> Bar:
    """Return a bar of the segments that pages draw."""
    drawn = [(segment.name, float(segment.width)) for segment in segments]
    return Bar(drawn, alt, None if mark is None else float(mark))


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of a table: its sources by number, what stands small below, how it is set, and its swatch.

    `look` is `strong`, `unknown`, or a tone: `good`, `warning`, `critical`, `neutral`. `span` is over how
    many rows it reaches: 0 for one that a cell above reaches over.
    """

    text: str = ""
    sources: Sequence[int] = ()
    small: str = ""
    look: str = ""
    swatch: str = ""
    bar: Bar | None = None
    span: int = 1


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, whether it holds numbers, and its part of the width (0: as wide as it needs)."""

    head: str
    number: bool = False
    part: float = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table, whose head is repeated on every page; rows at `strong` stand out."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    name: str
    strong: Sequence[int] = ()
    type: str = "table"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph: `look` is `note`, `empty`, `lead`, `fault` or nothing."""

    text: str
    look: str = ""
    sources: Sequence[int] = ()
    type: str = "text"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within a section, of level 2, or 3 below one."""

    text: str
    level: int = 2
    type: str = "heading"


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure that leads: what it is, its value, and what stands below."""

    label: str
    value: str
    beside: str = ""
    note: str = ""
    bar: Bar | None = None
    sources: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """Figures that lead, two in a row."""

    figures: Sequence[KeyFigure]
    type: str = "figures"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar over the whole width, with what its swatches mean and are worth."""

    bar: Bar
    legend: Sequence[tuple[str, str]]
    type: str = "drawn"


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins on a page of its own."""

    type: str = "page"


@dataclass(frozen=True, slots=True)
class Reference:
    """A source of the list at the end: its number, what it is, and its address where it has one."""

    number: int
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class References:
    """The list of sources."""

    sources: Sequence[Reference]
    type: str = "references"


Block = Table | Text | Heading | KeyFigures | Drawn | NewPage | References


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a report: its title, what it says, and whether it begins on a page of its own."""

    title: str
    blocks: Sequence[Block]
    new_page: bool = False


@dataclass(slots=True)
class Document:
    """A whole report, with what its head says of it; `banner` is what all pages say of the portfolio."""

    title: str
    author: str
    stated: str
    running: str
    note: str = ""
    banner: str = ""
    sections: list[Section] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as the template reads it."""
        return asdict(self)
