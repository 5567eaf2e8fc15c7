"""Take a picture of every page in three widths and both themes, and say what each page weighs and takes.

Pages are found as a person finds them: by links, from the overview on, one page of each kind. Pictures go to
screenshots/, which git ignores, with index.html beside them. The portfolio, its database and its person are
made for this and go with it. PORTFOLIO, CHROMIUM and PORT choose.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "screenshots"
LOOKS = tuple((width, theme) for width in (1440, 1024, 390) for theme in ("light", "dark"))
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
PASSWORD = "only-for-pictures"
PERSON = f"""
from django.contrib.auth.models import User
User.objects.create_superuser("officer", password="{PASSWORD}")
"""
WEIGHT = """() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
  .reduce((sum, entry) => sum + entry.transferSize, 0)"""
TIMES = """() => { const [page] = performance.getEntriesByType('navigation');
  return [page.responseStart - page.requestStart, page.loadEventEnd - page.startTime]; }"""


class Seen(NamedTuple):
    """A page: its kind, address, kilobytes over the wire, milliseconds to the first byte and until loaded."""

    kind: str
    address: str
    weight: float
    first_byte: float
    loaded: float

    @property
    def file(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.kind)


@contextmanager
def served(portfolio: str, port: int) -> Iterator[str]:
    """Serve a portfolio from a database of its own; yield the address."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "CELERY_BROKER_URL": "",
        }
        command = [sys.executable, "scripts/run_server.py", "--port", str(port), "--portfolio", portfolio]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(url, server)
            manage = [sys.executable, "manage.py", "shell", "--no-imports", "-c", PERSON]
            subprocess.run(manage, cwd=ROOT, env=environment, check=True)
            yield url
        finally:
            server.terminate()
            server.wait(20)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        if server.poll() is not None:
            sys.exit("The server did not start: what it said is above.")
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.5)
    sys.exit("The server did not answer within two minutes.")


def kind_of(address: str) -> str | None:
    """Return the name of the page at an address; None for what is no page of the tracker."""
    from django.urls import Resolver404, resolve

    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return None
    return None if match.namespaces or match.view_name == "logout" else match.view_name


def walk(page, url: str) -> Iterator[Seen]:  # type: ignore[no-untyped-def]
    """Yield each kind of page once, following links; the page is left on it."""
    waiting, known, seen = ["/"], {"/"}, set[str]()
    while waiting:
        address = waiting.pop(0)
        kind = kind_of(address)
        if kind is None or kind in seen:
            continue
        answer = page.request.get(url + address)
        if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
            continue
        seen.add(kind)
        page.goto(url + address, wait_until="networkidle")
        first_byte, loaded = page.evaluate(TIMES)
        yield Seen(kind, address, page.evaluate(WEIGHT) / 1000, first_byte, loaded)
        links = page.eval_on_selector_all("a[href]", "all => all.map(link => link.href)")
        found = [link.removeprefix(url) for link in links if urljoin(link, "/") == f"{url}/"]
        found = [link.partition("#")[0] for link in found]
        waiting += [link for link in dict.fromkeys(found) if link not in known and "/static/" not in link]
        known.update(found)


def take(portfolio: str, port: int) -> list[Seen]:
    """Take the pictures; return what was seen."""
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if executable is None:
        sys.exit("No Chromium found. Debian: apt-get install -y chromium. Elsewhere: CHROMIUM=/path/to/it")
    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    pages: list[Seen] = []
    with served(portfolio, port) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        page = browser.new_page()
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")  # else nothing heeds the next line, and what is kept weighs nothing
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.goto(f"{url}/accounts/login/")
        page.get_by_label("User name").fill("officer")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        for seen in walk(page, url):
            pages.append(seen)
            for width, scheme in LOOKS:
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.wait_for_timeout(150)
                page.screenshot(path=FOLDER / f"{seen.file}-{width}-{scheme}.png", full_page=True)
        browser.close()
    return pages


def index(pages: list[Seen], portfolio: str) -> str:
    """Return a page that shows all pictures."""
    parts = [f"<!doctype html><meta charset=utf-8><title>Pages of the {escape(portfolio)} portfolio</title>"]
    for seen in pages:
        parts.append(f"<h2>{escape(seen.kind)} <small>{escape(seen.address)}</small></h2>")
        for width, scheme in LOOKS:
            name = f"{seen.file}-{width}-{scheme}.png"
            parts.append(f'<a href="{name}"><img src="{name}" alt="{name}" height="420" loading="lazy"></a>')
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--portfolio", default="illustrative", help="a folder of portfolio/")
    parser.add_argument("--port", type=int, default=8099)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "investai.settings")
    import django

    django.setup()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    pages = take(options.portfolio, options.port)
    (FOLDER / "index.html").write_text(index(pages, options.portfolio), encoding="utf-8")
    print(f"{'page':<32}{'kB':>8}{'first byte':>12}{'loaded':>10}  address")
    for seen in pages:
        times = f"{seen.first_byte:>9.0f} ms{seen.loaded:>7.0f} ms"
        print(f"{seen.kind:<32}{seen.weight:>8.0f}{times}  {seen.address}")
    print(f"{len(pages) * len(LOOKS)} pictures of {len(pages)} pages: {FOLDER / 'index.html'}")


if __name__ == "__main__":
    main()
