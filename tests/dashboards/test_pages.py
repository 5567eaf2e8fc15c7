"""What the pages say on the worked example, on nothing, and on much."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.jobs.month_ends import keep_month_ends
from portfolio.models import Project, PublishedFigure, RecomputeRequest, ResultSet
from tests.dashboards.pages import text_of

PAGES = [
    "/",
    "/projects/",
    "/projects/giga-a/",
    "/envelopes/",
    "/envelopes/techeu-mobilisation/",
    "/flows/",
    "/contributions/",
    "/chips/",
    "/published-figures/",
    "/alerts/",
    "/recomputations/",
    "/map/",
    "/timeline/",
    "/memorandum/",
    "/data/",
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/projects/", "/envelopes/", "/chips/", "/data/"])
def test_without_results_a_page_says_what_to_do(client: Client, address: str) -> None:
    page = text_of(client, address)
    assert "python manage.py load_portfolio DIR" in page
    assert "python manage.py recompute" in page


@pytest.mark.django_db
def test_an_empty_portfolio_has_pages_too(client: Client) -> None:
    call_command("recompute", verbosity=0)
    for address in ("/", "/projects/", "/envelopes/", "/chips/", "/published-figures/", "/memorandum/"):
        text_of(client, address)
    assert "No project is recorded." in text_of(client, "/projects/")


@pytest.mark.usefixtures("small")
def test_the_overview_leads_with_selected_projects(client: Client) -> None:
    page = text_of(client, "/")
    for words in (
        "at least 23.5 % at least €2.21bn of €9.39bn",
        "2 of 5",
        "4.2× claimed 4×",
        "at least €9.1bn of €250bn",
        "over-allocated",
        "behind the line",
        "they are never added up",
        "Place 3",
    ):
        assert words in page, words


@pytest.mark.usefixtures("small")
def test_the_firmness_table_adds_up_to_the_need(client: Client) -> None:
    response = client.get("/")
    firmness, open_eur = response.context["firmness"], response.context["open_eur"]
    assert sum(row.total for row in firmness.rows) + open_eur == firmness.need_eur
    totals = {row.name: str(row.total) for row in firmness.rows}
    assert totals == {
        "disbursed": "175000000.00",
        "signed": "2032743603.10",
        "approved": "600000000.00",
        "under_appraisal": "0.00",
        "announced": "2093390542.27",
    }
    assert str(firmness.paid_elsewhere_eur) == "50000000.00"


@pytest.mark.usefixtures("small")
def test_a_project_shows_its_funding_and_sources(client: Client) -> None:
    page = text_of(client, "/projects/giga-a/")
    for words in (
        "€4,095,004,095.00",
        "€2,042,743,603.10",
        "49.9 %",
        "EUR 498,765,432.10",
        "PLN 2,100,000,000.55 ( €493,978,171.00 at the rate of 5 June 2026)",
        "€350,000,000.00",
        "105,000 chips 265,420 in H100 equivalents",
        "Worked example, illustrative figures",
        "to come Financial close",
    ):
        assert words in page, words


@pytest.mark.usefixtures("small")
def test_what_is_unknown_is_called_unknown_with_its_reason(client: Client) -> None:
    assert "unknown" in text_of(client, "/projects/factory-2/")
    assert "no cost estimate has been published" in text_of(client, "/projects/factory-2/")
    page = text_of(client, "/projects/factory-3/")
    assert "no exchange rate" in page
    assert "at least €0.00" in page
    assert "a number of chips was not published" in page


@pytest.mark.usefixtures("small")
def test_a_late_milestone_is_marked(client: Client) -> None:
    assert "late Site permit" in text_of(client, "/projects/giga-b/")


@pytest.mark.usefixtures("small")
def test_the_list_filters_sorts_and_totals_what_it_shows(client: Client) -> None:
    def listed(query: str) -> tuple[list[str], dict[str, Any]]:
        context = client.get(f"/projects/{query}").context
        return [row.project.slug for row, _ in context["rows"]], context["totals"]

    slugs, totals = listed("?kind=ai_gigafactory&sort=-need")
    assert slugs == ["giga-b", "giga-a", "giga-c"], "unknown needs come last"
    assert str(totals["need_eur"]) == "9095004095.00"
    assert (totals["rows"], totals["without_need"]) == (3, 1)
    assert listed("?q=jülich")[0] == ["factory-2"] or settings.EMBEDDED
    assert listed("?q=Jülich")[0] == ["factory-2"]
    assert listed("?country=GR")[0] == ["giga-c"]
    assert listed("?stage=withdrawn")[0] == ["giga-c"]
    assert listed("?stage=any_selected&kind=ai_gigafactory")[0] == ["giga-a", "giga-b"]
    assert listed("?q=nothing-like-this")[0] == []
    assert len(listed("?sort=nonsense&kind=nonsense&stage=nonsense&page=99")[0]) == 6


@pytest.mark.usefixtures("small")
def test_envelopes_say_how_they_are_counted(client: Client) -> None:
    page = text_of(client, "/envelopes/")
    for words in ("€18,901.2m", "over-allocated", "€2,776.2m", "8.1×", "never added up"):
        assert words in page, words
    page = text_of(client, "/envelopes/techeu-mobilisation/")
    for words in ("€9,095,004,095.00", "€2,776,246,299.55", "no cost estimate has been published", "C-010"):
        assert words in page, words


@pytest.mark.usefixtures("small")
def test_conflicting_readings_stand_beside_a_figure(client: Client) -> None:
    page = text_of(client, "/published-figures/")
    assert "Gigafactories to be set up, at most" in page
    assert "4 facilities Example office reported an earlier announcement" in page


@pytest.mark.usefixtures("small")
def test_pending_changes_are_said(client: Client) -> None:
    assert "pending" not in text_of(client, "/")
    RecomputeRequest.objects.create(project=Project.objects.get(slug="giga-a"), reason="a test")
    assert "1 change pending" in text_of(client, "/")


@pytest.mark.usefixtures("small")
def test_an_invented_portfolio_says_so_on_every_page(client: Client) -> None:
    figure = PublishedFigure.objects.get(key="gigafactory_limit")
    figure.pk, figure.key, figure.statement, figure.value = None, "illustrative_notice", "All invented.", None
    figure.save()
    for address in PAGES:
        assert "All invented." in text_of(client, address)


@pytest.mark.usefixtures("small")
def test_markup_in_a_record_is_shown_as_text(client: Client) -> None:
    Project.objects.filter(slug="giga-a").update(
        name='<script>alert("x")</script>', website="javascript:alert(1)", host="<b>bold</b>"
    )
    for address in ("/", "/projects/", "/projects/giga-a/", "/chips/"):
        body = client.get(address).content.decode()
        assert "<script>" not in body
        assert "<b>bold" not in body
        assert "javascript:" not in body


@pytest.mark.usefixtures("small")
def test_what_does_not_exist_is_a_404(client: Client) -> None:
    for address in ("/projects/nope/", "/projects/%00/", "/envelopes/nope/", "/envelopes/a%00b/", "/nope/"):
        assert "Page not found" in text_of(client, address, status=404)


@pytest.mark.usefixtures("small")
def test_pages_only_read(client: Client) -> None:
    assert client.post("/").status_code == 405


@pytest.mark.usefixtures("small")
def test_signing_in_and_out(client: Client) -> None:
    User.objects.create_superuser("root", password="a-long-password")
    assert "do not match" in text_of_post(client, "/accounts/login/", {"username": "root", "password": "x"})
    response = client.post("/accounts/login/", {"username": "root", "password": "a-long-password"})
    assert response.status_code == 302
    assert "Edit records" in text_of(client, "/")
    client.post("/accounts/logout/")
    assert "Sign in" in text_of(client, "/")


def text_of_post(client: Client, address: str, form: dict[str, str]) -> str:
    return client.post(address, form).content.decode()


@pytest.mark.django_db
def test_queries_do_not_grow_with_the_portfolio(client: Client, tmp_path: Path) -> None:
    few, many = (queries_of_pages(client, tmp_path, projects) for projects in (60, 240))
    assert {
        address: (few[address], many[address]) for address in PAGES if few[address] != many[address]
    } == {}
    assert {address: count for address, count in many.items() if count > 30} == {}


def queries_of_pages(client: Client, folder: Path, projects: int) -> dict[str, int]:
    """Return the number of queries of each page over a made portfolio of some size, read the second time."""
    sizes = {"projects": projects, "contributions": projects * 5, "events": projects * 20}
    subprocess.run(
        [sys.executable, "bench/make_portfolio.py", str(folder)]
        + [word for name, size in sizes.items() for word in (f"--{name}", str(size))],
        check=True,
        cwd=settings.BASE_DIR,
    )
    call_command("load_portfolio", folder, replace=True, verbosity=0)
    call_command("recompute", verbosity=0)
    keep_month_ends()
    results = ResultSet.objects.latest("as_of")
    project, envelope = results.projectcoverage_rows.first(), results.envelopeutilisation_rows.first()
    assert project
    assert envelope
    counts = {}
    for address in PAGES:
        real = address.replace("giga-a", project.project.slug)
        real = real.replace("techeu-mobilisation", envelope.envelope.slug)
        client.get(real)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(real).status_code == 200
        counts[address] = len(captured)
    return counts


@pytest.mark.usefixtures("small")
def test_every_page_says_as_of_when(client: Client) -> None:
    today = ResultSet.objects.latest("as_of").as_of
    assert isinstance(today, date)
    for address in PAGES:
        assert f"As of {today.day} {today:%B %Y}" in text_of(client, address)
