"""Charts taken elsewhere, and what the accessibility statement claims, in Chromium."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.browser.looks import DRAWN, SIDEWAYS, faults_of_pages
from tests.bundles import SMALL

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EMBEDS = ["project-funding/giga-a/", "envelopes/", "chips/", "map/", "timeline/", "flows/"]
ZOOMED = [
    "/",
    "/projects/",
    "/projects/giga-a/",
    "/envelopes/",
    "/flows/",
    "/chips/",
    "/map/",
    "/timeline/",
    "/alerts/",
    "/data/",
]
MOVING = """[...document.querySelectorAll('*')].filter(element => {
  const style = getComputedStyle(element);
  return parseFloat(style.transitionDuration) > 0.01
    || (style.animationName !== 'none' && parseFloat(style.animationDuration) > 0.01);
}).map(element => element.outerHTML.slice(0, 80))"""
PNG = b"\x89PNG\r\n"


@pytest.fixture(autouse=True)
def example(transactional_db: None) -> None:
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)


@contextmanager
def paper(content: str) -> Iterator[str]:
    """Serve a page at an origin of its own; yield the origin."""

    class Paper(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("localhost", 0), Paper) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def taken(page: Page, name: str) -> bytes:
    """Return the file that the first chart of a page offers under a name."""
    share = page.locator("details.share").first
    if share.get_attribute("open") is None:
        share.locator("summary").click()
    with page.expect_download() as downloading:
        share.get_by_text(name, exact=True).click()
    return Path(downloading.value.path()).read_bytes()


def test_charts_are_taken_and_embedded(live_server: LiveServer, page: Page, settings: Settings) -> None:
    addresses = ["/accessibility/", *(f"/embed/{chart}" for chart in EMBEDS)]
    assert faults_of_pages(page, live_server.url, dict.fromkeys(addresses, 200)) == []
    page.goto(f"{live_server.url}/flows/")
    expect(page.locator("[data-sankey] svg")).to_be_visible()
    drawing = ElementTree.fromstring(taken(page, "SVG"))
    words = "".join(drawing.itertext())
    assert "EIB Group" in words
    assert f"Source: InvestAI portfolio tracker, {live_server.url}/flows/" in words
    assert taken(page, "PNG").startswith(PNG)
    page.goto(f"{live_server.url}/chips/")
    assert b"Gigafactory Example A" in taken(page, "SVG")
    assert taken(page, "PNG").startswith(PNG)
    code = page.locator("details.share textarea").input_value()
    heading = page.frame_locator("iframe").get_by_role("heading", level=1)
    with paper(code) as address:
        page.goto(address)
        expect(heading).to_have_count(0)
        settings.EMBED_ANCESTORS = [address]
        page.goto(address)
        expect(heading).to_have_text("Chips, against the claim")


def test_zoom_motion_and_the_first_stop(live_server: LiveServer, browser: Browser) -> None:
    """At 200 % and 400 % nothing scrolls sideways; nothing moves; the first stop leads to the content."""
    context = browser.new_context(viewport={"width": 720, "height": 450}, reduced_motion="reduce")
    page, faults = context.new_page(), []
    for address in ZOOMED:
        page.goto(live_server.url + address)
        for width in (720, 320):
            page.set_viewport_size({"width": width, "height": 450})
            page.evaluate(DRAWN)
            if page.evaluate(SIDEWAYS):
                faults.append(f"{address} scrolls sideways at {width}")
        faults += [f"{address}: {moving} moves" for moving in page.evaluate(MOVING)]
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        if page.evaluate("document.activeElement.id") != "content":
            faults.append(f"{address}: the first stop does not lead to the content")
    context.close()
    assert faults == []
