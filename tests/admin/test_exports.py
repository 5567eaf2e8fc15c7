"""A list of the admin as a file: the same rows in the same order, and the totals beside it."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from portfolio.models import Contribution, Financier
from tests.exports.asking import sheet_rows, workbook
from tests.loaded import load_small

SMALL = Path(__file__).parent.parent / "data" / "small"
LIST = "/admin/portfolio/contribution/"
SLUG = "pl-state"


@pytest.fixture
def portfolio(db: None) -> None:
    load_small()


@pytest.fixture
def viewer(portfolio: None) -> Client:
    user = User.objects.create_user("viewer", is_staff=True)
    user.groups.add(Group.objects.get(name="Viewer"))
    client = Client()
    client.force_login(user)
    return client


def references(client: Client, query: str) -> list[str]:
    response = client.get(f"{LIST}export/?{query}")
    assert response.status_code == 200
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    assert response["Row-Count"] == str(len(rows))
    return [row["reference"] for row in rows]


@pytest.mark.parametrize(
    "query", ["", "o=-2.1", "currency=PLN", "state_today__state=signed&o=-8", "q=giga-a&p=1", "q=nothing-so"]
)
def test_a_file_has_the_rows_of_the_list_in_its_order(viewer: Client, query: str) -> None:
    shown = viewer.get(f"{LIST}?{query.replace('&p=1', '')}").context["cl"].queryset
    assert references(viewer, f"{query}&_format=csv") == [row.reference for row in shown]


def test_a_file_has_all_pages_in_every_format(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portfolio.admin.base.FactAdmin.list_per_page", 3)
    page = viewer.get(f"{LIST}?o=1")
    assert len(page.context["cl"].result_list) == 3
    for label, address in page.context["export_links"]:
        assert label in page.content.decode()
        content = viewer.get(address).getvalue()
        if "xlsx" in address:
            found = [row["reference"] for row in sheet_rows(workbook(content))]
        else:
            found = [line for line in content.decode().splitlines() if "C-0" in line]
        assert len(found) == Contribution.objects.count() == 13, label


def test_text_that_a_spreadsheet_would_run_is_neutralised(viewer: Client) -> None:
    changed = Financier.objects.filter(slug=SLUG).update(name="=1+1")
    assert changed == 1
    content = viewer.get("/admin/portfolio/financier/export/?_format=csv").getvalue().decode()
    names = {row["slug"]: row["name"] for row in csv.DictReader(io.StringIO(content))}
    assert names[SLUG] == "'=1+1"


def test_totals_are_those_of_the_rows_shown(viewer: Client) -> None:
    totals = {row.label: row for row in viewer.get(f"{LIST}?currency=EUR").context["state_totals"]}
    rows = Contribution.objects.filter(currency="EUR").select_related("state_today")
    signed = [row.state_today for row in rows if row.state_today.state == "signed"]
    assert totals["Signed"].contributions == len(signed) > 0
    assert totals["Signed"].amount_eur == sum((row.amount_eur or Decimal(0) for row in signed), Decimal(0))
    assert sum(total.contributions for total in totals.values()) == len(rows)


def test_what_is_asked_wrongly_leads_back_to_the_list(viewer: Client) -> None:
    response = viewer.get(f"{LIST}export/?_format=pdf&currency=PLN", follow=True)
    assert response.redirect_chain[-1][0].endswith("currency=PLN")
    assert "Accepted: csv, excel, xlsx, jsonl" in response.content.decode()
    assert viewer.get(f"{LIST}export/?nonsense__x=1").status_code == 302


def test_who_may_not_see_records_gets_no_file(portfolio: None) -> None:
    user = User.objects.create_user("staff", is_staff=True)
    client = Client()
    client.force_login(user)
    assert client.get(f"{LIST}export/?_format=csv").status_code == 403
    assert Client().get(f"{LIST}export/").status_code == 302
