"""Who may read, make, change and copy scenarios."""

import pytest
from django.test import Client

from portfolio.models import (
    Scenario,
)
from tests.dashboards.pages import text_of
from tests.dashboards.scenario_pages import PAGE, added, person, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small")]


def test_others_read_and_copy_but_do_not_change(officer: Client) -> None:
    added(officer, "drop_project", project="giga-a")
    officer.force_login(person("Editor"))
    page = text_of(officer, PAGE)
    assert "Only officer and Administrators may change it." in page
    assert "Remove" not in page
    for address in ("changes/", "changes/1/remove/", "describe/", "delete/"):
        assert officer.post(f"{PAGE}{address}", {"name": "Mine"}).status_code == 403, address
    response = officer.post(f"{PAGE}copy/")
    assert response.status_code == 302
    assert response.url == "/scenarios/copy-of-what-if/"  # type: ignore[attr-defined]
    copy = Scenario.objects.get(slug="copy-of-what-if")
    assert copy.created_by is not None
    assert copy.created_by.username == "editor"
    assert copy.changes.get().project == "giga-a"
    assert Scenario.objects.get(slug="what-if").changes.count() == 1


def test_an_administrator_changes_and_deletes_those_of_others(officer: Client) -> None:
    officer.force_login(person("Administrator"))
    added(officer, "drop_project", project="giga-a")
    officer.post(f"{PAGE}describe/", {"name": "What then", "note": ""})
    assert "What then" in text_of(officer, PAGE)
    assert officer.post(f"{PAGE}delete/").status_code == 302
    assert officer.get(PAGE).status_code == 404
    assert officer.get("/api/v1/scenarios/what-if/project-coverage/").status_code == 404


@pytest.mark.parametrize("role", ["Viewer", "Analyst"])
def test_readers_make_nothing(client: Client, role: str) -> None:
    client.force_login(person(role))
    assert client.post("/scenarios/", {"name": "Mine"}).status_code == 403
    assert "A new scenario" not in text_of(client, "/scenarios/")


def test_somebody_not_signed_in_reads_and_is_sent_to_sign_in(officer: Client) -> None:
    officer.logout()
    text_of(officer, PAGE)
    rows(officer, "portfolio-summary", "need_eur")
    for address in ("/scenarios/", f"{PAGE}changes/", f"{PAGE}copy/"):
        response = officer.post(address, {"name": "Mine"})
        assert response.status_code == 302
        assert response.url.startswith("/accounts/login/?next=")  # type: ignore[attr-defined]
