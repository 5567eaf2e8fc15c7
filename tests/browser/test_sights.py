"""Funding flows, map, timeline and recomputations in Chromium, with real clicks."""

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from portfolio.models import Project, RecomputeRequest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parent.parent.parent
# Where the first entry of the drawing stands: the middle of the first narrow upright box.
ENTRY = """() => {
  const paths = [...document.querySelectorAll('[data-sankey] path')];
  const boxes = paths.map(path => path.getBoundingClientRect());
  const entry = boxes.find(box => box.width < 20 && box.height > 4);
  return [entry.x + entry.width / 2, entry.y + entry.height / 2];
}"""
BOXES = """all => all.map(text => {
  const box = text.getBoundingClientRect();
  return [box.left, box.top, box.right, box.bottom];
})"""
SHIFTS = """
window.shifted = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => window.shifted += entry.value))
  .observe({type: 'layout-shift', buffered: true});
"""


@pytest.fixture
def page(browser: Browser, width: int, script: bool) -> Iterator[Page]:
    """A page that must not have an error in its console at the end."""
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
    shown = context.new_page()
    faults: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(message.text)

    shown.on("console", hear)
    shown.on("pageerror", lambda error: faults.append(str(error)))
    yield shown
    context.close()
    assert faults == []


@pytest.fixture(autouse=True)
def example(transactional_db: None) -> None:
    call_command("load_portfolio", ROOT / "tests" / "data" / "small", verbosity=0)
    call_command("recompute", verbosity=0)


def drawn(page: Page) -> list[str]:
    """Return the texts of a drawing once it is there."""
    expect(page.locator("[data-sankey] svg")).to_be_visible()
    found: list[str] = page.locator("[data-sankey] svg text").evaluate_all(
        "all => all.map(text => text.textContent)"
    )
    return found


@pytest.mark.parametrize("script", [True])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_band_leads_to_its_contributions(live_server: LiveServer, page: Page) -> None:
    page.add_init_script(SHIFTS)
    page.goto(f"{live_server.url}/flows/")
    texts = " ".join(drawn(page))
    assert "EIB Group" in texts
    assert page.evaluate("window.shifted") < 0.01, "room for the drawing is kept"
    page.locator("[data-sankey]").scroll_into_view_if_needed()
    page.mouse.click(*page.evaluate(ENTRY))
    page.wait_for_url(re.compile("/contributions/.*state=secured"))
    assert page.get_by_role("heading", level=1).inner_text() == "Contributions"


@pytest.mark.parametrize("script", [True])
@pytest.mark.parametrize("width", [390])
def test_no_name_in_the_drawing_stands_on_another(live_server: LiveServer, page: Page) -> None:
    Project.objects.update(name="A gigafactory whose name is far longer than the room beside its small box")
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{live_server.url}/flows/?financiers=named")
    drawn(page)
    boxes = page.locator("[data-sankey] svg text").evaluate_all(BOXES)
    assert len(boxes) > 4
    assert [pair for pair in combinations(boxes, 2) if _overlap(*pair)] == []


def _overlap(one: list[float], other: list[float]) -> bool:
    """Whether two boxes share more than the pixel that lines of one text share."""
    return all(
        min(one[end], other[end]) - max(one[start], other[start]) > 1 for start, end in ((0, 2), (1, 3))
    )


@pytest.mark.parametrize("script", [True])
@pytest.mark.parametrize("width", [1440])
def test_the_drawing_follows_the_theme_and_the_width(live_server: LiveServer, page: Page) -> None:
    page.goto(f"{live_server.url}/flows/")
    drawn(page)
    colours = (
        "() => [...document.querySelectorAll('[data-sankey] path')].map(path => path.getAttribute('fill'))"
    )
    light = page.evaluate(colours)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => JSON.stringify(({colours})()) !== JSON.stringify(light)", arg=light)
    wide = page.locator("[data-sankey] svg").bounding_box()
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function(
        "wide => document.querySelector('[data-sankey] svg').getBoundingClientRect().width < wide - 300",
        arg=wide["width"] if wide else 0,
    )


@pytest.mark.parametrize("script", [False])
@pytest.mark.parametrize("width", [1440, 390])
def test_without_javascript_the_tables_have_it_all(live_server: LiveServer, page: Page) -> None:
    page.goto(f"{live_server.url}/flows/")
    expect(page.locator("[data-sankey]")).to_be_hidden()
    page.get_by_role("link", name="Pipeline").click()
    page.get_by_label("Kind of financier").select_option(label="Participating state")
    page.get_by_role("button", name="Show").click()
    assert "state=pipeline" in page.url
    page.locator("table tfoot a").last.click()
    assert "/contributions/" in page.url
    assert "financier_kind=participating_state" in page.url


@pytest.mark.parametrize("script", [True])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_map_is_walked_by_keyboard(live_server: LiveServer, page: Page, width: int) -> None:
    Project.objects.filter(slug="giga-a").update(latitude="50.0", longitude="10.0")
    Project.objects.filter(slug="giga-b").update(latitude="50.3", longitude="10.2")
    page.goto(f"{live_server.url}/map/")
    layer = "fine" if width > 640 else "coarse"
    cluster = page.locator(f".places.{layer} a", has_text=" projects").first
    cluster.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("zoom="))
    marks = page.locator(f".places.{layer} a:visible")
    assert marks.count() > 1
    page.get_by_role("link", name="All of Europe").first.click()
    page.wait_for_url(lambda url: "zoom" not in url)
    page.go_back()
    marks.first.locator(".shape").click()
    page.wait_for_url(re.compile("/projects/giga-"))


@pytest.mark.parametrize("script", [True])
@pytest.mark.parametrize("width", [390])
def test_the_timeline_looks_ahead(live_server: LiveServer, page: Page) -> None:
    page.goto(f"{live_server.url}/timeline/")
    page.get_by_label("Looking ahead to").fill("2035-12-31")
    page.get_by_label("Milestones", exact=True).select_option(label="With a late one")
    page.get_by_role("button", name="Show").click()
    assert "until=2035-12-31" in page.url
    assert page.get_by_role("heading", name="due by 31 December 2035").is_visible()
    page.get_by_text("Stages and milestones of").click()
    assert page.locator("table .tag.critical").first.is_visible()


@pytest.mark.parametrize("script", [True])
@pytest.mark.parametrize("width", [1440])
def test_progress_is_seen_as_it_happens(live_server: LiveServer, page: Page) -> None:
    RecomputeRequest.objects.create(project=Project.objects.get(slug="giga-a"), reason="an edit")
    page.goto(f"{live_server.url}/projects/")
    page.get_by_role("link", name="1 change pending").click()
    assert page.get_by_text("an edit").is_visible()
    call_command("recompute", verbosity=0)
    expect(page.get_by_text("up to date")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("status")).to_have_text("Waiting: 0")
    expect(page.locator("#runs tbody tr").first).to_contain_text("Command")
