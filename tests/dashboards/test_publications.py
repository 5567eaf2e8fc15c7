"""Pages of publications: publishing by role, frozen figures on every page, and what is restated and why."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.jobs.facts import save_fact
from portfolio.models import ContributionEvent, Publication
from portfolio.rules.dates import today
from tests.bundles import load, saved
from tests.dashboards.pages import text_of
from tests.making import Made
from tests.publishing import thawed

pytestmark = pytest.mark.usefixtures("small")

DAY = "2026-06-30"
PAGES = [
    "/",
    "/projects/",
    "/projects/giga-a/",
    "/envelopes/",
    "/envelopes/investai-gigafactories/",
    "/chips/",
]


@pytest.fixture
def board(small: None) -> Publication:
    call_command("publish_results", "Board paper", "--as-of", DAY, note="For the board", verbosity=0)
    return Publication.objects.get()


def person(role: str, name: str = "anna") -> Client:
    user = User.objects.create_user(name, first_name="Anna", last_name="Berg")
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def correct(amount: str = "1.23") -> None:
    event = ContributionEvent.objects.get(contribution__reference="C-001", kind="signed")
    event.amount = Decimal(amount)
    event._history_user = User.objects.create_user("bea")  # type: ignore[attr-defined]
    save_fact(event, "admin")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("Viewer", False), ("Analyst", False), ("Officer", True), ("Editor", True), ("Administrator", True)],
)
def test_who_may_publish(role: str, allowed: bool) -> None:
    client = person(role)
    assert ("Publish results" in text_of(client, "/publications/")) == allowed
    given = {"name": "Board paper, June", "as_of": DAY, "note": "N"}
    response = client.post("/publications/", given)
    assert response.status_code == (302 if allowed else 403)
    assert Publication.objects.count() == allowed
    if allowed:
        assert response["Location"] == "/publications/board-paper-june/"
        assert "by Anna Berg (anna)" in text_of(client, "/publications/board-paper-june/")


def test_who_is_not_signed_in_is_sent_to_sign_in(client: Client) -> None:
    assert "Sign in as an Officer, Editor or Administrator to publish." in text_of(client, "/publications/")
    assert client.post("/publications/", {"name": "X"})["Location"] == "/accounts/login/?next=/publications/"


@pytest.mark.parametrize(
    ("name", "as_of", "said"),
    [
        ("", DAY, "A publication needs a name"),
        ("Board paper", DAY, "is taken by “Board paper”"),
        ("Other", "2999-01-01", "is after today"),
        ("Other", "soon", "“soon” is not a date"),
    ],
)
@pytest.mark.usefixtures("board")
def test_what_is_refused_is_said_and_stays_in_the_form(name: str, as_of: str, said: str) -> None:
    response = person("Officer").post("/publications/", {"name": name, "as_of": as_of, "note": "My words"})
    body = response.content.decode()
    assert response.status_code == 400
    assert said in body
    assert "My words" in body
    assert Publication.objects.count() == 1


def test_without_publications_the_page_says_so(client: Client) -> None:
    assert "Nothing has been published yet." in text_of(client, "/publications/")


def test_a_publication_shows_what_was_frozen(client: Client, board: Publication) -> None:
    page = text_of(client, "/publications/board-paper/")
    for words in (
        "The results as of 30 June 2026 , published on",
        "by a command",
        "For the board",
        board.checksum,
        "Nothing is restated",
        "Coverage of selected projects at least 49.2 %",
        "Need €9,386,019,639.89",
        "Secured at least €3,027,743,603.10",
    ):
        assert words in page, words
    assert "Board paper For the board 30 June 2026" in text_of(client, "/publications/")


@pytest.mark.usefixtures("board")
def test_a_restated_figure_stands_beside_the_published_one_with_its_fact(client: Client) -> None:
    correct()
    page = text_of(client, "/publications/board-paper/")
    assert "Restated since: " in page
    assert "C-001 signed , 1 June 2026 changed contribution event of Gigafactory Example A amount " in page
    assert "→ 1.23 bea, in the administration," in page
    assert "€498,765,432.10 €1.23 −€498,765,430.87" in page
    assert "No fact recorded since bears on it" not in page


@pytest.mark.usefixtures("board")
def test_every_page_of_the_date_says_that_it_is_restated(client: Client) -> None:
    for address in [*PAGES, "/memorandum/", "/data/"]:
        page = text_of(client, f"{address}?as_of={DAY}")
        assert "These figures were published as Board paper on" in page, address
        assert "; nothing in them has changed since." in page
        assert ("Show as published" in page) == (address in PAGES)
        assert "were published as" not in text_of(client, address)
    correct()
    page = text_of(client, f"/projects/?as_of={DAY}")
    number = page.split("shown as restated with ")[1].split(" ")[0]
    restated = client.get("/api/v1/publications/board-paper/restated/?format=csv").getvalue().decode()
    assert len({tuple(line.split(",")[:3]) for line in restated.splitlines()[1:]}) == int(number)


def figures(client: Client, address: str) -> list[str]:
    """Return what stands in the figures of a page as published: the text of each on hover."""
    body = client.get(address).content.decode()
    return re.findall(r'<(?:td|dd) class="[^"]*" title="([^"]*)"', body)


@pytest.mark.usefixtures("board")
@pytest.mark.parametrize("address", PAGES)
def test_every_page_can_be_shown_as_published(client: Client, address: str, tmp_path: Path) -> None:
    address = f"{address}?published=board-paper"
    assert "as published as Board paper on" in text_of(client, address)
    before = figures(client, address)
    assert len(before) > 10
    correct()
    assert figures(client, f"{address}&as_of={DAY}") == before
    load(saved(Made().project("other").rows, tmp_path / "other"), replace=True)
    assert figures(client, address) == before
    body = client.get(address).content.decode()
    assert 'href="/chips/?published=board-paper"' in body


@pytest.mark.usefixtures("board")
def test_a_frozen_project_shows_its_figures_after_it_is_gone(client: Client, tmp_path: Path) -> None:
    load(saved(Made().project("other").rows, tmp_path / "other"), replace=True)
    page = text_of(client, "/projects/giga-a/?published=board-paper")
    assert "Signed €" in page
    assert "no longer recorded" in text_of(client, "/projects/?published=board-paper")
    page = text_of(client, "/publications/board-paper/")
    assert "whole row published gone" in page
    assert "giga-a deleted project" in page


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/projects/?published=nope", 404, "There is no publication “nope”."),
        (
            "/projects/?published=board-paper&as_of=2026-03-31",
            400,
            "was published as of 2026-06-30, not 2026",
        ),
        ("/projects/?published=board-paper&as_of=soon", 400, "“soon” is not a date"),
        ("/projects/?published=board-paper&published=x", 400, "published is given 2 times"),
        ("/projects/nope/?published=board-paper", 404, "“nope” is not in “Board paper”."),
        ("/memorandum/?published=board-paper", 400, "This page shows nothing that is frozen"),
        ("/publications/nope/", 404, "There is no such page"),
    ],
)
@pytest.mark.usefixtures("board")
def test_what_cannot_be_shown_as_published_is_said(
    client: Client, address: str, status: int, said: str
) -> None:
    assert said in text_of(client, address, status=status)


@pytest.mark.usefixtures("board")
def test_tampering_is_said_on_every_page_and_no_figure_is_shown(client: Client) -> None:
    with thawed(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE portfolio_publishedtable SET csv = REPLACE(csv, '105000', '999999')"
            " WHERE name = 'chip_comparison'"
        )
    for address in ("/publications/board-paper/", "/chips/?published=board-paper", "/?published=board-paper"):
        page = text_of(client, address)
        assert "This is not what was published. The text of chip_comparison is not the one" in page
        assert "999,999" not in page
        assert "CSV as published" not in page


def test_today_s_publication_needs_no_day_in_the_address(client: Client) -> None:
    call_command("publish_results", "Now", verbosity=0)
    assert Publication.objects.get().as_of == today()
    assert "These figures were published as Now on" in text_of(client, "/")
    body = client.get("/?published=now").content.decode()
    assert 'href="/projects/?published=now"' in body


def test_the_number_of_reads_does_not_grow(client: Client, tmp_path: Path) -> None:
    counts = []
    for copies in (2, 30):
        made = Made()
        for number in range(copies):
            made.project(f"p{number}", need="10", stages=[("selected", "2025-01-01")])
            made.contribution(f"c{number}", ("signed", "2025-02-01", "4"), project=f"p{number}")
        load(saved(made.rows, tmp_path / str(copies)), replace=True)
        call_command("publish_results", f"N {copies}", "--as-of", DAY, verbosity=0)
        for event in ContributionEvent.objects.all():
            event.amount = Decimal(5)
            save_fact(event, "admin")
        address = f"/publications/n-{copies}/"
        text_of(client, address)
        with CaptureQueriesContext(connection) as captured:
            text_of(client, address)
        counts.append(len(captured))
    assert counts[0] == counts[1], counts


@pytest.mark.usefixtures("board")
def test_a_reader_keeps_a_publication_until_something_is_restated(client: Client) -> None:
    address = "/publications/board-paper/"
    tag = client.get(address)["ETag"]
    assert client.get(address, headers={"if-none-match": tag}).status_code == 304
    client.cookies["language"] = "de"
    assert client.get(address, headers={"if-none-match": tag}).status_code == 200
