"""A fact older than the last publication is recorded, and whoever enters it is told what it bears on."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from portfolio.models import ContributionEvent, Publication
from tests.admin.test_facts import person, stage_form, texts
from tests.loaded import load_small

pytestmark = pytest.mark.django_db

SAID = "bears on what was published as “Board paper of June” as of 2026-06-30."


@pytest.fixture
def published() -> None:
    load_small()
    call_command("publish_results", "Board paper of June", "--as-of", "2026-06-30", verbosity=0)


def saved(client: Client, day: str) -> str:
    form = stage_form("giga-b", "procurement", day)
    response = client.post("/admin/portfolio/projectstage/add/", form, follow=True)
    assert response.status_code == 200
    return texts(response)


@pytest.mark.usefixtures("published")
def test_an_old_fact_is_recorded_with_a_sentence_that_names_the_publication() -> None:
    said = saved(person("Editor"), "2026-06-30")
    assert f"Dated 2026-06-30, this {SAID} What was published stays as it is" in said


@pytest.mark.usefixtures("published")
def test_a_fact_after_the_publication_needs_no_sentence() -> None:
    assert "bears on what was published" not in saved(person("Editor"), "2026-07-01")


@pytest.mark.usefixtures("published")
def test_a_deleted_fact_is_told_of_too() -> None:
    event = ContributionEvent.objects.get(contribution__reference="C-005", kind="announced")
    client = person("Editor")
    address = f"/admin/portfolio/contributionevent/{event.pk}/delete/"
    assert SAID in texts(client.post(address, {"post": "yes"}, follow=True))


@pytest.mark.usefixtures("published")
def test_imported_rates_name_the_publications_they_bear_on(tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("Date,PLN,\n2026-03-02,4.2345,\n")
    out = StringIO()
    call_command("import_exchange_rates", file, stdout=out)
    assert f"Dated 2026-03-02, this {SAID}" in out.getvalue()
    assert Publication.objects.get().as_of == date(2026, 6, 30)
