"""The map: a project with coordinates stands on it once, alone or in a cluster, and in the list beside it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from portfolio.dashboards.clusters import clusters
from portfolio.dashboards.projection import HEIGHT, WIDTH, is_on_map, projected
from tests.bundles import load, saved
from tests.dashboards.pages import text_of
from tests.making import Made

HELD = {  # degrees east and north, of places at the edges
    "Lisbon": (-9.14, 38.72),
    "North Cape": (25.78, 71.17),
    "Reykjavík": (-21.94, 64.15),
    "Valletta": (14.51, 35.9),
    "Nicosia": (33.37, 35.17),
    "Kyiv": (30.52, 50.45),
}


def place(portfolio: Made, slug: str, latitude: str, longitude: str, countries: str = "DE") -> None:
    portfolio.project(slug, stages=[("selected", "2025-01-01")])
    portfolio.rows["projects"][-1] |= {
        "latitude": latitude,
        "longitude": longitude,
        "countries": countries,
        "city": f"City of {slug}",
    }


@pytest.fixture
def made(db: None, tmp_path: Path) -> None:
    """Three projects in one place, one near it, one far, one outside the map, one without coordinates."""
    portfolio = Made()
    for slug in ("a", "b", "c"):
        place(portfolio, slug, "50.0", "10.0")
    place(portfolio, "near", "50.3", "10.2", "DE;FR")
    place(portfolio, "far", "65.0", "25.0", "FI")
    place(portfolio, "island", "-21.1", "55.5", "FR")
    portfolio.project("nowhere", "ai_gigafactory")
    load(saved(portfolio.rows, tmp_path / "bundle"))
    call_command("recompute", verbosity=0)


def numbers(client: Client, address: str, layer: str = "fine") -> list[int]:
    """Return how many projects each mark of a page stands for."""
    layers = dict(client.get(address).context["layers"])
    return [mark.number for mark in layers[layer]]


@pytest.mark.parametrize("name", HELD)
def test_the_map_holds_europe(name: str) -> None:
    assert is_on_map(projected(*HELD[name]))


def test_places_stand_where_they_should() -> None:
    assert projected(10.0, 52.0) == pytest.approx((446.2, 546.2), abs=0.1), "the middle of the projection"
    (x, y), (east, _), (_, north) = projected(4.9, 52.37), projected(13.4, 52.5), projected(5.0, 60.4)
    assert east > x
    assert north < y
    assert not is_on_map(projected(-170.0, -52.0)), "the other side of the Earth"


def test_marks_never_stand_on_each_other() -> None:
    points = [(n, ((n * 37) % 1000 / 1.0, (n * 61) % 900 / 1.0)) for n in range(1, 900)]
    found = clusters(points, 40.0)
    assert sorted(member for cluster in found for member in cluster.members) == list(range(1, 900))
    for cluster in found:
        for other in found:
            assert cluster is other or (cluster.x - other.x) ** 2 + (cluster.y - other.y) ** 2 >= 40.0**2


@pytest.mark.usefixtures("made")
def test_a_cluster_parts_as_far_as_its_places_differ(client: Client) -> None:
    assert numbers(client, "/map/") == [4, 1]
    body = client.get("/map/").content.decode()
    assert 'aria-label="4 projects: a, b, c, near"' in body
    closer = re.search(r'href="(\?x=[^"]+)" aria-label="4 projects', body)
    assert closer
    address = "/map/" + closer[1].replace("&amp;", "&")
    assert numbers(client, address) == [3, 1]
    page = text_of(client, address)
    assert "4 projects in this part of Europe" in page
    assert "City of near" in page
    assert "City of far" not in page
    body = client.get("/map/?x=446&y=600&zoom=32").content.decode()
    assert 'href="#list" aria-label="3 projects: a, b, c"' in body, "one place has no parts"


@pytest.mark.usefixtures("made")
def test_the_list_has_what_the_map_has_not(client: Client) -> None:
    page = text_of(client, "/map/")
    for words in (
        "5 projects on the map",
        "7 projects, by country",
        "Not on the map: 1 outside of it, 1 without coordinates",
        "City of island",
        "no coordinates",
        "Germany 4 0 France 2 0 Finland 1 0 no country 0 1",
    ):
        assert words in page, words


@pytest.mark.usefixtures("made")
def test_the_map_is_filtered(client: Client) -> None:
    assert numbers(client, "/map/?country=FI") == [1]
    assert numbers(client, "/map/?kind=ai_gigafactory") == []
    assert "No project matches" in text_of(client, "/map/?q=nobody")
    assert "No project stands in this part" in text_of(client, "/map/?x=1&y=1&zoom=8")
    assert numbers(client, "/map/?as_of=2024-12-31&stage=any_selected") == []


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    "query",
    ["?x=a&y=b&zoom=c", "?zoom=0&x=1&y=1", "?x=1&y=1&zoom=99999999", "?x=-1&y=1e9&zoom=2", "?x=.&y=.&zoom=."],
)
def test_a_part_that_is_none_shows_a_map(client: Client, query: str) -> None:
    frame = client.get(f"/map/{query}").context["frame"]
    assert frame.width / 2 <= frame.x <= WIDTH - frame.width / 2
    assert frame.height / 2 <= frame.y <= HEIGHT - frame.height / 2


def test_the_outline_is_drawn_light() -> None:
    drawn = Path(settings.BASE_DIR, "var", "map", "europe.svg").read_text()
    assert 'id="land"' in drawn
    assert 'id="borders"' in drawn
    assert 30_000 < len(drawn) < 150_000
    assert f'viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}"' in drawn, "make setup draws it"


@pytest.mark.django_db
def test_an_empty_portfolio_has_a_map(client: Client) -> None:
    call_command("recompute", verbosity=0)
    page = text_of(client, "/map/")
    assert "0 projects on the map" in page
    assert "No project is recorded." in page
