"""Markup and formulas in every text of every record: no page, no list and no file lets them work."""

import re
import zipfile
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.validators import RegexValidator
from django.db import DatabaseError, models, transaction
from django.test import Client

from portfolio.exports.lists import LISTS
from tests.attacks.walking import ON_ONE_DATABASE, body_of, route_of, walked

pytestmark = [pytest.mark.django_db, ON_ONE_DATABASE]

PAYLOAD = "=1+1\"'><xss onload=a>{{7*7}}"
SCRIPT = "javascript:a//\"'><xss>"
ALIVE = re.compile(r"<xss|<[^>]*(?:href|src|action)=[\"']?\s*javascript:|\b49\b\}", re.I)
SHORTEST = 8
FREE_TEXT = (models.CharField, models.TextField, models.URLField)  # no decimals, which are texts here
OURS = ("portfolio", "advisory")
PAGES_OF_RECORDS = {
    "projects/<key:slug>/",
    "envelopes/<key:slug>/",
    "scenarios/<key:slug>/",
    "advice/requests/<str:key>/",
    "imports/<int:pk>/",
    "alerts/",
    "history/",
}
# Found by, not shown; a natural key, checked where it is entered; computed.
LEFT = {"SpreadsheetImport.sha256", "Alert.subject_key", "Alert.measured", "Alert.threshold"}


def texts(model: type[models.Model]) -> list[Any]:
    """Return the columns of free text of a model."""
    found: list[Any] = [field for field in model._meta.concrete_fields if type(field) in FREE_TEXT]
    return [
        field
        for field in found
        if not (field.choices or getattr(field, "generated", False) or is_key(field))
        and (field.max_length or 99) >= SHORTEST
    ]


def is_key(field: Any) -> bool:
    """Whether a column takes words of a form of its own only; addresses of pages are texts all the same."""
    forms = [one for one in field.validators if isinstance(one, RegexValidator)]
    return any("://" not in str(getattr(one.regex, "pattern", one.regex)) for one in forms)


def filled(model: type[models.Model], field: Any) -> bool:
    """Put markup into a column of all rows; return whether the database takes it."""
    text = SCRIPT if isinstance(field, models.URLField) else PAYLOAD
    rows = list(model._default_manager.all()[:400])
    for number, row in enumerate(rows):
        ending = str(number) if field.unique else ""
        setattr(row, field.attname, text[: (field.max_length or 99) - len(ending)] + ending)
    try:
        with transaction.atomic():
            model._default_manager.bulk_update(rows, [field.name])
    except (DatabaseError, ValidationError):
        return False
    return bool(rows)


def poisoned() -> set[str]:
    """Put markup into every text of every record; return the columns."""
    found = set()
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            if model.__module__.endswith(".results"):
                continue  # made of the others, once these are computed again
            for field in texts(model):
                name = f"{model.__name__}.{field.name}"
                if name not in LEFT and filled(model, field):
                    found.add(name)
    call_command("recompute", stdout=StringIO())
    return found


def test_no_text_of_any_record_works_as_markup_or_formula(world: dict[str, Client], root: Client) -> None:
    columns = poisoned()
    assert {"Project.name", "Source.title", "Source.url", "Scenario.note", "AdvisoryNote.text"} <= columns
    assert len(columns) > 100, sorted(columns)
    alive, broken, shown, routes = [], [], 0, set()
    for address, response in walked(root):
        if response.status_code >= 500:
            broken.append(address)
        routes.add(route_of(address))
        if not response.get("Content-Type", "").startswith("text/html"):
            continue
        page = body_of(response)
        shown += "&lt;xss" in page
        alive += [(address, hit.group()) for hit in ALIVE.finditer(page)]
    assert (broken, alive[:5]) == ([], [])
    assert PAGES_OF_RECORDS - routes == set()
    assert shown > 60, "the walk sees what was put in"
    assert_lists_are_neutral(root)


def assert_lists_are_neutral(root: Client) -> None:
    """JSON is never taken for a page, and no cell of a file begins as a formula does."""
    seen = 0
    for table in LISTS.values():
        address = f"/api/v1/{table.path}/".replace("{scenario}", "what-if")
        if "{" in address:
            continue
        json = root.get(address)
        assert (json["Content-Type"], json["X-Content-Type-Options"]) == ("application/json", "nosniff")
        csv = body_of(root.get(f"{address}?format=csv"))
        seen += "<xss" in csv
        assert not re.search(r'(?m)(^|,)"?=1\+1', csv), address
        assert_no_formula(root.get(f"{address}?format=xlsx"), address)
    assert seen > 20, "the lists hold what was put in"


def assert_no_formula(response: Any, address: str) -> None:
    with zipfile.ZipFile(BytesIO(response.getvalue())) as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in book.read(name), (address, name)
