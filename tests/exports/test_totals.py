"""An analyst rebuilds every total of the dashboards from CSV files alone, to the cent.

The rules are applied here once more, in plain Python over the files of facts; nothing of the program's own
sums is used but to compare.
"""

from collections import defaultdict
from decimal import Decimal

import pytest
from django.test import Client

from portfolio.exports.numbers import exact_euro
from tests.exports.asking import csv_rows, file
from tests.loaded import load_illustrative

pytestmark = pytest.mark.django_db

LADDER = ("announced", "under_appraisal", "approved", "signed", "cancelled")
STATES = LADDER[:4]
ZERO = Decimal("0.00")
AS_OF = ("", "2025-12-31")

Row = dict[str, str]
Sums = defaultdict[str, defaultdict[str, Decimal]]


@pytest.fixture
def portfolio(db: None) -> None:
    load_illustrative()


class Files:
    """The CSV files of a day, as an analyst downloads them."""

    def __init__(self, client: Client, as_of: str) -> None:
        self.client, self.query = client, f"&as_of={as_of}" if as_of else ""

    def __getitem__(self, name: str) -> list[Row]:
        return csv_rows(file(self.client, f"{name}/?format=csv{self.query}"))

    def by_key(self, name: str) -> dict[str, Row]:
        return {next(iter(row.values())): row for row in self[name]}


def text(value: Decimal | None) -> str:
    return "" if value is None else format(value, ".2f")


def amount(text_: str) -> Decimal:
    return Decimal(text_) if text_ else ZERO


def nothing() -> Sums:
    return defaultdict(lambda: defaultdict(lambda: ZERO))


def of_states(rows: list[Row], by: str, *, guarantees: bool) -> Sums:
    """Return the sums of contribution states by project or envelope, and state (rules 3 and 7)."""
    sums = nothing()
    for row in rows:
        if row["instrument"] == "guarantee" and not guarantees:
            if row["state"] == "signed":
                sums[row[by]]["guaranteed"] += amount(row["amount_eur"])
            continue
        sums[row[by]][row["state"]] += amount(row["amount_eur"])
        sums[row[by]]["disbursed"] += amount(row["disbursed_eur"])
    return sums


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("as_of", AS_OF)
def test_states_come_from_events(client: Client, as_of: str) -> None:
    files = Files(client, as_of)
    decided: dict[str, Row] = {}
    disbursed: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for event in files["contribution-events"]:
        if event["kind"] == "disbursed":
            disbursed[event["contribution"]] += amount(event["amount_eur"])
            continue
        known = decided.get(event["contribution"])
        place = (event["occurred_on"], LADDER.index(event["kind"]))
        if known is None or place > (known["occurred_on"], LADDER.index(known["kind"])):
            decided[event["contribution"]] = event
    states = files["contribution-states"]
    assert len(states) > 60
    for state in states:
        newest = decided.get(state["contribution"])
        assert state["state"] == (newest["kind"] if newest else "")
        if newest is not None:
            worth = "0.00" if newest["kind"] == "cancelled" else newest["amount_eur"]
            assert (state["amount_eur"], state["decided_on"]) == (worth, newest["occurred_on"])
        assert state["disbursed_eur"] == text(disbursed[state["contribution"]])


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("as_of", AS_OF)
def test_projects(client: Client, as_of: str) -> None:
    files = Files(client, as_of)
    sums = of_states(files["contribution-states"], "project", guarantees=False)
    needs: dict[str, str] = {}
    for estimate in files["cost-estimates"]:  # ordered by day within each project
        needs[estimate["project"]] = estimate["amount_eur"]
    pages = {row["project"]: row for row in files["project-coverage"]}
    assert len(pages) == 27
    for key, row in pages.items():
        found = sums[key]
        for state in (*STATES, "disbursed", "guaranteed"):
            assert row[f"{state}_eur"] == text(found[state]), (key, state)
        assert row["secured_eur"] == text(found["signed"])
        pipeline = found["announced"] + found["under_appraisal"] + found["approved"]
        assert row["pipeline_eur"] == text(pipeline)
        need = needs.get(key, "")
        assert row["need_eur"] == need
        assert row["gap_eur"] == (text(max(amount(need) - found["signed"], ZERO)) if need else "")
    for key in ("storsjo", "wisla-zulawy", "vltava-labe"):
        page = client.get(f"/projects/{key}/{'?as_of=' + as_of if as_of else ''}").content.decode()
        assert exact_euro(sums[key]["signed"]) in page
        assert exact_euro(amount(pages[key]["gap_eur"])) in page


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("as_of", AS_OF)
def test_envelopes(client: Client, as_of: str) -> None:
    files = Files(client, as_of)
    sums = of_states(files["contribution-states"], "envelope", guarantees=True)
    amounts = {row["slug"]: row["amount_eur"] for row in files["envelopes"]}
    rows = files["envelope-utilisation"]
    assert len(rows) == 9
    for row in rows:
        key, found = row["envelope"], sums[row["envelope"]]
        assert row["amount_eur"] == amounts[key]
        for state in (*STATES, "disbursed"):
            assert row[f"{state}_eur"] == text(found[state]), (key, state)
        if row["kind"] == "budget":
            committed = found["approved"] + found["signed"]
            assert row["committed_eur"] == text(committed)
            assert row["headroom_eur"] == text(amount(amounts[key]) - committed)
            page = client.get(f"/envelopes/{key}/{'?as_of=' + as_of if as_of else ''}").content.decode()
            assert exact_euro(committed) in page


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("as_of", AS_OF)
def test_chips(client: Client, as_of: str) -> None:
    files = Files(client, as_of)
    day = files["chip-comparison"][0]["as_of"]
    sums: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in files["chip-deployments"]:
        statuses = [
            status
            for status in ("planned", "contracted", "installed", "operational")
            if row[f"{status}_on"] and row[f"{status}_on"] <= day
        ]
        if statuses and not (row["retired_on"] and row["retired_on"] <= day) and row["chips"]:
            sums[row["project"]][statuses[-1]] += int(row["chips"])
            sums[row["project"]]["all"] += int(row["chips"])
    rows = files["chip-comparison"]
    assert sum(bool(row["chips"]) for row in rows) > 10
    for row in rows:
        found = sums.get(row["project"])
        for status in ("planned", "contracted", "installed", "operational"):
            assert row[f"{status}_chips"] == str(found[status] if found else 0), row
        assert row["chips"] == (str(found["all"]) if found else ""), row


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("as_of", AS_OF)
def test_the_portfolio(client: Client, as_of: str) -> None:
    files = Files(client, as_of)
    summary = {row["metric"]: row["value"] for row in files["portfolio-summary"]}
    stages: dict[str, str] = {row["project"]: row["stage"] for row in files["project-coverage"]}
    running = [row for row in files["project-coverage"] if row["stage"] not in ("not_selected", "withdrawn")]
    selected = [
        row for row in running if row["stage"] not in ("", "idea", "expression_of_interest", "proposal")
    ]
    needed = [row for row in running if row["need_eur"]]
    chosen = [row for row in selected if row["need_eur"]]
    assert summary["need_eur"] == text(sum((amount(row["need_eur"]) for row in needed), ZERO))
    assert summary["secured_eur"] == text(sum((amount(row["secured_eur"]) for row in running), ZERO))
    assert summary["projects_without_need"] == str(len(running) - len(needed))
    assert summary["need_selected_eur"] == text(sum((amount(row["need_eur"]) for row in chosen), ZERO))
    secured = sum((amount(row["secured_eur"]) for row in selected), ZERO)
    assert summary["secured_selected_eur"] == text(secured)
    kinds = {row["slug"]: row["kind"] for row in files["projects"]}
    gigafactories = {row["project"] for row in selected if kinds[row["project"]] == "ai_gigafactory"}
    assert summary["gigafactories_selected"] == str(len(gigafactories))
    assert summary["ai_factories_selected"] == str(len(selected) - len(gigafactories))
    chips = [amount(row["chips"]) for row in files["chip-comparison"] if row["project"] in gigafactories]
    assert Decimal(summary["gigafactory_chips_total"]) == sum(chips)
    assert len(stages) == 27
    page = client.get(f"/{'?as_of=' + as_of if as_of else ''}").content.decode()
    # The page leads with what covers the known needs, and says beside it what else is secured.
    covering = sum((amount(row["secured_eur"]) for row in chosen), ZERO)
    assert exact_euro(covering) in page
    assert covering == secured or exact_euro(secured - covering) in page
    assert exact_euro(amount(summary["need_selected_eur"])) in page
