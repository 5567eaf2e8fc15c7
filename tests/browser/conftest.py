from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page


@pytest.fixture
def width() -> int:
    return 1440


@pytest.fixture
def page(browser: Browser, width: int) -> Iterator[Page]:
    """A page of a browser of its own, as wide as the test's parameter `width` says."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    yield context.new_page()
    context.close()
