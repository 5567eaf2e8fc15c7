"""Marks on the map: one a project, or one for several that would stand on each other."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from portfolio.dashboards.projection import Point


@dataclass(frozen=True, slots=True)
class Cluster:
    """Some projects that stand together: where, and which (database ids)."""

    x: float
    y: float
    members: list[int]
    spread: float


def clusters(points: Iterable[tuple[int, Point]], size: float) -> list[Cluster]:
    """Return clusters whose middles are `size` apart at least, the largest first.

    Points of a square of that size stand together first; then smaller squares join larger ones too near.
    """
    squares: dict[tuple[int, int], list[tuple[int, Point]]] = defaultdict(list)
    for project, (x, y) in points:
        squares[int(x // size), int(y // size)].append((project, (x, y)))
    kept: dict[tuple[int, int], list[_Growing]] = defaultdict(list)
    found: list[_Growing] = []
    for members in sorted(squares.values(), key=lambda members: (-len(members), members[0][0])):
        x = sum(point[0] for _, point in members) / len(members)
        y = sum(point[1] for _, point in members) / len(members)
        near = _near(kept, x, y, size)
        if near is None:
            near = _Growing(x, y, [])
            found.append(near)
            kept[int(x // size), int(y // size)].append(near)
        near.members += members
    grown = [cluster.done() for cluster in found]
    return sorted(grown, key=lambda cluster: (-len(cluster.members), cluster.members[0]))


@dataclass(slots=True)
class _Growing:
    x: float
    y: float
    members: list[tuple[int, Point]]

    def done(self) -> Cluster:
        spread = max(max(abs(x - self.x), abs(y - self.y)) for _, (x, y) in self.members)
        return Cluster(self.x, self.y, [project for project, _ in self.members], spread)


def _near(kept: dict[tuple[int, int], list[_Growing]], x: float, y: float, size: float) -> _Growing | None:
    column, row = int(x // size), int(y // size)
    around = [
        cluster
        for across in (-1, 0, 1)
        for down in (-1, 0, 1)
        for cluster in kept.get((column + across, row + down), [])
    ]
    close = [c for c in around if (c.x - x) ** 2 + (c.y - y) ** 2 < size**2]
    return min(close, key=lambda c: (c.x - x) ** 2 + (c.y - y) ** 2, default=None)
