"""Lines over time as a picture."""

from investai.wording import sentence, translated
from portfolio.dashboards.charts import HEIGHT, WIDTH, Chart, Value
from portfolio.dashboards.pictures.palette import colour
from portfolio.dashboards.pictures.sheet import INNER, MARGIN, About, Look, Sheet
from portfolio.dashboards.templatetags.figures import day
from portfolio.exports import numbers

TALL = 300
# As in static/css/components.css: the token, the width and the dashes of each kind of line.
LOOKS = {
    "need": ("ink", 1.5, "6 4"),
    "pipeline": ("edge", 2.5, "2 3"),
    "approved": ("approved", 2.5, ""),
    "signed": ("signed", 2.5, ""),
    "disbursed": ("disbursed", 4, ""),
}


def series_picture(chart: Chart | None, about: About) -> bytes:
    """Return lines over time as SVG; a sentence where there is nothing to draw."""
    if chart is None:
        words = translated("Nothing to draw: no two months have an amount.")
        sheet = Sheet(about, words)
        sheet.text(MARGIN, sheet.y + 14, words, fill="muted")
        sheet.y += 30
        return sheet.finished()
    sheet = Sheet(about, _in_words(chart))
    highest = sentence("{1} at the top", _value(chart.top, chart))
    sheet.text(MARGIN, sheet.y + 10, highest, size=12, fill="muted")
    top = sheet.y + 20
    sheet.draw("line", x1=MARGIN, x2=MARGIN + INNER, y1=top + TALL, y2=top + TALL, stroke=colour("edge"))
    for line in chart.lines:
        token, width, dashes = LOOKS[line.name]
        for run in line.runs:
            points = " ".join(_placed(point, top) for point in run.split())
            look: Look = {"stroke": colour(token), "stroke_width": width, "stroke_linejoin": "round"}
            dashed: Look = {"stroke_dasharray": dashes} if dashes else {}
            sheet.draw("polyline", told=translated(line.label), points=points, fill="none", **look, **dashed)
    sheet.y = top + TALL + 20
    sheet.text(MARGIN, sheet.y, day(chart.first), size=12, fill="muted")
    sheet.text(MARGIN + INNER, sheet.y, day(chart.last), size=12, fill="muted", anchor="end")
    sheet.y += 12
    sheet.key([(translated(line.label), _swatch(line.name)) for line in chart.lines])
    return sheet.finished()


def _swatch(name: str) -> Look:
    token, _, dashes = LOOKS[name]
    if not dashes:
        return {"fill": colour(token)}
    return {"fill": "none", "stroke": colour(token), "stroke_dasharray": "3 2"}


def _placed(point: str, top: float) -> str:
    x, y = (float(part) for part in point.split(","))
    return f"{MARGIN + x * INNER / WIDTH:.1f},{top + y * TALL / HEIGHT:.1f}"


def _value(value: Value, chart: Chart) -> str:
    if value is None:
        return translated("unknown")
    written = numbers.percent(value) if chart.ratios else numbers.short_euro(value)  # type: ignore[arg-type]
    return translated(written)


def _in_words(chart: Chart) -> str:
    """Return the first and the last value of each line as a sentence."""
    (first, begin), (last, end) = chart.rows[-1], chart.rows[0]
    told = [
        sentence(
            "{1}: {2} on {3}, {4} on {5}.",
            *(translated(label), _value(begin[n], chart), day(first), _value(end[n], chart), day(last)),
        )
        for n, label in enumerate(chart.labels)
    ]
    return " ".join(told)
