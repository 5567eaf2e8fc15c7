"""load_portfolio: faults that concern several rows: keys, references, circles of envelopes, places taken."""

from pathlib import Path

import pytest

from portfolio.models import Contribution, ContributionEvent, Envelope, Project, ProjectStage
from tests.bundles import SMALL, example, faults, line_of, load, row, row_of, save, saved
from tests.strategies import COLUMNS, Row, Rows

pytestmark = pytest.mark.django_db

LIMIT = "gigafactory_limit"
OWNERS = [
    ("programmes", "source", "a key that stands in sources.csv"),
    ("published_figures", "programme", "a slug that stands in programmes.csv"),
    ("published_figure_readings", "figure", "a key that stands in published_figures.csv"),
    ("published_figure_readings", "source", "a key that stands in sources.csv"),
    ("envelopes", "programme", "a slug that stands in programmes.csv"),
    ("envelopes", "parent", "a slug that stands in envelopes.csv"),
    ("memorandum_actions", "memorandum", "a slug that stands in memoranda.csv"),
    ("project_stages", "project", "a slug that stands in projects.csv"),
    ("cost_estimates", "project", "a slug that stands in projects.csv"),
    ("contributions", "project", "a slug that stands in projects.csv"),
    ("contributions", "financier", "a slug that stands in financiers.csv"),
    ("contributions", "envelope", "a slug that stands in envelopes.csv"),
    ("contribution_events", "contribution", "a reference that stands in contributions.csv"),
    ("chip_deployments", "project", "a slug that stands in projects.csv"),
    ("chip_deployments", "chip_model", "a slug that stands in chip_models.csv"),
    ("milestones", "project", "a slug that stands in projects.csv"),
]


def places(found: list[str]) -> list[str]:
    """Return file, line and column of each fault."""
    return [": ".join(fault.split(": ")[:2]) for fault in found]


@pytest.mark.parametrize("name", COLUMNS)
def test_a_key_given_twice(tmp_path: Path, name: str) -> None:
    rows = example()
    again = dict(rows[name][0])
    for free in ("name", "title", "note", "host", "vendor"):
        if free in again:
            again[free] = "something else"
    rows[name] += [dict(again), dict(again)]
    last = len(rows[name]) + 1
    found = faults(saved(rows, tmp_path))
    assert len(found) == 2, found
    for line, fault in zip((last - 1, last), found, strict=True):
        assert fault.startswith(f"{name}.csv:{line}: ")
        assert fault.endswith(" already stands in line 2, accepted: each key once")
        assert all(again[column] in fault for column in fault.split(": ")[1].split(", "))


def test_keys_differ_in_case(tmp_path: Path) -> None:
    rows = example()
    rows["projects"].append({**row_of(rows, "projects", "giga-a"), "slug": "Giga-A"})
    load(saved(rows, tmp_path))
    assert Project.objects.count() == 7


@pytest.mark.parametrize("kind", ["announced", "under_appraisal", "approved", "signed", "cancelled"])
def test_only_a_payment_may_stand_twice_on_a_day(tmp_path: Path, kind: str) -> None:
    rows = example()
    event = row_of(rows, "contribution_events", "C-008", "signed") | {
        "occurred_on": "2025-07-01",
        "kind": kind,
    }
    rows["contribution_events"] += [event, event | {"amount": "1.00"}]
    found = faults(saved(rows, tmp_path))
    assert places(found) == ["contribution_events.csv:30: contribution, kind, occurred_on"]
    assert f"“C-008, {kind}, 2025-07-01” already stands in line 29" in found[0]


def test_two_payments_alike_are_two_payments(tmp_path: Path) -> None:
    rows = example()
    rows["contribution_events"] += [
        row_of(rows, "contribution_events", "C-008", "disbursed", "2025-06-01")
    ] * 2
    load(saved(rows, tmp_path))
    payments = ContributionEvent.objects.filter(contribution__reference="C-008", occurred_on="2025-06-01")
    assert payments.count() == 3
    assert "nothing had changed" in load(tmp_path)
    rows["contribution_events"].pop()
    assert "contribution_events: 0 added, 0 changed, 1 removed" in load(saved(rows, tmp_path))
    assert payments.count() == 2


@pytest.mark.parametrize(("name", "column", "accepted"), OWNERS)
@pytest.mark.parametrize("replace", [False, True])
def test_a_reference_to_nothing(tmp_path: Path, name: str, column: str, accepted: str, replace: bool) -> None:
    rows = example()
    rows[name][-1][column] = "nobody"
    recorded = "" if replace else " or is already recorded"
    expected = (
        f"{name}.csv:{len(rows[name]) + 1}: {column}: “nobody” is unknown, accepted: {accepted}{recorded}"
    )
    assert faults(saved(rows, tmp_path), replace=replace) == [expected]


def test_a_reference_may_lead_to_what_is_recorded_unless_it_is_replaced(tmp_path: Path) -> None:
    load(SMALL)
    rows = example("contributions")
    assert "nothing had changed" in load(saved(rows, tmp_path))
    found = faults(tmp_path, replace=True)
    assert (
        "contributions.csv:2: project: “giga-a” is unknown, accepted: a slug that stands in projects.csv"
        in found
    )
    assert {fault.split(": ")[1] for fault in found} == {"project", "financier", "envelope", "source"}
    assert Contribution.objects.count() == 13


def test_a_reference_is_the_very_key(tmp_path: Path) -> None:
    rows = example()
    rows["milestones"][0]["project"] = "Giga-a"
    rows["milestones"][1]["project"] = "giga-b "
    assert places(faults(saved(rows, tmp_path))) == ["milestones.csv:2: project", "milestones.csv:3: project"]


def envelopes_in(parents: dict[str, str]) -> list[Row]:
    """Return budgets, each in the envelope that is named."""
    told = {
        "programme": "investai",
        "kind": "budget",
        "amount_eur": "1",
        "confidence": "reported",
        "source": "example",
    }
    return [row("envelopes", slug=slug, name=slug, parent=parent, **told) for slug, parent in parents.items()]


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ({"a": "a"}, [(2, "a in a")]),
        ({"a": "b", "b": "a"}, [(2, "a in b in a")]),
        ({"in": "a", "a": "b", "b": "c", "c": "a"}, [(3, "a in b in c in a")]),
        ({"a": "a", "b": "c", "c": "b"}, [(2, "a in a"), (3, "b in c in b")]),
        ({"a": "", "b": "a", "c": "a", "d": "c"}, []),
    ],
)
def test_envelopes_in_a_circle(
    tmp_path: Path, parents: dict[str, str], expected: list[tuple[int, str]]
) -> None:
    load(SMALL)
    bundle = saved({"envelopes": envelopes_in(parents)}, tmp_path)
    if not expected:
        load(bundle)
        assert Envelope.objects.get(slug="d").parent.parent.slug == "a"  # type: ignore[union-attr]
        return
    assert faults(bundle) == [
        f"envelopes.csv:{line}: parent: envelopes contain each other in a circle: {path}, accepted: no circle"
        for line, path in expected
    ]


def test_a_circle_through_recorded_envelopes(tmp_path: Path) -> None:
    load(SMALL)
    load(saved({"envelopes": envelopes_in({"a": "", "b": "a", "c": "b"})}, tmp_path))
    found = faults(saved({"envelopes": envelopes_in({"a": "c"})}, tmp_path))
    assert found == [
        "envelopes.csv:2: parent: envelopes contain each other in a circle: a in c in b in a,"
        " accepted: no circle"
    ]
    load(saved({"envelopes": envelopes_in({"a": "c", "c": ""})}, tmp_path))
    assert Envelope.objects.get(slug="a").parent.slug == "c"  # type: ignore[union-attr]


def test_a_long_chain_of_envelopes_is_no_circle(tmp_path: Path) -> None:
    load(SMALL)
    slugs = [f"e{number}" for number in range(400)]
    load(saved({"envelopes": envelopes_in(dict(zip(slugs, ["", *slugs], strict=False)))}, tmp_path))
    assert Envelope.objects.count() == 403


def giga_stages(rows: Rows, *days: str) -> Rows:
    """Add a gigafactory that is selected on each of these days; they are G1, G2 and so on."""
    for number, day in enumerate(days, start=1):
        slug = f"G{number}"
        rows["projects"].append({**row_of(rows, "projects", "giga-c"), "slug": slug, "name": slug})
        told = {"confidence": "reported", "source": "example"}
        rows["project_stages"].append(
            row("project_stages", project=slug, stage="selected", reached_on=day, **told)
        )
    return rows


def test_more_gigafactories_than_places(tmp_path: Path) -> None:
    """Two of the example are selected in 2026; of four more, the last two on one day are too many."""
    rows = giga_stages(example(), "2026-01-01", "2026-10-01", "2026-11-01", "2026-11-01")
    last = len(rows["project_stages"]) + 1
    assert faults(saved(rows, tmp_path)) == [
        f"project_stages.csv:{last}: stage: G3, G4 would make 6 selected AI gigafactories on 2026-11-01, and"
        " the published figure gigafactory_limit is 5; places held by G1, G2, giga-a, giga-b"
        " (source of the limit: mou-2025), accepted: at most 5 at any date"
    ]
    assert not Project.objects.exists()


def test_a_date_in_the_middle_is_a_date_too(tmp_path: Path) -> None:
    """Six are selected for one day in the past; today there are fewer."""
    rows = giga_stages(example(), *["2024-01-01"] * 6)
    for number in range(1, 7):
        told = {"confidence": "reported", "source": "example"}
        rows["project_stages"].append(
            row("project_stages", project=f"G{number}", stage="withdrawn", reached_on="2024-01-02", **told)
        )
    assert places(faults(saved(rows, tmp_path))) == [
        f"project_stages.csv:{line_of(rows, 'project_stages', 'G6')}: stage"
    ]


def test_a_place_is_free_from_the_day_on_which_another_leaves_it(tmp_path: Path) -> None:
    rows = giga_stages(example(), *["2024-01-01"] * 5, "2024-06-01")
    rows["project_stages"] = [stage for stage in rows["project_stages"] if stage["project"][0] == "G"]
    leave = row_of(rows, "project_stages", "G1") | {"stage": "not_selected", "reached_on": "2024-06-01"}
    rows["project_stages"].append(leave)
    load(saved(rows, tmp_path))
    assert ProjectStage.objects.count() == 7


def test_neither_ai_factories_nor_an_unknown_limit_count(tmp_path: Path) -> None:
    rows = giga_stages(example(), *["2024-01-01"] * 6)
    row_of(rows, "published_figures", LIMIT)["value"] = ""
    load(saved(rows, tmp_path))
    rows["published_figures"] = [row for row in rows["published_figures"] if row["key"] != LIMIT]
    rows["published_figure_readings"] = []
    load(saved(rows, tmp_path), replace=True)
    rows = example()
    for project in rows["projects"]:
        project["kind"] = "ai_factory"
    row_of(rows, "published_figures", LIMIT)["value"] = "0"
    load(saved(rows, tmp_path), replace=True)


def test_a_lowered_limit(tmp_path: Path) -> None:
    load(SMALL)
    rows = example("published_figures")
    row_of(rows, "published_figures", LIMIT)["value"] = "1"
    assert faults(saved(rows, tmp_path)) == [
        "published_figures.csv:2: value: giga-b would make 2 selected AI gigafactories on 2026-09-01, and the"
        " published figure gigafactory_limit is 1; places held by giga-a"
        " (source of the limit: mou-2025), accepted: at most 1 at any date"
    ]
    row_of(rows, "published_figures", LIMIT)["value"] = "2"
    load(saved(rows, tmp_path))
    assert places(
        faults(saved(giga_stages(example("projects", "project_stages"), "2026-09-02"), tmp_path))
    ) == ["project_stages.csv:16: stage"]


def test_a_project_that_becomes_a_gigafactory(tmp_path: Path) -> None:
    rows = giga_stages(example(), "2026-01-01", "2026-01-01", "2026-01-01")
    load(saved(rows, tmp_path))
    changed: Rows = {"projects": rows["projects"]}
    row_of(rows, "projects", "factory-2")["kind"] = "ai_gigafactory"
    line = line_of(rows, "projects", "factory-2")
    found = faults(saved(changed, tmp_path))
    assert places(found) == [f"projects.csv:{line}: kind"]
    assert "giga-b would make 6 selected AI gigafactories on 2026-09-01" in found[0]
    changed["published_figures"] = rows["published_figures"]
    assert places(faults(saved(changed, tmp_path))) == [f"projects.csv:{line}: kind"]


def test_an_earlier_date_of_one_that_makes_a_recorded_one_too_many(tmp_path: Path) -> None:
    load(saved(giga_stages(example(), "2026-01-01", "2026-01-01", "2026-01-01"), tmp_path))
    rows = example("project_stages")
    rows["project_stages"] = [
        row_of(rows, "project_stages", "giga-c", "expression_of_interest"),
        row_of(rows, "project_stages", "giga-c", "withdrawn") | {"stage": "selected"},
    ]
    found = faults(saved(rows, tmp_path))
    assert places(found) == ["project_stages.csv:3: stage"]
    assert "giga-b would make 6 selected AI gigafactories on 2026-09-01" in found[0]


def test_stages_that_the_file_replaces_do_not_count(tmp_path: Path) -> None:
    load(saved(giga_stages(example(), "2026-01-01", "2026-01-01", "2026-01-01"), tmp_path))
    rows = giga_stages(example(), "2026-01-01", "2026-01-01", "2026-01-01", "2026-01-01")
    rows["project_stages"] = [stage for stage in rows["project_stages"] if stage["stage"] == "selected"]
    row_of(rows, "project_stages", "giga-b")["stage"] = "proposal"
    load(saved({name: rows[name] for name in ("projects", "project_stages")}, tmp_path))
    assert ProjectStage.objects.filter(project__slug="giga-b").get().stage == "proposal"


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("contribution_events", {"kind": "disbursed", "amount": "999999999999.99"}),
        ("contribution_events", {"kind": "signed", "occurred_on": "2026-05-16", "amount": "900000000.00"}),
        ("contribution_events", {"kind": "signed", "occurred_on": "2020-01-01"}),
    ],
)
def test_what_happens_in_real_records_is_no_fault(tmp_path: Path, name: str, cells: dict[str, str]) -> None:
    rows = example()
    rows[name].append({**row_of(rows, name, "C-001", "signed"), **cells})
    load(saved(rows, tmp_path / "bundle"))
    assert save(tmp_path / "saved")[f"{name}.csv"].count("\r\n") == len(rows[name]) + 1
