"""A chart with two logarithmic axes as plain SVG, readable on light and on dark ground."""

from math import ceil, floor, log10
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 230, 20, 50
BETWEEN_LABELS = 15
# Colours by kind of line that keep a contrast of 3 on white and on near-black.
COLOURS = ("#c2410c", "#2f7fd1", "#7d8590", "#1f9254")
STYLE = """
    text { font: 12px system-ui, sans-serif; fill: #24292f }
    .grid { stroke: #d0d7de; stroke-width: 1 }
    .line { fill: none; stroke-width: 2 }
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .grid { stroke: #3d444d } }
"""


class Line(NamedTuple):
    """A line through points (x, y), both above zero; `kind` chooses its colour."""

    name: str
    kind: int
    dashed: bool
    points: list[tuple[float, float]]


class Axis(NamedTuple):
    """Whole powers of ten from `first` to `last`, drawn from one place to another."""

    first: int
    last: int
    start: float
    end: float

    @classmethod
    def around(cls, values: list[float], start: float, end: float) -> "Axis":
        first, last = floor(log10(min(values))), ceil(log10(max(values)))
        return cls(first, max(last, first + 1), start, end)

    def place(self, value: float) -> float:
        share = (log10(value) - self.first) / (self.last - self.first)
        return round(self.start + share * (self.end - self.start), 1)

    def powers(self) -> list[float]:
        return [10.0**power for power in range(self.first, self.last + 1)]


def log_log_chart(*, title: str, description: str, across: str, up: str, lines: list[Line]) -> str:
    """Return the SVG of some lines, each named at its right end."""
    points = [point for line in lines for point in line.points]
    x = Axis.around([point[0] for point in points], LEFT, WIDTH - RIGHT)
    y = Axis.around([point[1] for point in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' aria-labelledby="title description">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="description">{escape(description)}</desc>',
        f"<style>{STYLE}</style>",
        *_grid(x, y, across, up),
        *(part for line in lines for part in _line(line, x, y)),
        *_names(lines, x, y),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _grid(x: Axis, y: Axis, across: str, up: str) -> list[str]:
    parts = []
    for value in x.powers():
        at = x.place(value)
        parts.append(f'<path class="grid" d="M{at} {y.start}V{y.end}"/>')
        parts.append(f'<text x="{at}" y="{y.start + 18}" text-anchor="middle">{value:,.0f}</text>')
    for value in y.powers():
        at = y.place(value)
        parts.append(f'<path class="grid" d="M{x.start} {at}H{x.end}"/>')
        parts.append(f'<text x="{x.start - 8}" y="{at + 4}" text-anchor="end">{value:,.10g}</text>')
    middle = (x.start + x.end) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">{escape(across)}</text>')
    middle = (y.start + y.end) / 2
    turned = f'transform="rotate(-90 16 {middle})"'
    parts.append(f'<text x="16" y="{middle}" text-anchor="middle" {turned}>{escape(up)}</text>')
    return parts


def _line(line: Line, x: Axis, y: Axis) -> list[str]:
    places = [(x.place(across), y.place(up)) for across, up in line.points]
    colour = COLOURS[line.kind % len(COLOURS)]
    dashes = ' stroke-dasharray="6 4"' if line.dashed else ""
    path = "L".join(f"{across} {up}" for across, up in places)
    return [
        f'<path class="line" stroke="{colour}"{dashes} d="M{path}"/>',
        *(f'<circle cx="{across}" cy="{up}" r="3.5" fill="{colour}"/>' for across, up in places),
    ]


def _names(lines: list[Line], x: Axis, y: Axis) -> list[str]:
    """Write each name beside the last point of its line; names that would touch move apart."""
    parts, lowest = [], 0.0
    for line in sorted(lines, key=lambda line: -line.points[-1][1]):
        across, up = x.place(line.points[-1][0]), y.place(line.points[-1][1])
        lowest = max(up + 4, lowest + BETWEEN_LABELS)
        colour = COLOURS[line.kind % len(COLOURS)]
        dashes = ' stroke-dasharray="4 3"' if line.dashed else ""
        parts.append(f'<path class="line" stroke="{colour}"{dashes} d="M{across + 8} {lowest - 4}h18"/>')
        parts.append(f'<text x="{across + 31}" y="{lowest}">{escape(line.name)}</text>')
    return parts
