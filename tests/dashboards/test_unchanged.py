"""A page that has not changed is not sent again; one that can have changed always is."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from portfolio.jobs.facts import save_fact
from portfolio.jobs.month_ends import keep_month_ends
from portfolio.models import ContributionEvent

pytestmark = pytest.mark.usefixtures("small")

PAGES = ["/", "/projects/", "/projects/giga-a/", "/alerts/", "/scenarios/", "/?as_of=2026-03-31"]


def edit() -> None:
    event = ContributionEvent.objects.get(contribution__reference="C-001", kind="signed")
    event.amount = (event.amount or Decimal(0)) + 1
    save_fact(event, "a test")


@pytest.mark.parametrize("address", PAGES)
def test_an_unchanged_page_is_not_sent_again(client: Client, address: str) -> None:
    keep_month_ends()
    client.get(address)
    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert "private" in first["Cache-Control"]
    assert "Cookie" in first["Vary"]


@pytest.mark.parametrize("address", PAGES)
def test_an_edit_changes_every_page_s_tag(client: Client, address: str) -> None:
    client.get(address)
    tag = client.get(address)["ETag"]
    edit()
    client.get(address)
    assert client.get(address, headers={"if-none-match": tag}).status_code == 200


def act(client: Client, what: str) -> None:
    if what == "signing in":
        client.force_login(User.objects.create_user("reader"))
    elif what == "a role":
        User.objects.get(username="officer").groups.add(Group.objects.get(name="Editor"))


@pytest.mark.parametrize("what", ["signing in", "a role"])
def test_another_reader_gets_another_page(client: Client, what: str) -> None:
    officer = User.objects.create_user("officer")
    if what == "a role":
        client.force_login(officer)
    tag = client.get("/")["ETag"]
    act(client, what)
    assert client.get("/", headers={"if-none-match": tag}).status_code == 200


def test_pages_are_compressed_for_those_who_say_so(client: Client) -> None:
    response = client.get("/projects/", headers={"accept-encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < len(client.get("/projects/").content) / 2
