"""save_portfolio: what is saved and loaded into an empty database is the same portfolio, byte for byte."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import given

from portfolio.jobs.facts import save_fact
from portfolio.models import Contribution, ContributionEvent, Project, PublishedFigure, Source
from portfolio.rules.dates import today
from tests.bundles import SMALL, contents, differences, example, load, metrics, read_bundle, row, save, saved
from tests.strategies import COLUMNS, Rows, bundles

pytestmark = pytest.mark.django_db

REFERENCE = Path(__file__).parent.parent.parent / "portfolio" / "reference"


def round_trip(bundle: Path, folder: Path) -> dict[str, str]:
    """Load a bundle, save it, load that into an empty database, save that; return what was saved twice."""
    load(bundle, replace=True)
    first, tables = save(folder / "first"), metrics(folder / "tables")
    with transaction.atomic():
        load(saved({name: [] for name in COLUMNS}, folder / "nothing"), replace=True)
        assert not Source.objects.exists()
        load(folder / "first")
        assert not differences(save(folder / "second"), first)
        assert not differences(metrics(folder / "again"), tables)
        assert "nothing had changed" in load(bundle)
        transaction.set_rollback(True)
    return first


def test_the_worked_example(tmp_path: Path) -> None:
    first = round_trip(SMALL, tmp_path)
    assert set(first) == {f"{name}.csv" for name in COLUMNS}
    assert (
        "giga-c,Gigafactory Example C (withdrawn),ai_gigafactory,GR,Αθήνα,37.9838," in first["projects.csv"]
    )


def test_the_reference_portfolio(tmp_path: Path) -> None:
    round_trip(REFERENCE, tmp_path)


@given(bundles())
def test_any_portfolio(rows: Rows) -> None:
    with TemporaryDirectory() as name, transaction.atomic():
        folder = Path(name)
        first = round_trip(saved(rows, folder / "bundle"), folder)
        for file, found in rows.items():
            assert first[f"{file}.csv"].count("\r\n") >= len(found) + 1
        transaction.set_rollback(True)


def test_the_form_of_the_files(tmp_path: Path) -> None:
    load(SMALL)
    save(tmp_path)
    for name, content in contents(tmp_path).items():
        assert content.startswith(COLUMNS[name.removesuffix(".csv")][0].encode())
        assert content.endswith(b"\r\n")
        assert content.count(b"\n") == content.count(b"\r\n")
        assert content.decode("utf-8").split("\r\n")[0] == ",".join(COLUMNS[name.removesuffix(".csv")])


def test_quotes_only_where_they_are_needed(tmp_path: Path) -> None:
    load(SMALL)
    found = save(tmp_path)
    assert 'example,"=SUM(A1:A9) is text here, not a formula"\r\n' in found["contributions.csv"]
    assert 'DE,Jülich,50.909,6.413,"Centre Two, ""the larger""",,,example\r\n' in found["projects.csv"]
    assert ",cancelled after a first payment\r\n" in found["contributions.csv"]


def keys_of(folder: Path, name: str, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(found[column] for column in columns) for found in read_bundle(folder)[name]]


def test_rows_are_sorted_by_their_keys_by_code_point(tmp_path: Path) -> None:
    rows = example()
    keys = ["a", "B", "Z9", "a-1", "a.1", "a_1", "A", "aa", "10", "9", "z"]
    rows["sources"] += [row("sources", key=key, title=key) for key in keys]
    rows["milestones"] += [
        row("milestones", project=project, key=key, title="T", source="a")
        for key in keys
        for project in ("giga-b", "factory-1")
    ]
    rows["published_figure_readings"] += [
        row("published_figure_readings", figure="gigafactory_limit", confidence="reported", source=key)
        for key in keys
    ]
    rows["chip_deployments"] += [
        {**rows["chip_deployments"][0], "system": system}
        for system in ("é", "z", "Z", " x", "Ω", "phase", '"q"', "10", "2", "\U0001f4b6", "\uffee")
    ]
    load(saved(rows, tmp_path / "bundle"))
    save(tmp_path / "saved")
    for name, columns in {
        "sources": ("key",),
        "milestones": ("project", "key"),
        "published_figure_readings": ("figure", "source"),
        "chip_deployments": ("project", "system"),
        "project_stages": ("project", "stage", "reached_on"),
        "cost_estimates": ("project", "estimated_on"),
        "exchange_rates": ("currency", "date"),
        "contributions": ("reference",),
    }.items():
        found = keys_of(tmp_path / "saved", name, *columns)
        assert found == sorted(found), name
        assert len(found) == len(rows[name])


def test_events_are_sorted_by_contribution_date_ladder_and_amount(tmp_path: Path) -> None:
    rows = example()
    told = {"confidence": "reported", "source": "example", "occurred_on": "2024-05-05"}
    wanted = [
        *[("announced", ""), ("under_appraisal", "3"), ("approved", "2"), ("signed", "1")],
        *[
            ("disbursed", ""),
            ("disbursed", "1.5"),
            ("disbursed", "2"),
            ("disbursed", "10"),
            ("cancelled", ""),
        ],
    ]
    rows["contribution_events"] += [
        row("contribution_events", contribution="C-013", kind=kind, amount=amount, **told)
        for kind, amount in reversed(wanted)
    ]
    for extra in ({"source": "mou-2025"}, {"confidence": "confirmed"}):
        rows["contribution_events"].append(
            row(
                "contribution_events",
                contribution="C-013",
                kind="disbursed",
                amount="10",
                **{**told, **extra},
            )
        )
    load(saved(rows, tmp_path / "bundle"))
    save(tmp_path / "saved")
    found = keys_of(
        tmp_path / "saved", "contribution_events", "contribution", "occurred_on", "kind", "amount"
    )
    assert [
        (kind, amount) for reference, on, kind, amount in found if (reference, on) == ("C-013", "2024-05-05")
    ] == [
        *[("announced", ""), ("under_appraisal", "3.00"), ("approved", "2.00"), ("signed", "1.00")],
        *[("disbursed", ""), ("disbursed", "1.50"), ("disbursed", "2.00"), *[("disbursed", "10.00")] * 3],
        ("cancelled", ""),
    ]
    assert [reference for reference, *_ in found] == sorted(reference for reference, *_ in found)
    load(
        saved({**rows, "contribution_events": rows["contribution_events"][::-1]}, tmp_path / "bundle"),
        replace=True,
    )
    assert contents(tmp_path / "saved") == {k: v.encode() for k, v in save(tmp_path / "again").items()}


def test_what_was_recorded_by_hand_is_saved_like_what_was_loaded(tmp_path: Path) -> None:
    load(SMALL)
    source = Source.objects.get(key="example")
    contribution = Contribution.objects.get(reference="C-001")
    save_fact(
        ContributionEvent(
            contribution=contribution,
            kind="disbursed",
            occurred_on=date(2026, 7, 1),
            amount=Decimal("0.5"),
            confidence="reported",
            source=source,
        ),
        "test",
    )
    figure = PublishedFigure.objects.get(key="eu_capex_share_max")
    figure.value = Decimal("0.1700")
    save_fact(figure, "test")
    project = Project.objects.get(slug="giga-a")
    project.latitude, project.longitude = Decimal("52.400000000"), None
    save_fact(project, "test")
    found = save(tmp_path)
    assert "C-001,disbursed,2026-07-01,0.50,reported,example\r\n" in found["contribution_events.csv"]
    assert ",0.17,share,2025-12-04," in found["published_figures.csv"]
    assert ",PL,Poznań,52.4,,Consortium A," in found["projects.csv"]


def test_saving_over_a_bundle_leaves_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    load(SMALL)
    first = save(tmp_path)
    assert first["README.md"] == "mine"
    assert save(tmp_path) == first
    assert {path.name for path in tmp_path.iterdir()} == {"README.md", *(f"{name}.csv" for name in COLUMNS)}


def test_each_file_is_announced(tmp_path: Path) -> None:
    load(SMALL)
    out = io.StringIO()
    call_command("save_portfolio", tmp_path, stdout=out)
    assert set(out.getvalue().splitlines()) == {
        f"{name}.csv: {len(rows)} rows" for name, rows in example().items()
    }


def test_a_folder_that_cannot_be_written_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("save_portfolio", tmp_path / "file", verbosity=0)


def test_a_loaded_reference_portfolio_gives_figures_of_today(tmp_path: Path) -> None:
    load(REFERENCE)
    tables = metrics(tmp_path)
    assert tables["project_coverage.csv"].count("\r\n") == len(read_bundle(REFERENCE)["projects"]) + 1
    assert f",{today()}\r\n" in tables["portfolio_summary.csv"]
