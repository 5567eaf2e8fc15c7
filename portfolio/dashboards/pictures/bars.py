"""Bars under each other as a picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from investai.wording import mark
from portfolio.dashboards.pictures.palette import colour
from portfolio.dashboards.pictures.sheet import INNER, MARGIN, About, Look, Sheet, shortened
from portfolio.exports.bars import Segment

FROM, WIDE, TALL, STEP = 330, 330, 14, 32
COLOURS = {"present": "signed"}


@dataclass(frozen=True, slots=True)
class BarRow:
    """A bar with its name and its figures in words; `mark` is where a dashed line stands, in percent."""

    name: str
    text: str
    segments: Sequence[Segment]
    mark: Decimal | None = None


def bars_picture(rows: Sequence[BarRow], key: Iterable[tuple[str, str]], note: str, about: About) -> bytes:
    """Return bars as SVG, with the names of their styles explained, and a note below."""
    sheet = Sheet(about, " ".join([*(f"{row.name}{mark(': ')}{row.text}." for row in rows), note]))
    for row in rows:
        _bar(sheet, row)
        sheet.y += STEP
    sheet.y += 6
    sheet.key([(label, {"fill": sheet.fill(COLOURS.get(name, name))}) for name, label in key])
    sheet.y += 2
    sheet.note(note)
    return sheet.finished()


def _bar(sheet: Sheet, row: BarRow) -> None:
    middle = sheet.y + STEP / 2
    sheet.text(MARGIN, middle + 4, shortened(row.name, 42))
    top = middle - TALL / 2
    sheet.draw("rect", told=row.name, x=FROM, y=top, width=WIDE, height=TALL, fill=colour("sunken"))
    for part in row.segments:
        x, width = FROM + part.x * WIDE / 100, part.width * WIDE / 100
        fill = sheet.fill(COLOURS.get(part.name, part.name))
        sheet.draw("rect", x=x, y=top, width=width, height=TALL, fill=fill)
    if row.mark is not None:
        x = FROM + row.mark * WIDE / 100
        look: Look = {"stroke": colour("warning"), "stroke_width": 2, "stroke_dasharray": "4 2"}
        sheet.draw("line", x1=x, x2=x, y1=top - 2, y2=top + TALL + 2, **look)
    sheet.text(MARGIN + INNER, middle + 4, shortened(row.text, 42), anchor="end")
