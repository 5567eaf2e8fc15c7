"""The timeline as a picture."""

from decimal import Decimal
from typing import Any

from investai.wording import mark as between
from investai.wording import sentence, translated
from portfolio.dashboards.gantt import Line, Mark
from portfolio.dashboards.pictures.palette import colour
from portfolio.dashboards.pictures.sheet import INNER, MARGIN, About, Look, Sheet, shortened
from portfolio.dashboards.stage_tones import TONES
from portfolio.dashboards.templatetags.figures import day
from portfolio.rules.milestones import Standing

FROM = 260
WIDE = MARGIN + INNER - FROM
STEP = 40
TONE_LOOKS = {"before": "sunken", "selected": "edge", "operational": "muted", "ended": "ended"}
MARK_LOOKS = {Standing.LATE: "critical", Standing.DONE: "good", Standing.DONE_LATE: "warning"}


def timeline_picture(drawn: dict[str, Any], about: About) -> bytes:
    """Return the timeline that `drawn_timeline` describes as SVG."""
    lines = [pair for _, pairs in drawn["groups"] for pair in pairs]
    sheet = Sheet(about, _in_words(drawn, lines))
    top = sheet.y
    sheet.y += 20
    bottom = sheet.y + STEP * len(lines)
    for x, label, is_year in drawn["axis_lines"]:
        at = _at(x)
        sheet.draw("line", x1=at, x2=at, y1=top + 16, y2=bottom, stroke=colour("line"))
        if is_year:
            sheet.text(at, top + 10, label, size=11, fill="muted")
    now = _at(drawn["now"])
    for row, line in lines:
        sheet.text(MARGIN, sheet.y + 24, shortened(row.project.name, 32))
        _line(sheet, line, now)
        sheet.y += STEP
    sheet.draw("line", x1=now, x2=now, y1=top + 16, y2=bottom, stroke=colour("focus"), stroke_width=2)
    sheet.y += 14
    sheet.key([(translated(words), _swatch(sheet, tone)) for tone, words in TONES.items()])
    note = "Milestones: a rhomb is late, a full circle done (brown: late), a ring to come. Line: the day."
    sheet.note(translated(note))
    return sheet.finished()


def _swatch(sheet: Sheet, tone: str) -> Look:
    return {"fill": sheet.fill(TONE_LOOKS[tone]), "stroke": colour("edge")}


def _at(share: Decimal) -> float:
    return FROM + float(share) * WIDE / 100


def _line(sheet: Sheet, line: Line, now: float) -> None:
    for bar in line.bars:
        told = f"{translated(bar.label)}, {day(bar.since)}"
        size: Look = {
            "x": _at(bar.x),
            "y": sheet.y + 16,
            "width": float(bar.width) * WIDE / 100,
            "height": 16,
        }
        fill = sheet.fill(TONE_LOOKS[bar.tone])
        sheet.draw("rect", told=told, **size, fill=fill, stroke="#fff", stroke_width=1)
    for mark in line.marks:
        _mark(sheet, mark, now)


def _mark(sheet: Sheet, mark: Mark, now: float) -> None:
    x, y = _at(mark.x), sheet.y + 8
    told = f"{mark.title}{between(': ')}{translated(mark.word)}, {day(mark.day)}"
    token = MARK_LOOKS.get(mark.standing)
    if mark.standing is Standing.LATE:
        look: Look = {"stroke": colour("critical"), "stroke_width": 1.5, "stroke_dasharray": "3 2"}
        sheet.draw("line", x1=x, x2=now, y1=y, y2=y, **look)
        points = f"{x},{y - 7} {x + 7},{y} {x},{y + 7} {x - 7},{y}"
        sheet.draw("polygon", told=told, points=points, fill=colour("critical"))
    elif token:
        sheet.draw("circle", told=told, cx=x, cy=y, r=5.5, fill=colour(token))
    else:
        sheet.draw("circle", told=told, cx=x, cy=y, r=5, fill="#fff", stroke=colour("ink"), stroke_width=2)


def _in_words(drawn: dict[str, Any], lines: list[tuple[Any, Line]]) -> str:
    if not lines:
        return translated("No project matches.")
    counts, told = drawn["counts"], []
    for row, line in lines:
        stage = translated((row.get_stage_display() or "No stage yet").lower())
        late = sentence("{1}, {2} late", stage, _number(line.late)) if line.late else stage
        told.append(f"{row.project.name}{between(': ')}{late}")
    late, due = _number(counts["late"]), _number(counts["due"])
    first = sentence("{1} milestones are late, {2} due by {3}.", late, due, day(drawn["until"]))
    return f"{first} {between('; ').join(told)}."


def _number(number: int) -> str:
    return translated(f"{number:,}")
