"""Bounds, denominators and empty states: what a page must not gloss over; and reads that must not grow."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.models import Envelope, Project, ProjectStage, Recomputation, ResultSet
from portfolio.queries.coverage_sums import selected_funding
from portfolio.queries.envelope_tree import Branch, envelope_tree
from tests.dashboards.pages import text_of

pytestmark = pytest.mark.usefixtures("small")


def test_the_lead_divides_the_amounts_that_it_names(client: Client) -> None:
    context = client.get("/").context
    selected, ratio = context["selected"], context["metrics"]["coverage_selected"]
    assert round(selected.secured_eur / selected.need_eur, 6) == ratio
    both = selected.secured_eur + selected.secured_without_need_eur
    assert both == context["metrics"]["secured_selected_eur"]
    assert "Left out: 1 selected project of unknown cost, with €70m secured" in text_of(client, "/")


def test_nothing_selected_is_zero_of_zero() -> None:
    results = ResultSet.objects.latest("as_of")
    results.projectcoverage_rows.update(stage="idea")
    found = selected_funding(results)
    assert (found.need_eur, found.secured_eur, found.without_need) == (0, 0, 0)


def test_a_need_is_exact_a_gap_is_at_most_a_sum_is_at_least(client: Client) -> None:
    page = text_of(client, "/projects/factory-3/")
    assert "Need €41,015,544.89" in page
    assert "Gap, unsecured at most €41,015,544.89" in page
    assert "Secured (signed) at least €0.00 at least 0.0 %" in page


def test_totals_of_a_list_are_bounds_where_one_of_their_rows_is(client: Client) -> None:
    assert "Signed at least €2.28bn" in text_of(client, "/projects/")
    assert "left out of the sums: an exchange rate is missing" in text_of(client, "/projects/")
    page = text_of(client, "/projects/?q=giga-a")
    assert "Signed €2.04bn" in page
    assert "left out" not in page


def test_contributions_show_original_amounts_and_rates(client: Client) -> None:
    page = text_of(client, "/projects/giga-a/")
    assert "PLN 2,100,000,000.55 €493,978,171.00 at 4.2512 of 5 June 2026" in page
    assert "PLN 17,500,000,000.00 €4,095,004,095.00 at 4.2735 of 31 March 2026" in page
    assert "USD 10,000,000.00 no exchange rate" in text_of(client, "/projects/factory-3/")


def test_places_take_no_query_each(client: Client) -> None:
    def queries() -> int:
        client.get("/")
        with CaptureQueriesContext(connection) as captured:
            assert len(client.get("/").context["places"]) == taken
        return len(captured)

    taken = 2
    before = queries()
    source = Project.objects.get(slug="giga-a").source
    for number in range(3):
        project = Project.objects.create(
            slug=f"giga-{number}", name=f"Number {number}", kind="ai_gigafactory", source=source
        )
        ProjectStage.objects.create(
            project=project,
            stage="selected",
            reached_on=date(2026, 1, 1),
            confidence="confirmed",
            source=source,
        )
    call_command("recompute", verbosity=0)
    taken = 5
    assert queries() == before


def test_the_chips_are_paged(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portfolio.dashboards.views.ROWS_ON_A_PAGE", 3)
    assert "Page 1 of 2" in text_of(client, "/chips/")
    second = client.get("/chips/?page=2")
    assert [row.project.slug for row, _ in second.context["rows"]] == ["factory-1"]
    assert second.context["unknown_count"] == 1


def test_an_envelope_shows_the_whole_tree_it_stands_in(client: Client) -> None:
    outer = Envelope.objects.get(slug="techeu-mobilisation")
    slugs = Envelope.objects.exclude(pk=outer.pk).order_by("slug").values_list("slug", flat=True)
    middle, inner = (Envelope.objects.get(slug=slug) for slug in slugs)
    Envelope.objects.filter(pk=middle.pk).update(parent=outer)
    Envelope.objects.filter(pk=inner.pk).update(parent=middle)

    def named(branch: Branch) -> list[str]:
        return [branch.envelope.slug, *(slug for inside in branch.contained for slug in named(inside))]

    for envelope in (outer, middle, inner):
        assert named(envelope_tree(envelope)) == [outer.slug, middle.slug, inner.slug]
        assert outer.name in text_of(client, f"/envelopes/{envelope.slug}/")


def test_envelopes_in_a_circle_do_not_hang() -> None:
    one, other = Envelope.objects.order_by("slug")[:2]
    Envelope.objects.filter(pk=one.pk).update(parent=other)
    Envelope.objects.filter(pk=other.pk).update(parent=one)
    assert envelope_tree(one).contained


def test_what_is_missing_decides_what_to_do(client: Client) -> None:
    ResultSet.objects.all().delete()
    Recomputation.objects.all().delete()
    page = text_of(client, "/projects/")
    assert "no results have been computed. Run python manage.py recompute" in page
    assert "load_portfolio" not in page
