"""Every page in Chromium: no console error, no other host, no axe violation, no sideways scroll."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parent.parent.parent
PAGES = [
    "/",
    "/projects/",
    "/projects/it4lia/",
    "/projects/iberian/",
    "/envelopes/",
    "/envelopes/investai-gigafactories/",
    "/chips/",
    "/published-figures/",
    "/memorandum/",
    "/data/",
    "/accounts/login/",
]


@pytest.fixture
def page(browser: Browser, width: int, scheme: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_are_clean(live_server: LiveServer, page: Page) -> None:
    call_command("load_portfolio", ROOT / "portfolio" / "reference", verbosity=0)
    call_command("recompute", verbosity=0)
    faults: list[str] = []
    host = urlsplit(live_server.url).netloc
    page.on(
        "console",
        lambda message: faults.append(f"{page.url}: {message.text}") if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on(
        "request",
        lambda request: (
            faults.append(f"{page.url} asks {request.url}")
            if urlsplit(request.url).netloc not in ("", host)
            else None
        ),
    )
    for address in PAGES:
        response = page.goto(live_server.url + address)
        assert response is not None
        assert response.status == 200, address
        results = Axe().run(page)
        faults.extend(
            f"{address}: {fault['id']}: {fault['nodes'][0]['html']}"
            for fault in results.response["violations"]
        )
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            faults.append(f"{address} scrolls sideways")
    assert faults == []


@pytest.mark.parametrize("scheme", ["light"])
@pytest.mark.parametrize("width", [390])
def test_a_phone_has_a_menu_and_a_keyboard_skips_to_the_content(live_server: LiveServer, page: Page) -> None:
    call_command("load_portfolio", ROOT / "portfolio" / "reference", verbosity=0)
    call_command("recompute", verbosity=0)
    page.goto(live_server.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Projects").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Projects"
    page.get_by_label("Name, place or host").fill("iberian")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Iberian joint bid").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Iberian joint bid"
    page.locator("summary", has_text="event").first.click()
    assert page.get_by_text("Approved, 16 June 2026").is_visible()
