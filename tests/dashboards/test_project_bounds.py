"""A project's page says "at least" only of sums that can lack something, and how exact its chips are."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from tests.bundles import load, saved
from tests.dashboards.pages import text_of
from tests.making import Made


def published(made: Made, folder: Path) -> None:
    load(saved(made.rows, folder))
    call_command("recompute", verbosity=0)


@pytest.mark.django_db
def test_only_sums_of_what_is_unknown_are_bounds(client: Client, tmp_path: Path) -> None:
    made = Made().project(need="1000")
    made.contribution("c-1", ("signed", "2026-01-01", "300"), ("disbursed", "2026-02-01", "100"))
    made.contribution("c-2", ("signed", "2026-01-01", ""), financier="eib", instrument="loan")
    made.contribution("c-3", ("approved", "2026-01-01", "50"))
    published(made, tmp_path / "bundle")
    page = text_of(client, "/projects/p/")
    assert "EU budget, signed €300.00 30.0 %" in page
    assert "EIB Group, signed at least €0.00 at least 0.0 %" in page
    assert "Private, signed €0.00 0.0 %" in page
    assert "Secured (signed) at least €300.00 at least 30.0 %" in page
    assert "Gap, unsecured at most €700.00" in page
    assert "Approved €50.00" in page
    assert "Announced €0.00" in page
    assert "Potential coverage (secured and pipeline) at least 35.0 %" in page
    assert "Disbursed €100.00" in page
    assert "Guaranteed (cover, not money) €0.00" in page


@pytest.mark.django_db
def test_an_unknown_payment_bounds_what_was_paid_and_nothing_else(client: Client, tmp_path: Path) -> None:
    made = Made().project(need="1000")
    made.contribution("c-1", ("signed", "2026-01-01", "300"), ("disbursed", "2026-02-01", ""))
    published(made, tmp_path / "bundle")
    page = text_of(client, "/projects/p/")
    assert "Secured (signed) €300.00 30.0 %" in page
    assert "Disbursed at least €0.00" in page
    assert "Incomplete: an amount was not disclosed." in page


@pytest.mark.django_db
def test_an_unknown_guarantee_bounds_what_is_guaranteed(client: Client, tmp_path: Path) -> None:
    made = Made().project(need="1000")
    made.contribution("c-1", ("signed", "2026-01-01", ""), financier="eib", instrument="guarantee")
    published(made, tmp_path / "bundle")
    page = text_of(client, "/projects/p/")
    assert "Guaranteed (cover, not money) at least €0.00" in page
    assert page.count("at least") == 1


@pytest.mark.django_db
def test_totals_of_chips_are_as_exact_as_their_systems(client: Client, tmp_path: Path) -> None:
    made = Made().project(stages=[("selected", "2025-01-01")])
    made.chips("One", "500", "", operational_on="2026-01-01", bound="about")
    published(made, tmp_path / "bundle")
    for address in ("/", "/chips/", "/projects/p/"):
        assert "about 500" in text_of(client, address), address


@pytest.mark.django_db
def test_systems_that_were_all_retired_are_not_said_to_be_unpublished(client: Client, tmp_path: Path) -> None:
    made = Made().project(stages=[("selected", "2025-01-01")])
    made.chips("One", "500", "", operational_on="2025-01-01", retired_on="2026-02-01", bound="about")
    published(made, tmp_path / "bundle")
    page = text_of(client, "/projects/p/")
    assert "about 500 Retired 1 February 2026" in page
    assert "Every recorded system was retired." in page
    assert "a number of chips was not published" not in page[page.index("Chips all chips") :]
