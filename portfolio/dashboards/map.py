"""The map: where projects stand, in clusters that a click parts, and the same as lists."""

from array import array
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portfolio.dashboards.clusters import Cluster, clusters
from portfolio.dashboards.page import page, shown_results
from portfolio.dashboards.project_choices import project_choices, read_filters
from portfolio.dashboards.projection import HEIGHT, WIDTH, Point, is_on_map, projected
from portfolio.dashboards.stage_tones import TONES, tone
from portfolio.dashboards.templatetags.figures import country_order
from portfolio.models import ProjectCoverage, ResultSet
from portfolio.queries import places
from portfolio.queries.listed import Listed

PROJECTS_ON_A_PAGE = 50
CLOSEST = 32
NAMED = 4
# How near marks come, in shares of the map's width: so that each is 24 pixels wide at least where it is.
FINE, COARSE = 0.043, 0.076


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the map that is shown: its middle, in units of the map, and how many times larger it is."""

    x: float
    y: float
    zoom: int

    @property
    def width(self) -> float:
        """How many units of the map it is wide."""
        return WIDTH / self.zoom

    @property
    def height(self) -> float:
        """How many units of the map it is high."""
        return HEIGHT / self.zoom

    @property
    def asked(self) -> dict[str, str]:
        """The parameters that ask for the frame; empty ones for the whole map."""
        if self.zoom == 1:
            return {"x": "", "y": "", "zoom": ""}
        return {"x": f"{self.x:.1f}", "y": f"{self.y:.1f}", "zoom": str(self.zoom)}

    @property
    def box(self) -> str:
        """The frame as the viewBox of an SVG."""
        left, top = self.x - self.width / 2, self.y - self.height / 2
        return f"{left:.2f} {top:.2f} {self.width:.2f} {self.height:.2f}"

    def holds(self, point: Point) -> bool:
        """Whether a point of the map is within the frame."""
        return abs(point[0] - self.x) <= self.width / 2 and abs(point[1] - self.y) <= self.height / 2

    def percent(self, x: float, y: float) -> tuple[str, str]:
        """Return where a point of the map stands, in percent of the frame."""
        across = (x - self.x) / self.width + 0.5
        down = (y - self.y) / self.height + 0.5
        return f"{across * 100:.2f}", f"{down * 100:.2f}"

    def moved(self, across: float = 0, down: float = 0, times: float = 1) -> "Frame":
        """Return the frame moved by shares of its size, or made so many times larger."""
        zoom = min(max(int(self.zoom * times), 1), CLOSEST)
        return frame(self.x + across * self.width, self.y + down * self.height, zoom)


def frame(x: float, y: float, zoom: int) -> Frame:
    """Return a frame around a point that does not reach beyond the map."""
    half_width, half_height = WIDTH / zoom / 2, HEIGHT / zoom / 2
    return Frame(
        min(max(x, half_width), WIDTH - half_width), min(max(y, half_height), HEIGHT - half_height), zoom
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands on the map: a project, or a number of them with the frame that parts them."""

    x: str
    y: str
    number: int
    names: list[str]
    row: ProjectCoverage | None
    tone: str
    closer: Frame | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """The clusters on wide and narrow screens, the projects in view, and how many are off the map."""

    layers: dict[str, list[Cluster]]
    in_view: list[int]
    elsewhere: int


@require_safe
def show_map(request: HttpRequest) -> HttpResponse:
    """Answer: where do projects stand, and which countries have part in how many?"""
    return page(request, "portfolio/map.html", drawn_map(request))


def drawn_map(request: HttpRequest) -> dict[str, Any]:
    """Return what the map that an address asks for shows, for its page and for other sites."""
    results = shown_results(request)
    filters = read_filters(request.GET)
    shown_frame = _frame(request)
    found = places.standing(results, filters)
    drawn = _drawn(*(part.tobytes() for part in found.places), shown_frame)
    close = shown_frame.zoom > 1
    listed = places.listed(results, filters, drawn.in_view if close else None)
    number = len(drawn.in_view) if close else found.number
    return {
        "results": results,
        "filters": filters,
        "frame": shown_frame,
        "layers": _layers(drawn, shown_frame, results),
        "tones": list(TONES.items()),
        "moves": _moves(shown_frame) if close else [],
        "closer": shown_frame.moved(times=2) if shown_frame.zoom < CLOSEST else None,
        "wider": shown_frame.moved(times=0.5) if close else None,
        "shown": Paginator(Listed(listed, number), PROJECTS_ON_A_PAGE).get_page(request.GET.get("page")),
        "number": number,
        "in_all": found.number,
        "in_view": len(drawn.in_view),
        "elsewhere": drawn.elsewhere,
        "nowhere": found.number - len(found.places.projects),
        "by_country": sorted(
            found.countries, key=lambda row: (-row.number, not row.country, country_order(row.country))
        ),
        **project_choices(),
    }


def _frame(request: HttpRequest) -> Frame:
    """Return the frame that an address asks for; the whole map where it asks for none that there is."""

    def number(name: str, most: float) -> float | None:
        text = request.GET.get(name, "")
        known = text.isascii() and text.replace(".", "", 1).isdigit() and len(text) < 9
        return min(float(text), most) if known else None

    x, y, zoom = number("x", WIDTH), number("y", HEIGHT), number("zoom", CLOSEST)
    if x is None or y is None or zoom is None or zoom < 1:
        return frame(WIDTH / 2, HEIGHT / 2, 1)
    return frame(x, y, int(zoom))


def _moves(shown: Frame) -> list[tuple[str, str, Frame]]:
    """Return the name, the arrow and the frame of each step aside that stays on the map."""
    steps = [
        ("West", "←", shown.moved(across=-0.5)),
        ("North", "↑", shown.moved(down=-0.5)),
        ("South", "↓", shown.moved(down=0.5)),
        ("East", "→", shown.moved(across=0.5)),
    ]
    return [step for step in steps if step[2] != shown]


@lru_cache(maxsize=8)
def _drawn(projects: bytes, longitudes: bytes, latitudes: bytes, shown: Frame) -> Drawn:
    """Return where places, side by side as `Places` has them, are drawn: the same as long as none moves."""
    points = [
        (project, projected(longitude, latitude))
        for project, longitude, latitude in zip(
            array("q", projects), array("d", longitudes), array("d", latitudes), strict=True
        )
    ]
    on_map = [(project, point) for project, point in points if is_on_map(point)]
    in_view = [(project, point) for project, point in on_map if shown.holds(point)]
    layers = {
        name: clusters(in_view, share * shown.width) for name, share in (("fine", FINE), ("coarse", COARSE))
    }
    return Drawn(layers, [project for project, _ in in_view], len(points) - len(on_map))


def _layers(drawn: Drawn, shown: Frame, results: ResultSet) -> list[tuple[str, list[Mark]]]:
    """Return the marks for a wide screen and for a narrow one, where fewer have room."""
    few = [c for layer in drawn.layers.values() for c in layer if len(c.members) <= NAMED]
    rows = places.rows_of(results, {project for cluster in few for project in cluster.members})
    return [
        (name, [_mark(cluster, shown, rows) for cluster in layer]) for name, layer in drawn.layers.items()
    ]


def _mark(cluster: Cluster, shown: Frame, rows: dict[int, ProjectCoverage]) -> Mark:
    x, y = shown.percent(cluster.x, cluster.y)
    number = len(cluster.members)
    if number == 1:
        row = rows[cluster.members[0]]
        return Mark(x, y, 1, [row.project.name], row, tone(row.stage), None)
    names = [rows[project].project.name for project in cluster.members] if number <= NAMED else []
    return Mark(x, y, number, names, None, "several", _parting(cluster, shown))


def _parting(cluster: Cluster, shown: Frame) -> Frame | None:
    """Return a frame in which a cluster falls apart; None where no closer one is offered."""
    if shown.zoom == CLOSEST:
        return None
    fits = int(WIDTH * 0.4 / cluster.spread) if cluster.spread else CLOSEST
    return frame(cluster.x, cluster.y, min(max(fits, shown.zoom * 2), CLOSEST))
