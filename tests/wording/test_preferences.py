"""The language and the theme of a page: by address, cookie and browser; machines are answered in English."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client

from investai.wording import book

GERMAN = {"Projects": "Projekte", "Skip to content": "Zum Inhalt"}


@pytest.fixture(autouse=True)
def german(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made = book.made_book("de", GERMAN)
    monkeypatch.setattr(book, "book_of", lambda code: made if code == "de" else None)
    book._said.cache_clear()
    yield
    book._said.cache_clear()


def test_the_browser_says_the_language(client: Client, small: None) -> None:
    page = client.get("/", headers={"accept-language": "de-AT,de;q=0.9,en;q=0.5"})
    assert page["Content-Language"] == "de"
    assert b'<html lang="de">' in page.content
    assert b"Zum Inhalt" in page.content
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in page["Vary"].split(",")}
    assert client.get("/", headers={"accept-language": "xx"})["Content-Language"] == "en"


def test_a_choice_is_kept_and_leads_back_to_the_same_page(client: Client, small: None) -> None:
    led = client.get("/projects/?q=a+b&language=de&theme=dark")
    assert (led.status_code, led["Location"]) == (302, "/projects/?q=a+b")
    assert "no-store" in led["Cache-Control"]
    page = client.get("/projects/?q=a+b", headers={"accept-language": "en"})
    assert b'<html lang="de">' in page.content
    assert b'<meta name="color-scheme" content="dark">' in page.content
    light = client.get("/projects/?theme=light", follow=True)
    assert b"tokens_dark" not in light.content


def test_a_choice_leads_to_no_other_site(client: Client) -> None:
    led = client.get("/?language=de", PATH_INFO="//example.org/")
    assert led["Location"] == "/%2Fexample.org/"


def test_what_is_not_offered_changes_nothing(client: Client, small: None) -> None:
    page = client.get("/?language=tlh&theme=pink")
    assert page.status_code == 200
    assert not page.cookies
    client.cookies["theme"] = "'><script>"
    client.cookies["language"] = "../../etc"
    assert b'content="light dark"' in client.get("/").content


def test_an_unchanged_page_is_another_one_in_another_language_and_theme(client: Client, small: None) -> None:
    tag = client.get("/")["ETag"]
    assert client.get("/", headers={"if-none-match": tag}).status_code == 304
    german = client.get("/", headers={"if-none-match": tag, "accept-language": "de"})
    assert german.status_code == 200
    client.cookies["theme"] = "dark"
    assert client.get("/", headers={"if-none-match": tag}).status_code == 200


def test_a_frame_takes_the_choice_of_its_address_and_keeps_none(client: Client, small: None) -> None:
    page = client.get("/embed/envelopes/?language=de&theme=dark")
    assert b'<html lang="de">' in page.content
    assert b'content="dark"' in page.content
    assert not page.cookies


def test_a_picture_is_another_one_in_another_language(client: Client, small: None) -> None:
    address = "/embed/envelopes/chart.svg"
    english = client.get(address, headers={"accept-language": "en"})
    assert b' lang="en"' in english.content
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in english["Vary"].split(",")}
    for query, language in (("?language=de", "en"), ("", "de")):
        asked = {"if-none-match": english["ETag"], "accept-language": language}
        german = client.get(address + query, headers=asked)
        assert (german.status_code, german["Content-Language"]) == (200, "de")
        assert b' lang="de"' in german.content
        assert german["ETag"] != english["ETag"]
        assert not german.cookies


def test_a_map_in_a_frame_stays_in_its_language(client: Client, small: None) -> None:
    page = client.get("/embed/map/?x=400&y=400&zoom=4&language=de").content.decode()
    assert '<a target="_self" href="?language=de">' in page


def test_drawings_keep_the_numbers_that_browsers_read(client: Client, small: None) -> None:
    """A comma in the place of a shape would leave it out."""
    for address in ("/timeline/", "/chips/", "/embed/timeline/"):
        page = client.get(address, headers={"accept-language": "de"}).content.decode()
        assert re.search(r' (?:x|width)="\d+\.\d+', page), address
        assert not re.search(r' (?:x|x1|x2|y|width)="\d+,\d', page), address


def test_a_theme_is_chosen_where_records_are_kept_and_the_page_stays_in_english(
    client: Client, small: None
) -> None:
    client.force_login(User.objects.create_superuser("editor"))
    assert client.get("/imports/?theme=dark&language=de")["Location"] == "/imports/"
    page = client.get("/imports/")
    assert b'content="dark"' in page.content
    assert b'<html lang="en">' in page.content
    assert b'<html lang="de">' in client.get("/").content


def test_machines_are_answered_in_english(client: Client, small: None) -> None:
    client.cookies["language"] = "de"
    for query in ("format=csv", "nope=1", "language=de"):
        address = f"/api/v1/projects/?{query}"
        assert _content(client.get(address)) == _content(Client().get(address))


def _content(response: object) -> bytes:
    if getattr(response, "streaming", False):
        return b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return response.content  # type: ignore[attr-defined]
