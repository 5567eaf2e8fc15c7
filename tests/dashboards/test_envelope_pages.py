"""Envelopes on their pages: the same verdict everywhere, contributions first, disagreements folded."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from tests.bundles import load, saved
from tests.dashboards.pages import text_of
from tests.making import TOLD, Made


@pytest.fixture
def later(db: None, tmp_path: Path) -> None:
    """A target that begins later, of a programme whose figure another source reads differently."""
    made = Made().project("p").envelope("purse")
    made.target("round-2", starts_on="2098-01-01", ends_on="2099-01-01")
    made.contribution("c-1", ("signed", "2024-05-01", "10"), envelope="round-2")
    made.add("sources", key="other", title="Another source")
    made.add("published_figures", key="x", programme="P1", statement="Jobs", value="5", unit="jobs", **TOLD)
    made.add("published_figure_readings", figure="x", value="4", confidence="reported", source="other")
    load(saved(made.rows, tmp_path / "bundle"))
    call_command("recompute", verbosity=0)


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("address", ["/", "/envelopes/", "/envelopes/round-2/"])
def test_a_target_that_begins_later_says_so_on_every_page(client: Client, address: str) -> None:
    assert text_of(client, address).count("not begun") == 1


@pytest.mark.usefixtures("later")
def test_contributions_come_before_what_sources_disagree_about(client: Client) -> None:
    page = text_of(client, "/envelopes/round-2/")
    assert page.index("Contributions in it") < page.index("Where sources disagree")
    assert "1 of its published figures is read differently by other sources" in page


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize(
    ("address", "name"),
    [("/envelopes/purse/", "Envelopes"), ("/changes/", "What changed"), ("/scenarios/", "Scenarios")],
)
def test_the_menu_marks_where_one_is(client: Client, address: str, name: str) -> None:
    assert f'aria-current="page">{name}</a>' in client.get(address).content.decode()
