"""Forms and lists of the admin: amounts as people write them, computed figures, subjects, few queries."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.models import ForeignKey
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.admin.base import FactAdmin, FactInline
from portfolio.models import Contribution, ContributionEvent, Project, Source
from tests.admin.editing import form_in
from tests.loaded import load_small

SMALL = Path(__file__).parent.parent / "data" / "small"
EVENT = "/admin/portfolio/contributionevent/add/"


@pytest.fixture
def portfolio(db: None) -> None:
    load_small()


def event(amount: str, **more: str) -> dict[str, Any]:
    return {
        "contribution": Contribution.objects.get(reference="C-004").pk,
        "kind": "under_appraisal",
        "occurred_on": "2026-09-01",
        "amount": amount,
        "confidence": "confirmed",
        "source": Source.objects.get(key="example").pk,
        **more,
    }


def typed_event() -> Any:
    newest = ContributionEvent.objects.order_by("-pk").values("pk")[:1]
    return ContributionEvent.objects.filter(pk__in=newest, kind="under_appraisal")


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("1234567,89", "1234567.89"),
        ("1.234.567,89", "1234567.89"),
        ("1,234,567.89", "1234567.89"),
        ("1\u202f234\u00a0567,8", "1234567.80"),
        ("1'234.50", "1234.50"),
        ("0", "0.00"),
        ("12.34", "12.34"),
    ],
)
def test_amounts_are_taken_as_people_write_them(admin_client: Client, typed: str, taken: str) -> None:
    assert admin_client.post(EVENT, event(typed)).status_code == 302
    assert str(typed_event().get().amount) == taken


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1.234", "can be read as 1.234 or as 1234. Write 1234.00 if that is meant."),
        ("1,234", "can be read as 1.234 or as 1234"),
        ("lots", "“lots” is not an amount. Accepted: 1234567.89, 1234567,89"),
        ("1e9", "is not an amount"),
        ("5 €", "has a sign of a currency"),
        ("12.345,678", "2 decimal places"),
        ("-1", "greater than or equal to 0"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_refused(admin_client: Client, typed: str, said: str) -> None:
    page = admin_client.post(EVENT, event(typed)).content.decode()
    assert said in page
    assert not typed_event().exists()


@pytest.mark.usefixtures("portfolio")
def test_a_large_amount_is_said_in_words_and_in_euro_before_it_is_saved(admin_client: Client) -> None:
    zloty = Contribution.objects.filter(currency="PLN").earliest("pk").pk
    given = event("2 100 000 000,55", contribution=str(zloty), occurred_on="2026-06-05", _asks="1")
    page = admin_client.post(EVENT, given)
    assert "You entered PLN 2,100,000,000.55: 2 billion 100 million and 0.55." in page.content.decode()
    assert "That is €493,978,171.00, 493 million 978 thousand 171, at the rate of" in page.content.decode()
    assert not typed_event().exists()
    assert admin_client.post(EVENT, {**given, "_anyway": "1"}).status_code == 302
    assert typed_event().exists()


@pytest.mark.usefixtures("portfolio")
def test_computed_figures_stand_beside_the_fields(admin_client: Client) -> None:
    project = Project.objects.get(slug="giga-a")
    page = admin_client.get(f"/admin/portfolio/project/{project.pk}/change/").content.decode()
    for words in ("€4,095,004,095.00", "€2,042,743,603.10", "Computed"):
        assert words in page, words
    posted = form_in(admin_client.get(f"/admin/portfolio/project/{project.pk}/change/"))
    assert not [name for name in posted if name.endswith("_today")], "they are not posted"
    unknown = Project.objects.get(slug="factory-2")
    assert "unknown" in admin_client.get(f"/admin/portfolio/project/{unknown.pk}/change/").content.decode()
    assert "Computed" not in admin_client.get("/admin/portfolio/project/add/").content.decode()


def test_every_reference_is_chosen_by_autocomplete() -> None:
    lacking = []
    for model, shown in admin.site._registry.items():
        if not isinstance(shown, FactAdmin):
            continue
        inlines = [inline(model, admin.site) for inline in shown.inlines]
        of_facts: list[Any] = [shown, *(inline for inline in inlines if isinstance(inline, FactInline))]
        for one in of_facts:
            for field in one.model._meta.fields:
                parent = one is not shown and field.related_model is model
                chosen = isinstance(field, ForeignKey) and field.editable and not parent
                if chosen and field.name not in one.autocomplete_fields:
                    lacking.append((one.model.__name__, field.name))
    assert lacking == []


@pytest.mark.django_db
def test_the_front_page_is_by_subject(admin_client: Client) -> None:
    groups = {group["name"]: group["models"] for group in admin_client.get("/admin/").context["app_list"]}
    assert list(groups)[:3] == ["Projects", "Money", "Chips"]
    assert groups["Money"][0]["object_name"] == "Contribution"
    shown = [model["object_name"] for models in groups.values() for model in models]
    assert len(shown) == len(set(shown)) == len(admin.site._registry)


@pytest.mark.django_db
def test_queries_do_not_grow_with_the_portfolio(tmp_path: Path) -> None:
    few, many = (queries(tmp_path, projects) for projects in (40, 2_000))
    assert {name: (count, many[name]) for name, count in few.items() if count != many[name]} == {}
    assert max(many.values()) <= 40, many


def queries(folder: Path, projects: int) -> dict[str, int]:
    """Return the number of queries of each list and form over a made portfolio of some size."""
    sizes = {"projects": projects, "contributions": projects * 3, "events": projects * 6}
    words = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
    make = [sys.executable, "bench/make_portfolio.py", str(folder), *words]
    subprocess.run(make, check=True, cwd=settings.BASE_DIR)
    call_command("load_portfolio", folder, replace=True, verbosity=0)
    call_command("recompute", verbosity=0)
    client = Client()
    client.force_login(User.objects.get_or_create(username="root", is_staff=True, is_superuser=True)[0])
    counts = {}
    for model, shown in admin.site._registry.items():
        if isinstance(shown, FactAdmin) and model._default_manager.exists():
            name = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
            record = model._default_manager.order_by("pk").first()
            assert record is not None
            for kind, address in (("list", name), ("form", f"{name}{record.pk}/change/")):
                client.get(address)
                with CaptureQueriesContext(connection) as captured:
                    assert client.get(address).status_code == 200
                counts[f"{model.__name__} {kind}"] = len(captured)
    assert counts["Project form"]
    return counts
