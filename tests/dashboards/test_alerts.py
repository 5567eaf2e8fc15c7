"""The page of alerts: what it shows, what it is narrowed to, and who may acknowledge."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from portfolio.models import Alert, Project
from portfolio.vocabulary import AlertKind
from tests.bundles import load, saved
from tests.dashboards.pages import text_of
from tests.making import Made

pytestmark = pytest.mark.django_db


@pytest.fixture
def alerts(tmp_path: Path) -> None:
    """Two alerts of a project, one of an envelope."""
    made = Made().project("p-one").envelope("e").project("p-two")
    made.contribution(
        "c-1", ("approved", "2025-01-01", "900"), ("signed", "2025-02-01", "1500"), project="p-one"
    )
    made.contribution("c-2", ("signed", "2025-02-01", "1"), project="p-two", envelope="e", financier="eib")
    made.contribution("c-3", ("signed", "2025-02-01", "1500"), project="p-two", envelope="e", financier="eib")
    load(saved(made.rows, tmp_path))
    call_command("recompute", verbosity=0)


def alert(kind: AlertKind) -> Alert:
    return Alert.objects.get(kind=kind)


def signed_in(role: str) -> Client:
    user = User.objects.create_user(role.lower())
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def acknowledged(client: Client, of: Alert, **sent: str) -> int:
    return client.post(f"/alerts/{of.pk}/acknowledge/", sent).status_code


@pytest.mark.usefixtures("alerts")
@pytest.mark.parametrize(
    "query", ["", "?severity=warning", "?kind=envelope_over_allocated", "?state=resolved"]
)
def test_the_file_has_exactly_the_alerts_that_are_shown(client: Client, query: str) -> None:
    page = client.get(f"/alerts/{query}")
    file = b"".join(client.get(page.context["csv"]).streaming_content).decode()  # type: ignore[attr-defined]
    rows = csv.DictReader(file.splitlines())
    assert {int(row["id"]) for row in rows} == {alert.pk for alert in page.context["alerts"]}


@pytest.mark.usefixtures("alerts")
def test_alerts_are_grouped_by_severity_with_their_subjects(client: Client) -> None:
    page = text_of(client, "/alerts/")
    assert "1 critical, 2 warnings, 0 notices, open or acknowledged." in page
    over = page.index("e : €1,501 is approved or signed of a budget of €1,000")
    above = page.index("p-one : c-1 : €1,500 is signed, but €900 was approved on 1 January 2025.")
    assert page.index("Critical", page.index("3 alerts")) < over < page.index("Warning", over) < above
    assert "Alerts 3 open" in page, "in the menu"
    content = client.get("/alerts/").content.decode()
    assert 'href="/projects/p-one/"' in content
    assert 'href="/envelopes/e/"' in content


@pytest.mark.usefixtures("alerts")
@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 3),
        ("?project=p-one", 2),
        ("?project=P-TWO", 0),
        ("?severity=critical", 1),
        ("?kind=signed_above_approved", 1),
        ("?kind=nonsense&severity=nonsense&state=nonsense", 3),
        ("?state=open", 3),
        ("?state=acknowledged", 0),
        ("?state=resolved", 0),
        ("?state=open&severity=warning&project=one", 2),
    ],
)
def test_the_list_is_narrowed(client: Client, query: str, number: int) -> None:
    page = text_of(client, f"/alerts/{query}")
    assert (
        f"{number} {'resolved ' if 'resolved' in query else ''}alert{'' if number == 1 else 's'} CSV" in page
    )
    assert ("No alert matches" in page) == (number == 0)


@pytest.mark.usefixtures("alerts")
def test_pages_show_their_own_alerts(client: Client) -> None:
    sentence = "€1,500 is signed, but €900 was approved"
    assert sentence in text_of(client, "/projects/p-one/")
    assert "What needs attention" not in text_of(client, "/projects/p-two/")
    assert "€501 more than it holds" in text_of(client, "/envelopes/e/")
    overview = text_of(client, "/")
    assert overview.index("What needs attention") < overview.index(sentence)


def test_nothing_needs_attention(client: Client) -> None:
    call_command("recompute", verbosity=0)
    assert "Nothing needs attention." in text_of(client, "/alerts/")
    assert "No alert waits to be acknowledged." in text_of(client, "/")
    assert "Alerts" in text_of(client, "/")


@pytest.mark.usefixtures("alerts")
@pytest.mark.parametrize("role", ["Officer", "Editor", "Administrator"])
def test_who_works_on_the_programme_acknowledges(role: str) -> None:
    client, over = signed_in(role), alert(AlertKind.ENVELOPE_OVER_ALLOCATED)
    assert "I know of it" in text_of(client, "/alerts/")
    response = client.post(f"/alerts/{over.pk}/acknowledge/", {"note": " told the board ", "state": "open"})
    assert (response.status_code, response["Location"]) == (302, "/alerts/?state=open")
    assert "2 alerts" in text_of(client, "/alerts/?state=open")
    page = text_of(client, "/alerts/?state=acknowledged")
    assert f"Acknowledged by {role.lower()}, " in page
    assert ": told the board" in page
    assert "€1,501" not in text_of(client, "/"), "what is acknowledged does not lead"
    over.refresh_from_db()
    first = over.acknowledged_at
    assert acknowledged(client, over, note="again") == 302
    over.refresh_from_db()
    assert (over.acknowledged_at, over.acknowledgement_note) == (first, "told the board")
    call_command("recompute", verbosity=0)
    over.refresh_from_db()
    assert over.acknowledged_at == first, "a later run leaves it acknowledged"


@pytest.mark.usefixtures("alerts")
@pytest.mark.parametrize("role", ["Viewer", "Analyst"])
def test_others_are_refused(role: str) -> None:
    client, over = signed_in(role), alert(AlertKind.ENVELOPE_OVER_ALLOCATED)
    assert "I know of it" not in text_of(client, "/alerts/")
    assert acknowledged(client, over) == 403
    over.refresh_from_db()
    assert over.acknowledged_at is None


@pytest.mark.usefixtures("alerts")
def test_a_stranger_is_asked_to_sign_in_and_a_forged_form_is_refused(client: Client) -> None:
    over = alert(AlertKind.ENVELOPE_OVER_ALLOCATED)
    response = client.post(f"/alerts/{over.pk}/acknowledge/")
    assert response["Location"] == "/accounts/login/?next=/alerts/"
    assert client.get(f"/alerts/{over.pk}/acknowledge/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_superuser("root"))
    assert acknowledged(strict, over) == 403
    strict = signed_in("Officer")
    assert strict.post("/alerts/999999/acknowledge/").status_code == 404


@pytest.mark.usefixtures("alerts")
def test_a_past_day_shows_the_alerts_that_were_open_then(client: Client) -> None:
    """Alerts are dated by when they were seen: none was before there was a run."""
    earlier = timezone.now() - timedelta(10)
    over = alert(AlertKind.ENVELOPE_OVER_ALLOCATED)
    Alert.objects.filter(pk=over.pk).update(first_seen_at=earlier, resolved_at=timezone.now())
    day = (timezone.now() - timedelta(5)).date()
    page = text_of(client, f"/alerts/?as_of={day}")
    assert "1 alert CSV" in page
    assert "resolved" not in page.split("1 alert CSV")[1].split("Every figure")[0]
    assert "2 alerts CSV" in text_of(client, "/alerts/")


@pytest.mark.usefixtures("alerts")
def test_many_alerts_come_in_pages(client: Client) -> None:
    now = timezone.now()
    Alert.objects.bulk_create(
        Alert(
            key=f"k{number}",
            kind=AlertKind.MILESTONE_OVERDUE,
            severity=2,
            subject="project",
            project=Project.objects.get(slug="p-two"),
            sentence=f"Sentence {number}.",
            first_seen_at=now,
            last_seen_at=now,
        )
        for number in range(60)
    )
    assert "Page 1 of 2, 63 rows" in text_of(client, "/alerts/")
    assert "Page 2 of 2, 60 rows" in text_of(client, "/alerts/?project=p-two&page=2")
