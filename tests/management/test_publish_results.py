"""Publishing by command: frozen to the byte, whatever happens to the facts; and what is refused."""

import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from portfolio.jobs.facts import delete_fact, save_fact
from portfolio.models import (
    Contribution,
    ContributionEvent,
    CostEstimate,
    Publication,
    RecomputeRequest,
    ResultSet,
)
from portfolio.queries.publications import digest, frozen
from portfolio.rules.dates import today
from tests.bundles import METRIC_TABLES, SMALL, load, metrics, saved
from tests.making import Made
from tests.publishing import thawed

pytestmark = pytest.mark.django_db

DAY = "2026-06-30"


def publish(name: str, as_of: str | None = DAY, **options: str) -> str:
    out = io.StringIO()
    asked = [] if as_of is None else ["--as-of", as_of]
    call_command("publish_results", name, *asked, stdout=out, **options)
    return out.getvalue()


def frozen_files(slug: str) -> dict[str, str]:
    found = frozen(Publication.objects.get(slug=slug))
    assert found.faults == []
    return {f"{name}.csv": table.csv for name, table in found.tables.items()}


def test_what_is_frozen_is_what_export_metrics_writes_and_stays_so(tmp_path: Path) -> None:
    load(SMALL)
    exported = metrics(tmp_path / "then", DAY)
    told = publish("Board paper, June 2026", note="For the board")
    assert told.startswith(
        "Published “Board paper, June 2026” (board-paper-june-2026): the results as of 2026"
    )
    assert frozen_files("board-paper-june-2026") == exported
    published = Publication.objects.get()
    assert published.checksum == digest(exported[f"{name}.csv"] for name in ORDER)

    event = ContributionEvent.objects.get(contribution__reference="C-001", kind="signed")
    event.amount = Decimal("1.23")
    save_fact(event, "a test")
    delete_fact(CostEstimate.objects.filter(project__slug="giga-a").latest("estimated_on"), "a test")
    assert metrics(tmp_path / "now", DAY) != exported
    assert frozen_files("board-paper-june-2026") == exported

    load(saved(Made().project().rows, tmp_path / "other"), replace=True)
    assert not Contribution.objects.exists()
    assert frozen_files("board-paper-june-2026") == exported


ORDER = ("project_coverage", "envelope_utilisation", "chip_comparison", "portfolio_summary")


def test_today_is_published_by_default_with_pending_edits_taken_in(tmp_path: Path) -> None:
    assert set(ORDER) == set(METRIC_TABLES)
    load(SMALL)
    RecomputeRequest.objects.create(reason="left over")
    publish("Now", None)
    assert not RecomputeRequest.objects.exists()
    assert Publication.objects.get().as_of == today()
    assert frozen_files("now") == metrics(tmp_path, None)


@pytest.mark.parametrize(
    ("name", "as_of", "said"),
    [
        ("   ", DAY, "needs a name"),
        ("x" * 201, DAY, "has 201 characters. At most 200"),
        ("Board", DAY, "is taken by “Board”, published on"),
        ("board!", DAY, "is taken by “Board”"),
        ("Later", str(today() + timedelta(1)), "is after today"),
        ("Odd", "30.06.2026", "is not a date"),
    ],
)
def test_what_cannot_be_published_is_refused_with_a_sentence(name: str, as_of: str, said: str) -> None:
    load(SMALL)
    publish("Board")
    with pytest.raises(CommandError, match=said):
        publish(name, as_of)
    assert Publication.objects.count() == 1


def test_an_empty_portfolio_cannot_be_published() -> None:
    with pytest.raises(CommandError, match="No portfolio is loaded"):
        publish("Nothing")


def test_results_that_cannot_be_brought_up_to_date_are_not_published(monkeypatch: pytest.MonkeyPatch) -> None:
    load(SMALL)
    monkeypatch.setattr("portfolio.jobs.publications.answer_requests", lambda: None)
    monkeypatch.setattr("portfolio.jobs.publications.start_new_day", lambda: None)
    RecomputeRequest.objects.create(reason="never answered")
    with pytest.raises(CommandError, match="are pending: records changed at each of 5 looks"):
        publish("Pending", None)


def test_stored_results_that_the_facts_contradict_are_not_published() -> None:
    load(SMALL)
    publish("Good")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE portfolio_portfoliosummary SET value = '7' WHERE metric = 'need_eur'")
    with pytest.raises(CommandError, match=r"are not what the records say \(portfolio_summary\)"):
        publish("Bad")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE portfolio_publication SET name = 'Other'",
        "UPDATE portfolio_publishedtable SET csv = ''",
        "DELETE FROM portfolio_publishedtable",
        "DELETE FROM portfolio_publication",
    ],
)
def test_the_database_refuses_to_change_a_publication(statement: str) -> None:
    load(SMALL)
    publish("Board")
    before = frozen_files("board")
    with (
        pytest.raises(IntegrityError, match="A publication is frozen"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert frozen_files("board") == before


def test_tampering_is_found() -> None:
    load(SMALL)
    publish("Board")
    publish("Other")
    out = io.StringIO()
    call_command("verify_publications", stdout=out)
    assert out.getvalue() == "2 publications as published.\n"
    with thawed(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE portfolio_publishedtable SET csv = REPLACE(csv, 'giga-a', 'giga-z')"
            " WHERE name = 'chip_comparison' AND publication_id ="
            " (SELECT id FROM portfolio_publication WHERE slug = 'board')"
        )
    with pytest.raises(CommandError) as found:
        call_command("verify_publications")
    assert found.value.returncode == 1
    assert str(found.value) == "board: The text of chip_comparison is not the one that was published."


def test_today_is_published_although_its_day_has_not_begun_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as yesterday:
        yesterday.setattr("portfolio.jobs.recompute.today", lambda: today() - timedelta(1))
        load(SMALL)
        call_command("recompute", verbosity=0)
    assert ResultSet.objects.get().as_of == today() - timedelta(1)
    publish("This morning", None)
    assert Publication.objects.get().as_of == today()
    assert frozen_files("this-morning") == metrics(tmp_path)
