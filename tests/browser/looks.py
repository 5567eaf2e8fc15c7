"""What a page must be in every look, wide and narrow, light and dark: clean to axe, and not too wide."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request, Response

LOOKS = ((1440, "light"), (390, "dark"), (390, "light"), (1440, "dark"))
BOTH = LOOKS[:2]  # each width and each theme once: what the others add is in the frame that pages share
AXE = Axe()
VIOLATIONS = "axe.run({resultTypes: ['violations']}).then(found => found.violations)"
# Two thirds of the time go to colours, which are those of the same page in English.
VIOLATIONS_OF_WORDS = VIOLATIONS.replace("({", "({rules: {'color-contrast': {enabled: false}}, ")
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# Two frames: the styles of the look are applied, and what follows them has been drawn.
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def faults_of(page: Page, looks: Sequence[tuple[int, str]] = BOTH, violations: str = VIOLATIONS) -> list[str]:
    """Return what is wrong with the page that is shown, in some looks, unfolded; it is left as it was."""
    faults, size = [], page.viewport_size
    page.evaluate(AXE.axe_script)
    folded = page.evaluate_handle("[...document.querySelectorAll('main details:not([open])')]")
    folded.evaluate("all => all.forEach(each => each.open = true)")
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate(DRAWN)
        look = f"{page.url} at {width}, {scheme}"
        faults += [
            f"{look}: {found['id']}: {found['nodes'][0]['html']}" for found in page.evaluate(violations)
        ]
        if page.evaluate(SIDEWAYS):
            faults.append(f"{look} scrolls sideways")
    if size:
        page.set_viewport_size(size)
    page.emulate_media(color_scheme="null")
    folded.evaluate("all => all.forEach(each => each.open = false)")
    return faults


def faults_of_pages(
    page: Page, url: str, addresses: dict[str, int], violations: str = VIOLATIONS
) -> list[str]:
    """Return what is wrong with pages: a wrong status, errors, other hosts, and whatever a look has.

    The first page is looked at in all looks, the others in both widths and both themes; all of them in both
    where not all violations are looked for.
    """
    faults: list[str] = []
    host = urlsplit(url).netloc

    def hear(message: ConsoleMessage) -> None:
        # Chromium reports the answer to a page that is meant to be missing or refused as an error of its own.
        meant = ("404 (Not Found)", "400 (Bad Request)")
        if message.type == "error" and not message.text.rstrip(".").endswith(meant):
            faults.append(f"{page.url}: {message.text}")

    def see(request: Request) -> None:
        if urlsplit(request.url).netloc not in ("", host):
            faults.append(f"{page.url} asks {request.url}")

    def answer(response: Response) -> None:
        if response.status >= 400 and response.url != url + address:
            faults.append(f"{page.url} asks {response.url}: {response.status}")

    page.on("console", hear)
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on("request", see)
    page.on("response", answer)
    for address, status in addresses.items():
        response = page.goto(url + address)
        assert response is not None
        if response.status != status:
            faults.append(f"{address}: {response.status}")
        in_all = violations == VIOLATIONS and address == next(iter(addresses))
        faults += faults_of(page, LOOKS if in_all else BOTH, violations)
    return faults


def sign_in(page: Page, url: str, username: str, following: str) -> None:
    """Sign in by the form as somebody whose password is “a-long-password”, and go on to a page."""
    page.goto(f"{url}/accounts/login/?next={following}")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill("a-long-password")
    page.get_by_role("button", name="Sign in").click()
