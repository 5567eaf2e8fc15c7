"""The page of recomputations: what waits, how runs went, and whether results were found right."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from portfolio.dashboards.templatetags.moments import took, waited
from portfolio.models import Project, Recomputation, RecomputeRequest, Verification
from portfolio.rules.dates import today
from tests.dashboards.pages import text_of

ADDRESS = "/recomputations/"


def run(**values: object) -> Recomputation:
    now = timezone.now()
    usual = {
        "trigger": "edit",
        "as_of": today(),
        "started_at": now,
        "finished_at": now,
        "outcome": "succeeded",
    }
    return Recomputation.objects.create(**{**usual, "rules_version": "1", **values})


@pytest.mark.usefixtures("small")
def test_a_run_is_listed_with_what_it_did(client: Client) -> None:
    started = datetime(2026, 5, 5, 10, 0, 0, tzinfo=UTC)
    run(
        started_at=started,
        finished_at=started + timedelta(seconds=75),
        requests=1234,
        projects=17,
        rows_changed=9876,
        outcome="failed",
        message="OperationalError: the disk is full <b>",
    )
    page = text_of(client, ADDRESS)
    for words in (
        "5 May 2026, 12:00:00",
        "1 min 15 s",
        "1,234",
        "17",
        "9,876",
        "failed",
        "the disk is full <b>",
    ):
        assert words in page, words
    assert "Nothing up to date" in page


@pytest.mark.usefixtures("small")
def test_what_waits_is_named_with_its_reason_and_age(client: Client) -> None:
    project = Project.objects.get(slug="giga-a")
    for number in range(25):
        RecomputeRequest.objects.create(project=project if number else None, reason=f"edit {number}")
    RecomputeRequest.objects.update(requested_at=timezone.now() - timedelta(minutes=3, seconds=5))
    page = text_of(client, ADDRESS)
    for words in (
        "25 changes",
        "3 minutes",
        "Everything edit 0",
        f"{project.name} edit 1",
        "The first 20 of 25",
    ):
        assert words in page, words
    assert "edit 20" not in page
    body = client.get("/").content.decode()
    assert f'href="{ADDRESS}">25 changes pending' in body, "the badge leads here"


@pytest.mark.usefixtures("small")
def test_the_last_verification_is_told(client: Client) -> None:
    assert "never" in text_of(client, ADDRESS)
    call_command("verify_results", verbosity=0)
    assert "agree" in text_of(client, ADDRESS)
    now = timezone.now()
    Verification.objects.create(
        started_at=now, finished_at=now, dates=2, rows=50, differences=3, message="need_eur of giga-a differs"
    )
    page = text_of(client, ADDRESS)
    assert "3 cells differ" in page
    assert "need_eur of giga-a differs" in page


@pytest.mark.usefixtures("small")
def test_runs_are_filtered_and_paged(client: Client) -> None:
    for _ in range(60):
        run(trigger="past_date")
    run(outcome="failed")
    assert client.get(f"{ADDRESS}?outcome=failed").context["shown"].paginator.count == 1
    shown = client.get(f"{ADDRESS}?trigger=past_date&page=2").context["shown"]
    assert (shown.paginator.count, len(shown)) == (60, 10)
    assert "No run matches" in text_of(client, f"{ADDRESS}?trigger=past_date&outcome=failed")
    everything = client.get(f"{ADDRESS}?trigger=nonsense&outcome=nonsense").context["shown"]
    assert everything.paginator.count == Recomputation.objects.count()


@pytest.mark.django_db
def test_a_failed_first_run_is_shown_although_there_are_no_results(client: Client) -> None:
    assert "No run yet" in text_of(client, ADDRESS)
    run(outcome="failed", message="no luck")
    page = text_of(client, ADDRESS)
    assert "No results have been computed yet" in page
    assert "no luck" in page


@pytest.mark.usefixtures("small")
def test_a_page_that_somebody_has_changes_with_a_verification(client: Client) -> None:
    tag = client.get(ADDRESS)["ETag"]
    assert client.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 304
    now = timezone.now()
    Verification.objects.create(started_at=now, finished_at=now, dates=1, rows=1, differences=0)
    assert client.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 200


def test_durations_are_written_in_units_that_people_read() -> None:
    start = datetime(2026, 5, 5, tzinfo=UTC)
    assert [took(start + timedelta(seconds=s), start) for s in (0.004, 59.994, 61, 3723)] == [
        *("0.00 s", "59.99 s", "1 min 1 s", "62 min 3 s"),
    ]
    assert [waited(start + timedelta(seconds=s), start) for s in (-5, 1, 59, 60, 7200, 86_400 * 3)] == [
        *("0 seconds", "1 second", "59 seconds", "1 minute", "2 hours", "3 days"),
    ]
