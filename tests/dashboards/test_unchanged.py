"""A page that has not changed is not sent again; one that can have changed always is."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from portfolio.jobs import alerts
from portfolio.jobs.alert_thresholds import save_threshold
from portfolio.jobs.facts import save_fact
from portfolio.jobs.month_ends import keep_month_ends
from portfolio.models import Alert, AlertThreshold, ContributionEvent, Financier
from portfolio.rules.dates import today

pytestmark = pytest.mark.usefixtures("small", "pages_are_kept")

PAGES = ["/", "/projects/", "/projects/giga-a/", "/alerts/", "/scenarios/", "/?as_of=2026-03-31"]


def edit() -> None:
    event = ContributionEvent.objects.get(contribution__reference="C-001", kind="signed")
    event.amount = (event.amount or Decimal(0)) + 1
    save_fact(event, "a test")


def test_an_unchanged_page_is_not_sent_again(client: Client) -> None:
    keep_month_ends()
    for address in PAGES:
        client.get(address)
        first = client.get(address)
        again = client.get(address, headers={"if-none-match": first["ETag"]})
        assert again.status_code == 304, address
        assert again.content == b""
        assert "private" in first["Cache-Control"]
        assert "Cookie" in first["Vary"]


def test_an_edit_changes_every_page_s_tag(client: Client) -> None:
    tags = {}
    for address in PAGES:
        client.get(address)
        tags[address] = client.get(address)["ETag"]
    edit()
    for address, tag in tags.items():
        client.get(address)
        assert client.get(address, headers={"if-none-match": tag}).status_code == 200, address


def test_a_page_says_that_months_are_up_to_date_once_they_are(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portfolio.tasks.is_large", lambda: True)  # as where a worker keeps the months
    keep_month_ends()
    record(today())  # no figure of an earlier day is touched
    assert "being brought up to date" in client.get("/").content.decode()
    assert not keep_month_ends().outdated
    assert "being brought up to date" not in client.get("/").content.decode()


def acknowledge() -> None:
    alert = Alert.objects.filter(resolved_at=None).first()
    assert alert is not None
    alerts.acknowledge(alert, User.objects.create_user("officer"), "known")


def change_a_threshold() -> None:
    threshold = AlertThreshold.objects.first()
    assert threshold is not None
    threshold.value += 1
    save_threshold(threshold, "a test")


def publish() -> None:
    call_command("publish_results", "Board paper", "--as-of", "2026-06-30", verbosity=0)


def rename_a_financier() -> None:
    financier = Financier.objects.get(slug="eib")
    financier.name = "A bank by another name"
    save_fact(financier, "a test")


def make_a_scenario() -> None:
    officer = Client()
    user = User.objects.create_user("maker")
    user.groups.add(Group.objects.get(name="Officer"))
    officer.force_login(user)
    assert officer.post("/scenarios/", {"name": "What if"}).status_code == 302


@pytest.mark.parametrize(
    "change", [edit, acknowledge, change_a_threshold, publish, rename_a_financier, make_a_scenario]
)
def test_whatever_pages_depend_on_changes_their_tag(client: Client, change: Callable[[], None]) -> None:
    client.get("/")
    tag = client.get("/")["ETag"]
    assert client.get("/", headers={"if-none-match": tag}).status_code == 304
    change()
    assert client.get("/", headers={"if-none-match": tag}).status_code == 200


def test_what_is_remembered_follows_facts_that_move_no_result(client: Client) -> None:
    record(today())
    client.get("/")
    rename_a_financier()
    assert "A bank by another name" in client.get("/").content.decode()


def record(day: date) -> None:
    """Let the EIB pay today, so that the overview names it."""
    like = ContributionEvent.objects.get(contribution__reference="C-010", kind="signed")
    payment = ContributionEvent(
        contribution=like.contribution,
        kind="disbursed",
        occurred_on=day,
        amount=Decimal("70000000.00"),
        confidence="confirmed",
        source=like.source,
    )
    save_fact(payment, "a test")


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
