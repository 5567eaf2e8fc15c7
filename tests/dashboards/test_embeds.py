"""Charts on other sites: small pages without a menu, framed by whom the settings name, and pictures."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.dashboards.pages import text_of
from tests.loaded import load_small

pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"
CHARTS = [
    "overview",
    "project-funding/giga-a",
    "project-coverage/giga-a",
    "envelope/techeu-mobilisation",
    "envelopes",
    "chips",
    "map",
    "timeline",
]


@pytest.fixture(autouse=True)
def example(db: None) -> None:
    load_small(month_ends=True)


def policy(response: Any) -> str:
    parts = [part.strip() for part in response["Content-Security-Policy"].split(";")]
    return next(part for part in parts if part.startswith("frame-ancestors"))


def test_a_chart_stands_alone_with_its_day_and_source(client: Client) -> None:
    for chart in (*CHARTS, "flows"):
        shown = client.get(f"/embed/{chart}/?as_of=2026-06-30").content.decode()
        assert "As of 30 June 2026" in shown, chart
        assert "<nav" not in shown, chart
        assert "<form" not in shown, chart
        assert "Source: <a href=" in shown, chart
        assert "?as_of=2026-06-30" in shown, chart


def test_a_picture_needs_nothing_else_and_is_told_in_words(client: Client) -> None:
    for chart in CHARTS:
        response = client.get(f"/embed/{chart}/chart.svg?as_of=2026-06-30")
        assert response["Content-Type"] == "image/svg+xml", chart
        root = ElementTree.fromstring(response.content)
        assert "30 June 2026" in str(root.findtext(f"{SVG}title")), chart
        assert len(str(root.findtext(f"{SVG}desc"))) > 30, chart
        written = response.content.decode()
        assert not any(word in written for word in ("var(", "<style", "class=", "href=", "<script")), chart
        assert "Source: InvestAI portfolio tracker" in written, chart


def test_a_picture_says_what_the_page_says(client: Client) -> None:
    """The words of the picture of envelopes hold the amounts that the embedded page shows."""
    root = ElementTree.fromstring(client.get("/embed/envelopes/chart.svg").content)
    told, shown = str(root.findtext(f"{SVG}desc")), text_of(client, "/embed/envelopes/")
    for row, _ in client.get("/embed/envelopes/").context["rows"]:
        assert row.envelope.name in told
    figures = re.findall(r"€[0-9.,]+[a-z]*", told)
    assert len(figures) > 3
    assert set(figures) <= set(re.findall(r"€[0-9.,]+[a-z]*", shown))


def test_only_charts_are_framed_and_by_this_site_alone(client: Client, settings: Settings) -> None:
    framed = client.get("/embed/overview/")
    assert policy(framed) == "frame-ancestors 'self'"
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    settings.EMBED_ANCESTORS = ["https://example.org"]
    shared = client.get("/embed/overview/")
    assert policy(shared) == "frame-ancestors 'self' https://example.org"
    assert "X-Frame-Options" not in shared
    assert "default-src 'none'" in shared["Content-Security-Policy"]
    for address in ("/", "/flows/", "/embed/project-funding/nope/", "/embed/nope/"):
        other = client.get(address)
        assert policy(other) == "frame-ancestors 'none'", address
        assert other["X-Frame-Options"] == "DENY"


def test_a_day_that_is_refused_is_told_without_a_menu(client: Client) -> None:
    response = client.get("/embed/map/?as_of=2999-01-01")
    assert response.status_code == 400
    assert b"2999-01-01 is after today" in response.content
    assert b"<nav" not in response.content


@pytest.mark.parametrize(
    ("address", "shared"),
    [
        ("/?as_of=2026-06-30", "/embed/overview/?as_of=2026-06-30"),
        ("/projects/giga-a/?as_of=2026-06-30", "/embed/project-coverage/giga-a/?as_of=2026-06-30"),
        ("/envelopes/techeu-mobilisation/", "/embed/envelope/techeu-mobilisation/"),
        ("/chips/", "/embed/chips/"),
        ("/map/?country=DE", "/embed/map/?country=DE"),
        ("/timeline/?group=country", "/embed/timeline/?group=country"),
        ("/flows/?state=pipeline", "/embed/flows/?state=pipeline"),
    ],
)
def test_a_page_offers_its_chart_as_it_is_shown(client: Client, address: str, shared: str) -> None:
    written = client.get(address).content.decode()
    assert f"&lt;iframe src=&quot;http://testserver{shared}&quot;" in written
    assert client.get(shared).status_code == 200


def test_the_timeline_names_the_years(client: Client) -> None:
    assert "2026" in client.get("/embed/timeline/chart.svg").content.decode().split("</desc>")[1]
