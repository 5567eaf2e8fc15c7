"""load_portfolio: all or nothing, the same again changes nothing, and what a file does to recorded rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from portfolio.jobs.facts import save_fact
from portfolio.jobs.recompute import recompute
from portfolio.models import (
    Contribution,
    ContributionEvent,
    CostEstimate,
    DataVersion,
    Envelope,
    ExchangeRate,
    Milestone,
    Project,
    ProjectStage,
    RecomputeRequest,
    Source,
)
from tests.bundles import SMALL, contents, example, faults, load, metrics, row, row_of, save, saved
from tests.strategies import COLUMNS, Rows

pytestmark = pytest.mark.django_db

DATED = {
    "project_stages": "project",
    "cost_estimates": "project",
    "contribution_events": "contribution",
    "chip_deployments": "project",
    "milestones": "project",
}
FIRST_OF_OWNER = {"project": "giga-a", "contribution": "C-001"}


@pytest.fixture
def loaded() -> None:
    load(SMALL)


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of the portfolio, with its database id, history included."""
    return {
        model.__name__: sorted(model._default_manager.order_by().values_list(), key=str)
        for model in apps.get_app_config("portfolio").get_models(include_auto_created=True)
    }


def history(model: type[models.Model]) -> list[tuple[Any, ...]]:
    """Return kind, reason and user of a model's history rows, oldest first."""
    rows = model.history.order_by("history_id")  # type: ignore[attr-defined]
    return list(rows.values_list("history_type", "history_change_reason", "history_user"))


@pytest.mark.usefixtures("loaded")
def test_all_of_the_example_is_there(tmp_path: Path) -> None:
    found = {name: text.count("\r\n") - 1 for name, text in save(tmp_path).items()}
    assert found == {f"{name}.csv": len(rows) for name, rows in example().items()}


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.usefixtures("loaded")
def test_the_same_again_changes_nothing(replace: bool) -> None:
    recompute()
    before = everything()
    assert load(SMALL, replace=replace).endswith("; nothing had changed.\n")
    assert everything() == before


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.usefixtures("loaded")
def test_a_refused_bundle_changes_nothing(tmp_path: Path, replace: bool) -> None:
    recompute()
    before = everything()
    rows = example("sources", "milestones", "exchange_rates")
    rows["sources"] = [row("sources", key="new", title="New")]
    rows["milestones"][0]["title"] = "Changed"
    rows["exchange_rates"][0]["per_euro"] = "0"
    faults(saved(rows, tmp_path), replace=replace)
    assert everything() == before


def test_what_was_done_is_told(tmp_path: Path) -> None:
    rows = example()
    told = load(SMALL).splitlines()
    assert told[:-1] == [
        f"{name}: {len(rows[name])} added, 0 changed, 0 removed"
        for name in COLUMNS_IN_ORDER_OF_WRITING
        if rows[name]
    ]
    assert told[-1].startswith(f"Loaded {sum(map(len, rows.values()))} rows in ")
    row_of(rows, "sources", "example")["note"] = ""
    rows["milestones"] = [rows["milestones"][0], {**rows["milestones"][0], "key": "new"}]
    assert load(saved(rows, tmp_path), replace=True).splitlines()[:-1] == [
        "sources: 0 added, 1 changed, 0 removed",
        "milestones: 1 added, 0 changed, 2 removed",
    ]


COLUMNS_IN_ORDER_OF_WRITING = [
    *("sources", "programmes", "published_figures", "published_figure_readings", "envelopes", "memoranda"),
    *("memorandum_actions", "financiers", "projects", "project_stages", "cost_estimates", "contributions"),
    *("contribution_events", "chip_models", "chip_deployments", "milestones", "exchange_rates"),
]


@pytest.mark.usefixtures("loaded")
def test_rows_are_matched_by_key_and_keep_their_ids(tmp_path: Path) -> None:
    ids = dict(Project.objects.values_list("slug", "pk"))
    rows = example("projects")
    row_of(rows, "projects", "giga-a").update(city="", name="Renamed", countries="DE;PL", latitude="")
    rows["projects"] = [row_of(rows, "projects", "giga-a"), {**rows["projects"][1], "slug": "new"}]
    load(saved(rows, tmp_path))
    project = Project.objects.get(slug="giga-a")
    assert (project.pk, project.name, project.city, project.latitude) == (ids["giga-a"], "Renamed", "", None)
    assert project.countries == "DE;PL"
    assert {slug: pk for slug, pk in Project.objects.values_list("slug", "pk") if slug != "new"} == ids
    assert Contribution.objects.filter(project=project).count() == 5


@pytest.mark.parametrize("name", DATED)
@pytest.mark.usefixtures("loaded")
def test_the_rows_of_each_owner_that_a_dated_file_names_become_the_files(tmp_path: Path, name: str) -> None:
    rows = example()
    owner = DATED[name]
    first = FIRST_OF_OWNER[owner]
    mine = [found for found in rows[name] if found[owner] == first]
    others = [found for found in rows[name] if found[owner] != first]
    kept = mine[-1:]
    assert f"{name}: 0 added, 0 changed, {len(mine) - 1} removed" in load(
        saved({name: kept}, tmp_path / "bundle")
    ) or (len(mine) == 1)
    found = save(tmp_path / "saved")[f"{name}.csv"]
    load(saved({**rows, name: [*others, *kept]}, tmp_path / "all"), replace=True)
    assert save(tmp_path / "again")[f"{name}.csv"] == found
    assert found.count("\r\n") == len(others) + 2


@pytest.mark.parametrize("name", sorted(set(COLUMNS) - set(DATED)))
@pytest.mark.usefixtures("loaded")
def test_a_row_that_another_file_lacks_stays(tmp_path: Path, name: str) -> None:
    before = save(tmp_path / "before")
    load(saved({name: example()[name][:1]}, tmp_path / "bundle"))
    assert save(tmp_path / "after") == before


@pytest.mark.usefixtures("loaded")
def test_an_absent_file_changes_nothing_unless_all_is_replaced(tmp_path: Path) -> None:
    before = save(tmp_path / "before")
    rows = example()
    del rows["milestones"]
    bundle = saved(rows, tmp_path / "bundle")
    assert "nothing had changed" in load(bundle)
    assert save(tmp_path / "after") == before
    assert "milestones: 0 added, 0 changed, 3 removed" in load(bundle, replace=True)
    assert not Milestone.objects.exists()


def other_portfolio() -> Rows:
    """Return a portfolio that uses some keys of the example for other things, and lacks most of it."""
    rows = example(
        "sources", "programmes", "financiers", "projects", "contributions", "envelopes", "project_stages"
    )
    rows["sources"].append(row("sources", key="Z", title="Z"))
    rows["projects"] = [{**rows["projects"][0], "kind": "ai_factory", "source": "Z"}]
    rows["envelopes"] = [
        {**rows["envelopes"][1], "parent": "outer"},
        {**rows["envelopes"][2], "slug": "outer"},
    ]
    rows["contributions"] = [{**rows["contributions"][2], "financier": "pl-state", "source": "Z"}]
    rows["project_stages"] = rows["project_stages"][:1]
    return rows


@pytest.mark.parametrize("recomputed", [False, True])
def test_replacing_makes_the_portfolio_equal_to_the_bundle(tmp_path: Path, recomputed: bool) -> None:
    rows = other_portfolio()
    load(saved(rows, tmp_path / "bundle"), replace=True)
    first, tables = save(tmp_path / "first"), metrics(tmp_path / "tables", "2026-06-30")
    load(SMALL, replace=True)
    if recomputed:
        recompute()
    load(tmp_path / "bundle", replace=True)
    assert save(tmp_path / "second") == first
    assert metrics(tmp_path / "again", "2026-06-30") == tables
    load(SMALL, replace=True)
    assert metrics(tmp_path / "small", "2026-06-30") == {
        name: content.decode() for name, content in contents(SMALL / "expected" / "2026-06-30").items()
    }


@pytest.mark.usefixtures("loaded")
def test_what_changes_has_history_with_the_reason(tmp_path: Path) -> None:
    assert history(Source) == [("+", "load_portfolio", None)] * 2
    assert len(history(ContributionEvent)) == 27
    rows = example()
    row_of(rows, "milestones", "giga-a")["title"] = "Changed"
    rows["milestones"].pop()
    rows["sources"].append(row("sources", key="new", title="New"))
    load(saved(rows, tmp_path))
    assert history(Source)[2:] == [("+", "load_portfolio", None)]
    assert history(Milestone)[3:] == [("~", "load_portfolio", None)]
    rows["milestones"] = [{**rows["milestones"][0], "title": "Changed again"}]
    rows["milestones"].append({**rows["milestones"][0], "key": "new"})
    load(saved({**rows, "milestones": rows["milestones"]}, tmp_path), replace=True)
    kinds = [kind for kind, _, _ in history(Milestone)[4:]]
    assert sorted(kinds) == ["+", "-", "-", "~"]
    gone = Milestone.history.filter(history_type="-").earliest("history_id")  # type: ignore[attr-defined]
    assert (gone.project.slug, gone.history_change_reason) == ("giga-b", "load_portfolio")
    changed = Milestone.history.filter(history_type="~").latest("history_id")  # type: ignore[attr-defined]
    assert changed.title == "Changed again"


@pytest.mark.usefixtures("loaded")
def test_an_envelope_that_moves_and_changes_has_one_history_row(tmp_path: Path) -> None:
    rows = example("envelopes")
    row_of(rows, "envelopes", "tiny-envelope").update(parent="investai-gigafactories", name="Renamed")
    row_of(rows, "envelopes", "techeu-mobilisation").update(parent="tiny-envelope")
    assert "envelopes: 0 added, 2 changed, 0 removed" in load(saved(rows, tmp_path))
    tiny = Envelope.objects.get(slug="tiny-envelope")
    newest = tiny.history.order_by("history_id").last()  # type: ignore[attr-defined]
    assert tiny.history.count() == 2  # type: ignore[attr-defined]
    assert (newest.name, newest.parent.slug, newest.history_type) == (
        "Renamed",
        "investai-gigafactories",
        "~",
    )
    row_of(rows, "envelopes", "tiny-envelope").update(parent="")
    assert "envelopes: 0 added, 1 changed, 0 removed" in load(saved(rows, tmp_path))
    assert tiny.history.count() == 3  # type: ignore[attr-defined]
    new = {**row_of(rows, "envelopes", "tiny-envelope"), "slug": "new", "parent": "tiny-envelope"}
    assert "envelopes: 1 added, 0 changed, 0 removed" in load(saved({"envelopes": [new]}, tmp_path))
    assert Envelope.objects.get(slug="new").history.get().parent.slug == "tiny-envelope"  # type: ignore[attr-defined]


def test_a_change_asks_for_a_recomputation_and_moves_the_data_version(tmp_path: Path) -> None:
    load(SMALL)
    assert [request.project for request in RecomputeRequest.objects.all()] == [None]
    first = DataVersion.objects.get().number
    recompute()
    rows = example("sources")
    rows["sources"][0]["note"] = "changed"
    load(saved(rows, tmp_path))
    assert [request.reason for request in RecomputeRequest.objects.all()] == ["load_portfolio"]
    assert DataVersion.objects.get().number > first


@pytest.mark.usefixtures("loaded")
def test_euro_values_follow_rates_currencies_and_amounts(tmp_path: Path) -> None:
    def euro(reference: str, kind: str) -> tuple[str, str]:
        event = ContributionEvent.objects.get(contribution__reference=reference, kind=kind)
        return str(event.amount_eur), str(event.rate_on)

    assert euro("C-002", "announced") == ("474495848.16", "2026-01-09")
    rows = example()
    row_of(rows, "exchange_rates", "PLN", "2026-01-09")["per_euro"] = "4"
    load(saved({"exchange_rates": rows["exchange_rates"]}, tmp_path))
    assert euro("C-002", "announced") == ("500000000.00", "2026-01-09")
    row_of(rows, "contributions", "C-002")["currency"] = "EUR"
    load(saved({"contributions": rows["contributions"]}, tmp_path))
    assert euro("C-002", "announced") == ("2000000000.00", "None")
    row_of(rows, "contributions", "C-002")["currency"] = "USD"
    load(saved({"contributions": rows["contributions"]}, tmp_path))
    assert euro("C-002", "announced") == ("None", "None")
    rows["exchange_rates"] = [row("exchange_rates", currency="USD", date="2020-01-01", per_euro="3")]
    load(saved({"exchange_rates": rows["exchange_rates"]}, tmp_path), replace=False)
    assert euro("C-002", "announced") == ("666666666.67", "2020-01-01")
    rows["exchange_rates"] = []
    load(saved(rows, tmp_path), replace=True)
    assert euro("C-002", "announced") == ("None", "None")
    estimate = CostEstimate.objects.get(project__slug="giga-a", currency="PLN")
    assert (estimate.amount_eur, estimate.rate_on) == (None, None)


@pytest.mark.usefixtures("loaded")
def test_what_the_door_wrote_is_matched_like_what_a_bundle_wrote(tmp_path: Path) -> None:
    stage = ProjectStage.objects.get(project__slug="giga-c", stage="withdrawn")
    stage.note = "by hand"
    save_fact(stage, "admin")
    rate = ExchangeRate.objects.get(currency="CZK")
    rate.per_euro = rate.per_euro + 1
    save_fact(rate, "admin")
    told = load(SMALL).splitlines()[:-1]
    assert told == [
        "project_stages: 0 added, 1 changed, 0 removed",
        "exchange_rates: 0 added, 1 changed, 0 removed",
    ]
    stage.refresh_from_db()
    assert stage.note == ""
    assert "nothing had changed" in load(SMALL)


@pytest.mark.parametrize(
    "change",
    [
        lambda event: event.update(amount="30000000.01"),
        lambda event: event.update(confidence="estimate"),
        lambda event: event.update(source="mou-2025"),
        lambda event: event.update(amount=""),
    ],
)
@pytest.mark.usefixtures("loaded")
def test_one_of_two_payments_of_a_day_changes(
    tmp_path: Path, change: Callable[[dict[str, str]], None]
) -> None:
    rows = example()
    payment = row_of(rows, "contribution_events", "C-008", "disbursed", "2025-06-01")
    rows["contribution_events"].append(dict(payment))
    load(saved(rows, tmp_path / "bundle"))
    change(payment)
    load(saved(rows, tmp_path / "bundle"))
    assert "nothing had changed" in load(tmp_path / "bundle")
    found = save(tmp_path / "saved")["contribution_events.csv"]
    load(saved(rows, tmp_path / "bundle"), replace=True)
    assert save(tmp_path / "again")["contribution_events.csv"] == found
    assert "C-008,disbursed,2025-06-01,30000000.00,confirmed,example" in found
    assert ",".join(payment.values()) in found
