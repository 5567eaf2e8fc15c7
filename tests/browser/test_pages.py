"""Every page in Chromium, in every look: no error, no other host, no axe violation, no sideways scroll."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from portfolio.jobs.facts import save_fact
from portfolio.models import ContributionEvent
from tests.browser.looks import VIOLATIONS_OF_WORDS, faults_of_pages, sign_in
from tests.publishing import forget_publications

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parent.parent.parent
PAGES = [
    "/",
    "/projects/",
    "/projects/it4lia/",
    "/projects/iberian/",
    "/envelopes/investai-gigafactories/",
    "/chips/",
    "/map/",
    "/published-figures/",
    "/alerts/?state=resolved",
    "/publications/",
    "/scenarios/",
    "/data/",
    "/data/dictionary/",
    "/data/dictionary/portfolio-summary/",
    "/data/tools/pandas/",
    "/data/tools/excel/",
    "/accounts/login/",
    "/?as_of=2026-03-31",
    "/projects/?q=nothing-is-called-so",
]
ILLUSTRATIVE_PAGES = [
    "/",
    "/projects/",
    "/projects/tramuntana/",
    "/projects/wisla-zulawy/",
    "/envelopes/",
    "/envelopes/investai-mobilisation/",
    "/envelopes/investai-second-round/",
    "/flows/?state=pipeline&financiers=named",
    "/contributions/?state=secured&guarantee=false",
    "/map/",
    "/timeline/?group=country",
    "/recomputations/",
    "/published-figures/",
    "/alerts/",
    "/changes/?from=2026-06-30&to=2026-09-30",
    "/changes/portfolio_summary/coverage_selected/value/?from=2026-06-30&to=2026-09-30",
    "/memorandum/",
]
EXAMPLE_PAGES = [
    "/",
    "/projects/giga-a/",
    "/projects/factory-3/",
    "/envelopes/techeu-mobilisation/",
    "/contributions/?project=giga-a",
    "/map/?x=446&y=600&zoom=4",
    "/chips/",
    "/changes/?from=2025-12-31&to=2026-11-25&show=corrections",
    "/changes/portfolio_summary/coverage_selected/value/?from=2025-12-31&to=2026-11-25",
    "/explain/portfolio_summary/coverage_selected/value/",
    "/explain/project_coverage/giga-b/incomplete/",
    "/explain/envelope_utilisation/techeu-mobilisation/on_track/",
    "/explain/chip_comparison/giga-b/h100_equivalents/",
]


@pytest.fixture
def published(transactional_db: None) -> Iterator[None]:
    """The worked example as published, and one fact corrected since."""
    call_command("load_portfolio", ROOT / "tests" / "data" / "small", verbosity=0)
    call_command("publish_results", "Board", "--as-of", "2026-06-30", verbosity=0)
    event = ContributionEvent.objects.get(contribution__reference="C-001", kind="signed")
    event.amount = Decimal("1.23")
    save_fact(event, "admin")
    yield
    forget_publications()


def test_pages_are_clean(live_server: LiveServer, page: Page) -> None:
    call_command("load_portfolio", ROOT / "portfolio" / "reference", verbosity=0)
    call_command("recompute", verbosity=0)
    refused = {"/nope/": 404, "/?as_of=2999-01-01": 400, "/explain/portfolio_summary/nope/value/": 404}
    assert faults_of_pages(page, live_server.url, {**dict.fromkeys(PAGES, 200), **refused}) == []


def test_the_illustrative_portfolio_is_clean(live_server: LiveServer, page: Page) -> None:
    """Long names, many currencies, alerts of every severity, chips of every bound, what changed and why."""
    call_command("load_portfolio", ROOT / "portfolio" / "illustrative", verbosity=0)
    call_command("recompute", verbosity=0)
    assert faults_of_pages(page, live_server.url, dict.fromkeys(ILLUSTRATIVE_PAGES, 200)) == []


def test_the_worked_example_is_clean(live_server: LiveServer, page: Page) -> None:
    """Places taken, an over-allocated envelope, lower bounds, lateness: what the reference does not have."""
    call_command("load_portfolio", ROOT / "tests" / "data" / "small", verbosity=0)
    call_command("recompute", verbosity=0)
    assert faults_of_pages(page, live_server.url, dict.fromkeys(EXAMPLE_PAGES, 200)) == []


def test_nothing_to_show_is_clean(live_server: LiveServer, page: Page) -> None:
    assert faults_of_pages(page, live_server.url, {"/": 200, "/projects/": 200}) == []
    call_command("recompute", verbosity=0)
    addresses = ["/?language=de", "/published-figures/", "/map/"]
    assert faults_of_pages(page, live_server.url, dict.fromkeys(addresses, 200)) == []


def test_other_languages_are_clean(live_server: LiveServer, page: Page) -> None:
    """Longer words than those of English, and other marks in numbers; each language on a few of the pages."""
    call_command("load_portfolio", ROOT / "tests" / "data" / "small", verbosity=0)
    call_command("recompute", verbosity=0)
    addresses = [
        "/projects/giga-a/?language=de",
        "/envelopes/",
        "/contributions/",
        "/?language=fr",
        "/timeline/",
        "/changes/?language=vi",
        "/alerts/",
    ]
    assert faults_of_pages(page, live_server.url, dict.fromkeys(addresses, 200), VIOLATIONS_OF_WORDS) == []
    assert page.evaluate("document.documentElement.lang") == "vi"


def test_a_signed_in_page_is_clean(live_server: LiveServer, page: Page) -> None:
    call_command("load_portfolio", ROOT / "tests" / "data" / "small", verbosity=0)
    call_command("recompute", verbosity=0)
    User.objects.create_superuser("someone-with-a-long-name", password="a-long-password")
    sign_in(page, live_server.url, "someone-with-a-long-name", "/projects/giga-a/")
    page.get_by_text("someone-with-a-long-name").click()
    assert page.get_by_role("link", name="Edit records").is_visible()
    addresses = [
        "/",
        "/projects/giga-a/",
        "/envelopes/techeu-mobilisation/",
        "/alerts/",
        "/publications/",
        "/operations/",
    ]
    assert faults_of_pages(page, live_server.url, dict.fromkeys(addresses, 200)) == []


def test_publications_are_clean(live_server: LiveServer, page: Page, published: None) -> None:
    frozen = [f"{address}?published=board" for address in ("/", "/projects/", "/projects/giga-a/", "/chips/")]
    addresses = ["/publications/", "/publications/board/", "/envelopes/?as_of=2026-06-30", *frozen]
    assert faults_of_pages(page, live_server.url, dict.fromkeys(addresses, 200)) == []
    page.goto(f"{live_server.url}/publications/board/")
    page.get_by_role("link", name="1", exact=True).first.click()
    assert page.url.endswith("#fact-1")


@pytest.mark.parametrize("width", [1440, 390])
def test_bars_of_chips_have_one_scale(live_server: LiveServer, page: Page) -> None:
    call_command("load_portfolio", ROOT / "portfolio" / "reference", verbosity=0)
    call_command("recompute", verbosity=0)
    page.goto(live_server.url)
    boxes = [bar.bounding_box() for bar in page.locator(".rows .bar").all()]
    assert len(boxes) > 10
    assert len({round(box["width"]) for box in boxes if box}) == 1


def test_filters_stand_side_by_side_on_a_wide_screen(live_server: LiveServer, page: Page) -> None:
    call_command("load_portfolio", ROOT / "tests" / "data" / "small", verbosity=0)
    call_command("recompute", verbosity=0)
    page.goto(f"{live_server.url}/projects/")
    groups = [page.get_by_role("group", name=name) for name in ("Kind", "Funding", "Attention")]
    boxes = [group.bounding_box() for group in groups]
    assert len({box["y"] for box in boxes if box}) == 1


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


@pytest.mark.parametrize("width", [1440, 390])
def test_the_day_is_chosen_in_the_header(live_server: LiveServer, page: Page, width: int) -> None:
    call_command("load_portfolio", ROOT / "tests" / "data" / "small", verbosity=0)
    call_command("recompute", verbosity=0)
    page.goto(f"{live_server.url}/projects/giga-a/")
    page.locator(".as-of summary").click()
    choice = page.locator(".as-of-choice").bounding_box()
    assert choice is not None
    assert choice["x"] >= 0
    assert choice["x"] + choice["width"] <= width
    page.get_by_label("Show the records as of").fill("2026-05-31")
    page.get_by_role("button", name="Show").click()
    assert page.url.endswith("/projects/giga-a/?as_of=2026-05-31")
    assert page.get_by_text("You see the records as of 31 May 2026").is_visible()
    page.get_by_role("link", name="Back to today").click()
    assert "as_of" not in page.url
