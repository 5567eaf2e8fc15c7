"""Folded names: right after every way of writing, and what pages and the admin order by and search in."""

import importlib
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.test import Client

from portfolio.jobs.bundle_format import FILES
from portfolio.jobs.facts import save_fact
from portfolio.models import (
    ChipModel,
    Envelope,
    Financier,
    Memorandum,
    Programme,
    Project,
    Source,
)
from portfolio.models.fields import FoldedField
from tests.bundles import load, save, saved
from tests.dashboards.pages import text_of
from tests.making import Made

pytestmark = pytest.mark.django_db

NAMED = (ChipModel, Envelope, Financier, Memorandum, Programme, Project, Source)
NAMES = {"z": "Waddenzee", "a": "Zuiderzee", "m": "Śląska  Fabryka", "b": "Ångström", "c": "athena"}
IN_ORDER = ["Ångström", "athena", "Śląska Fabryka", "Waddenzee", "Zuiderzee"]


@pytest.fixture
def made() -> Made:
    """Projects whose names sort otherwise than their slugs and code points, the last in Łódź."""
    made = Made()
    for slug, name in NAMES.items():
        city = "Łódź" if slug == "c" else ""
        made.add("projects", slug=slug, name=name, kind="ai_factory", city=city, source="src")
    made.envelope("env-z").envelope("env-a")
    made.rows["envelopes"][0]["name"], made.rows["envelopes"][1]["name"] = "Äther", "Boden"
    made.add("memoranda", slug="memo", title="Протокол “Øst”", source="src")
    made.add("chip_models", slug="chip", vendor="Đại", name="Ünïcode 1", source="src")
    return made


@pytest.fixture
def loaded(made: Made, tmp_path: Path) -> Made:
    load(saved(made.rows, tmp_path / "bundle"))
    call_command("recompute", verbosity=0)
    return made


def folded_names(model: type[Project]) -> dict[str, str]:
    return dict(model.objects.values_list("slug", "folded_name"))


def test_a_bundle_fills_them(loaded: Made) -> None:
    expected = {
        "z": "waddenzee",
        "a": "zuiderzee",
        "m": "slaska fabryka",
        "b": "angstrom",
        "c": "athena",
    }
    assert folded_names(Project) == expected
    assert Project.objects.get(slug="c").folded_text == "athena c lodz"
    assert Envelope.objects.get(slug="env-z").folded_name == "ather"
    assert Memorandum.objects.get().folded_name == 'протокол "øst"'.replace("ø", "o")
    assert ChipModel.objects.get().folded_name == "dai unicode 1"
    assert Programme.objects.get().folded_name == "programme"
    assert Source.objects.get().folded_name == "source"
    assert Financier.objects.get(slug="EU").folded_name == "eu"


def test_a_bundle_that_changes_names_changes_them(loaded: Made, tmp_path: Path) -> None:
    loaded.rows["projects"][0]["name"] = "Číslo"
    loaded.rows["sources"][0]["publisher"] = "Úřad"
    loaded.add("projects", slug="new", name="Nový", kind="ai_factory", source="src")
    load(saved(loaded.rows, tmp_path / "again"))
    assert folded_names(Project)["z"] == "cislo"
    assert folded_names(Project)["new"] == "novy"
    assert folded_names(Project)["m"] == "slaska fabryka"
    assert Source.objects.get().folded_name == "urad source"


def test_a_saved_fact_derives_them(loaded: Made) -> None:
    project = Project.objects.get(slug="m")
    project.name, project.host = "Ośrodek", "Kraków"
    save_fact(project, "test")
    project.refresh_from_db()
    assert (project.folded_name, project.folded_text) == ("osrodek", "osrodek m krakow")


def test_a_longer_name_than_an_index_holds_is_kept_and_found(
    made: Made, tmp_path: Path, client: Client
) -> None:
    made.add("projects", slug="long", name="Ż" * 5000 + " konec", kind="ai_factory", source="src")
    load(saved(made.rows, tmp_path / "bundle"))
    call_command("recompute", verbosity=0)
    assert folded_names(Project)["long"] == "z" * 500
    assert client.get("/projects/", {"q": "KONEC"}).context["totals"]["rows"] == 1


def test_they_are_no_facts(loaded: Made, tmp_path: Path) -> None:
    for model in NAMED:
        fields = {field.name for field in model.history.model._meta.get_fields()}  # type: ignore[attr-defined]
        assert not fields & {"folded_name", "folded_text"}, model
    assert "folded" not in "".join(save(tmp_path / "out").values())
    assert not [file.name for file in FILES if any("folded" in name for name in file.column_names)]


def test_the_migration_fills_what_was_there(loaded: Made) -> None:
    tables = [model._meta.db_table for model in NAMED]
    before = {model: list(model.objects.order_by("pk").values_list()) for model in NAMED}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"UPDATE {table} SET folded_name = ''")
        cursor.execute("UPDATE portfolio_project SET folded_text = ''")
    importlib.import_module("portfolio.migrations.0008_folded_names").fill(apps, None)
    assert {model: list(model.objects.order_by("pk").values_list()) for model in NAMED} == before


def test_every_name_is_folded() -> None:
    """A record that has a name or a title to be ordered by has it folded too."""
    for model in NAMED:
        assert isinstance(model._meta.get_field("folded_name"), FoldedField)


def listed(client: Client, **asked: str) -> list[str]:
    rows = client.get("/projects/", asked).context["shown"]
    return [" ".join(row.project.name.split()) for row in rows]


@pytest.mark.usefixtures("loaded")
def test_pages_order_names_as_people_read_them(client: Client) -> None:
    assert listed(client) == IN_ORDER
    assert listed(client, sort="-name") == IN_ORDER[::-1]
    envelopes = text_of(client, "/envelopes/")
    assert envelopes.index("Äther") < envelopes.index("Boden")


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("slaska", ["Śląska Fabryka"]),
        ("ŚLĄSKA fabryka", ["Śląska Fabryka"]),
        ("Łódź", ["athena"]),
        ("lodz", ["athena"]),
        ("LÓDZ", ["athena"]),
        ("ÅNG", ["Ångström"]),
        ("zee", ["Waddenzee", "Zuiderzee"]),
        ("%", []),
        ("_", []),
        ("nowhere", []),
    ],
)
def test_a_search_needs_no_diacritics(client: Client, text: str, found: list[str]) -> None:
    assert listed(client, q=text) == found


@pytest.mark.usefixtures("loaded")
def test_metric_tables_stay_sorted_by_key(tmp_path: Path) -> None:
    call_command("export_metrics", tmp_path / "metrics", verbosity=0)
    text = (tmp_path / "metrics" / "project_coverage.csv").read_text()
    assert re.findall(r"(?m)^(\w),", text) == sorted(NAMES)


@pytest.mark.usefixtures("loaded")
def test_the_admin_orders_and_searches_by_them(admin_client: Client) -> None:
    address = "/admin/portfolio/project/"
    rows = admin_client.get(address).context["cl"].result_list
    assert [" ".join(row.name.split()) for row in rows] == IN_ORDER
    column = [*admin.site._registry[Project].get_list_display(None)].index("name") + 1  # type: ignore[arg-type]
    rows = admin_client.get(address, {"o": f"-{column}"}).context["cl"].result_list
    assert [" ".join(row.name.split()) for row in rows] == IN_ORDER[::-1]
    for text in ("slaska", "Śląska", "ŚLĄSKA"):
        rows = admin_client.get(address, {"q": text}).context["cl"].result_list
        assert [row.slug for row in rows] == ["m"], text
    asked = {"app_label": "portfolio", "model_name": "contribution", "field_name": "project", "term": "lodz"}
    found = admin_client.get("/admin/autocomplete/", asked).json()["results"]
    assert [row["text"] for row in found] == ["athena"]
