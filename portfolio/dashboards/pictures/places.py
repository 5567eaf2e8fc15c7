"""The map as a picture."""

import re
from typing import Any

from investai.wording import mark as between
from investai.wording import sentence, translated
from portfolio.dashboards.pictures.palette import colour, static_text
from portfolio.dashboards.pictures.sheet import INNER, MARGIN, About, Look, Sheet
from portfolio.dashboards.projection import HEIGHT, WIDTH
from portfolio.dashboards.stage_tones import TONES

TALL = INNER * HEIGHT / WIDTH
# As in static/css/map.css: what a mark is filled and drawn with.
LOOKS = {
    "before": ("surface", "ink"),
    "selected": ("edge", "ink"),
    "operational": ("ink", "surface"),
    "ended": ("sunken", "edge"),
    "several": ("surface", "ink"),
}


def map_picture(drawn: dict[str, Any], about: About) -> bytes:
    """Return the map that `drawn_map` describes as SVG."""
    marks = dict(drawn["layers"])["fine"]
    told = between("; ").join(_told(mark) for mark in marks)
    sheet = Sheet(
        about,
        sentence("{1} projects on the map: {2}.", _number(drawn["in_view"]), told)
        if marks
        else translated("No project on the map."),
    )
    top = sheet.y
    sheet.draw("rect", x=MARGIN, y=top, width=INNER, height=TALL, fill=colour("sunken"))
    size: Look = {"x": MARGIN, "y": top, "width": INNER, "height": TALL}
    ground = sheet.draw("svg", **size, viewBox=drawn["frame"].box, overflow="hidden")
    thin: Look = {"stroke": colour("edge"), "stroke_width": 0.6, "vector_effect": "non-scaling-stroke"}
    for name, fill in (("land", "#fff"), ("borders", "none")):
        sheet.draw("path", ground, d=_outline(name), fill=fill, **thin)
    for mark in marks:
        x, y = MARGIN + float(mark.x) * INNER / 100, top + float(mark.y) * TALL / 100
        _mark(sheet, mark, x, y)
    sheet.y = top + TALL + 14
    outside = drawn["elsewhere"] + drawn["nowhere"]
    key: list[tuple[str, Look]] = [
        (translated(words), {"fill": _fill(tone), "stroke": colour("ink")}) for tone, words in TONES.items()
    ]
    sheet.key(key)
    notes = [
        translated("Square: AI gigafactory; circle: AI factory; with a number: several."),
        translated("Outlines: Natural Earth."),
    ]
    if outside:
        notes.append(sentence("Not on the map: {1}.", _number(outside)))
    sheet.note(" ".join(notes))
    return sheet.finished()


def _told(mark: Any) -> str:
    return ", ".join(mark.names) or sentence("{1} projects", _number(mark.number))


def _number(number: int) -> str:
    return translated(f"{number:,}")


def _fill(tone: str) -> str:
    name = LOOKS[tone][0]
    return "#fff" if name == "surface" else colour(name)


def _mark(sheet: Sheet, mark: Any, x: float, y: float) -> None:
    name = LOOKS[mark.tone][1]
    stroke = "#fff" if name == "surface" else colour(name)
    look: Look = {"fill": _fill(mark.tone), "stroke": stroke, "stroke_width": 1.5}
    told = _told(mark)
    if mark.row is None:
        sheet.draw("circle", told=told, cx=x, cy=y, r=12, **look)
        sheet.text(x, y + 4, _number(mark.number), size=12, weight="650", anchor="middle")
    elif mark.row.project.kind == "ai_gigafactory":
        sheet.draw("rect", told=told, x=x - 8, y=y - 8, width=16, height=16, rx=2, **look)
    else:
        sheet.draw("circle", told=told, cx=x, cy=y, r=8, **look)


def _outline(name: str) -> str:
    found = re.search(rf'<path id="{name}"[^>]*? d="([^"]*)"', static_text("map/europe.svg"))
    return found[1] if found else ""
