"""Draw the outline of Europe for the map page: var/map/europe.svg, from the npm package world-atlas.

The third-party data stays in node_modules; what is drawn of it is a few tens of kilobytes. Standard library
only, and `portfolio.dashboards.projection`, which places the marks on the same map.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ATLAS = ROOT / "node_modules" / "world-atlas" / "countries-50m.json"
DRAWN = ROOT / "var" / "map" / "europe.svg"
sys.path.insert(0, str(ROOT))

from portfolio.dashboards.projection import HEIGHT, WIDTH, Point, projected

MARGIN = 20.0  # drawn beyond the frame, so that no coast ends within it
TOLERANCE = 0.12  # what a line may be off by, in units of the map: a tenth of a pixel where it is widest
SMALLEST = 0.4  # islands of fewer square units are left out


def arcs_of(atlas: dict[str, Any]) -> list[list[Point]]:
    """Return the lines of a TopoJSON file, projected."""
    (scale_x, scale_y), (start_x, start_y) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    arcs = []
    for deltas in atlas["arcs"]:
        x = y = 0
        arc = []
        for delta_x, delta_y in deltas:
            x, y = x + delta_x, y + delta_y
            arc.append(projected(x * scale_x + start_x, y * scale_y + start_y))
        arcs.append(arc)
    return arcs


def rings_of(geometry: dict[str, Any]) -> Iterator[list[int]]:
    """Return the rings of a geometry as indices of arcs."""
    polygons = {"Polygon": [geometry.get("arcs", [])], "MultiPolygon": geometry.get("arcs", [])}
    for polygon in polygons.get(geometry["type"], []):
        yield from polygon


def joined(ring: list[int], arcs: list[list[Point]]) -> list[Point]:
    """Return the points of a ring; the complement of an index means the arc backwards."""
    points: list[Point] = []
    for index in ring:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points.extend(arc[1:] if points else arc)
    return points


def clipped(ring: list[Point]) -> list[Point]:
    """Return the part of a ring within the frame and its margin, one side of the frame after the other."""
    sides: list[tuple[int, float, Callable[[float, float], bool]]] = [
        (0, -MARGIN, float.__ge__),
        (0, WIDTH + MARGIN, float.__le__),
        (1, -MARGIN, float.__ge__),
        (1, HEIGHT + MARGIN, float.__le__),
    ]
    for axis, limit, inside in sides:
        kept: list[Point] = []
        for n, point in enumerate(ring):
            before = ring[n - 1]
            if inside(point[axis], limit) != inside(before[axis], limit):
                share = (limit - before[axis]) / (point[axis] - before[axis])
                crossing = [
                    before[0] + share * (point[0] - before[0]),
                    before[1] + share * (point[1] - before[1]),
                ]
                kept.append((crossing[0], crossing[1]))
            if inside(point[axis], limit):
                kept.append(point)
        ring = kept
    return ring


def simplified(line: list[Point]) -> list[Point]:
    """Return a line without the points that are no further than TOLERANCE from it (Douglas and Peucker)."""
    if len(line) < 3:
        return line
    keep, parts = {0, len(line) - 1}, [(0, len(line) - 1)]
    while parts:
        first, last = parts.pop()
        (x1, y1), (x2, y2) = line[first], line[last]
        across, down = x2 - x1, y2 - y1
        length = (across * across + down * down) ** 0.5
        furthest, at = 0.0, first
        for n in range(first + 1, last):
            x, y = line[n]
            off = (
                abs(across * (y1 - y) - (x1 - x) * down) / length
                if length
                else ((x - x1) ** 2 + (y - y1) ** 2) ** 0.5
            )
            if off > furthest:
                furthest, at = off, n
        if furthest > TOLERANCE:
            keep.add(at)
            parts += [(first, at), (at, last)]
    return [line[n] for n in sorted(keep)]


def area(ring: list[Point]) -> float:
    """Return the area within a ring, in square units of the map."""
    return abs(sum(ring[n - 1][0] * y - x * ring[n - 1][1] for n, (x, y) in enumerate(ring))) / 2


def within(line: list[Point]) -> Iterator[list[Point]]:
    """Return the pieces of a line that lie within the frame and its margin."""
    piece: list[Point] = []
    for x, y in line:
        if -MARGIN <= x <= WIDTH + MARGIN and -MARGIN <= y <= HEIGHT + MARGIN:
            piece.append((x, y))
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


def written(line: list[Point], end: str = "") -> str:
    """Return a line as commands of an SVG path, one decimal, each point from the one before."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in line]
    steps = []
    for n, (x, y) in enumerate(tenths):
        from_x, from_y = tenths[n - 1] if n else (0, 0)
        if n == 0 or (x, y) != (from_x, from_y):
            steps.append(f"{(x - from_x) / 10:g},{(y - from_y) / 10:g}")
    return f"M{steps[0]}l{' '.join(steps[1:])}{end}" if len(steps) > 1 else ""


def drawn(atlas: dict[str, Any]) -> str:
    """Return the map as SVG: the land in one path, the borders between countries in another."""
    arcs = arcs_of(atlas)
    land = []
    for geometry in atlas["objects"]["land"].get("geometries", [atlas["objects"]["land"]]):
        for ring in rings_of(geometry):
            shape = clipped(joined(ring, arcs))
            if len(shape) > 3 and area(shape) > SMALLEST:
                half = len(shape) // 2  # a ring begins where it ends: its two halves are lines of their own
                land.append(written(simplified(shape[: half + 1])[:-1] + simplified(shape[half:]), "z"))
    uses: dict[int, int] = {}
    for country in atlas["objects"]["countries"]["geometries"]:
        for ring in rings_of(country):
            for index in ring:
                uses[max(index, ~index)] = uses.get(max(index, ~index), 0) + 1
    shared = (arcs[index] for index, number in sorted(uses.items()) if number > 1)
    borders = [written(simplified(piece)) for arc in shared for piece in within(arc)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}">'
        f'<path id="land" d="{"".join(land)}"/>'
        f'<path id="borders" fill="none" d="{"".join(borders)}"/></svg>\n'
    )


def main() -> None:
    DRAWN.parent.mkdir(parents=True, exist_ok=True)
    DRAWN.write_text(drawn(json.loads(ATLAS.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
