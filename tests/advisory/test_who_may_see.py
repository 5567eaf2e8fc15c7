"""Advice is for who has a role, whatever PUBLIC_READ says: door by door, what others learn of a case.

The example's advice has words of its own: keys, names and texts that stand in no other record.
"""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from advisory.exports.lists import LISTS
from advisory.jobs.bundle_files import FILES
from advisory.models import AdvisoryRequest
from portfolio.jobs.facts import save_fact
from portfolio.models import Alert, RecomputeRequest
from tests.access.people import asked, made_token, person
from tests.advisory.making import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("example")]
TRACES = re.compile(r"R-[12]\b|E-1\b|A town|A bankable plan|The model\b|Ada Lead|EIB Advisory|W1D1")
AGGREGATES = {"advisory-funnel", "advisory-outcomes"}
RESERVED_PAGES = (
    "/advice/",
    "/advice/?country=DE",
    "/advice/requests/R-1/",
    "/advice/requests/nope/",
    "/advice/engagements/E-1/",
    "/advice/workload/",
    "/advice/advisers/",
    "/advice/deliverables/?lead=ada",
    "/advice/digest/",
    "/advice/explain/advisory_funnel/overall/accepted/",
    "/advice/explain/advisory_funnel/project.giga-a/accepted/",
)
OPEN_PAGES = (
    "/",
    "/advice/funnel/",
    "/advice/funnel/?as_of=2026-06-30",
    "/projects/",
    "/projects/giga-a/",
    "/alerts/",
    "/alerts/?kind=advice_stalled",
    "/alerts/?state=resolved",
    "/changes/",
    "/contributions/",
    "/recomputations/",
    "/timeline/",
    "/data/",
)


def without_a_role() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("nobody", password="a-long-password"))
    return client


def read(client: Client, address: str) -> tuple[int, str]:
    response: Any = client.get(address)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, content.decode()


@pytest.mark.parametrize("known", [False, True])
def test_pages_of_advice_are_for_who_has_a_role(known: bool) -> None:
    client = without_a_role() if known else Client()
    for address in RESERVED_PAGES:
        response = client.get(address)
        assert response.status_code == (403 if known else 302), address
        assert known or response.headers["Location"].startswith("/accounts/login/?next=/advice/"), address
        assert not TRACES.search(response.content.decode()), address


@pytest.mark.parametrize("known", [False, True])
def test_other_pages_say_nothing_of_a_case(known: bool) -> None:
    client = without_a_role() if known else Client()
    for address in OPEN_PAGES:
        status, body = read(client, address)
        assert status == 200, address
        assert not (found := TRACES.search(body)), (address, found)
        assert not re.search(r'href="/advice/(?!funnel/)', body), address
    # They do stand there for who may see them: so they were looked for in the right places.
    viewer = signed_in("Viewer")
    for address in ("/", "/projects/giga-a/", "/alerts/"):
        assert TRACES.search(read(viewer, address)[1]), address


@pytest.mark.parametrize("known", [False, True])
def test_lists_of_advice_are_for_who_has_a_role(known: bool) -> None:
    client = without_a_role() if known else Client()
    for table in LISTS:
        address = table.path.format(table="advisory-funnel", scope="overall", column="accepted")
        assert bool(table.permission) == (table.name not in AGGREGATES), table.name
        for end in ("?format=csv", "?format=jsonl", "manifest/"):
            status, body = read(client, f"/api/v1/{address}/{end}")
            assert status == (200 if table.name in AGGREGATES else 403 if known else 401), (address, end)
            assert not TRACES.search(body), (address, end)
    assert all(file.permission for file in FILES)


def test_of_the_funnel_everybody_reads_what_is_added_up_over_all_cases() -> None:
    address, viewer = "/api/v1/advisory-funnel/", signed_in("Viewer")
    rows, seen = Client().get(address).json(), viewer.get(address).json()
    assert ([row["scope"] for row in rows["results"]], rows["count"]) == (["overall"], 1)
    assert {row["scope"] for row in seen["results"]} == {"overall", "without-project", "project.giga-a"}
    assert Client().get(f"{address}project.giga-a/").status_code == 404
    assert viewer.get(f"{address}project.giga-a/").status_code == 200
    token = made_token(person("Analyst", "ana"))
    assert asked(token, f"{address}manifest/").json()["row_count"] == 3
    assert Client().get(f"{address}manifest/").json()["row_count"] == 1


def test_alerts_of_advice_are_in_the_list_for_who_may_see_them() -> None:
    """Nor do counts tell of them, or what a browser kept of another reader's answer."""
    alerts = Alert.objects.filter(subject="advice")
    assert alerts.count() >= 2
    viewer, address = signed_in("Viewer"), "/api/v1/alerts/?subject=advice"
    assert viewer.get(address).json()["count"] == alerts.count()
    assert Client().get(address).json() == {**Client().get(address).json(), "count": 0, "results": []}
    alert = alerts.first()
    assert alert is not None
    assert Client().get(f"/api/v1/alerts/{alert.pk}/").status_code == 404
    kept = viewer.get("/api/v1/alerts/").headers["ETag"]
    assert Client().get("/api/v1/alerts/", headers={"If-None-Match": kept}).status_code == 200
    outsider = without_a_role()
    user = User.objects.get(username="nobody")
    user.user_permissions.add(Permission.objects.get(codename="acknowledge_alert"))
    assert outsider.post(f"/alerts/{alert.pk}/acknowledge/").status_code == 404
    assert viewer.get("/").content.count(b" open</span>") >= 1
    number = Alert.objects.filter(resolved_at=None, acknowledged_at=None).exclude(subject="advice").count()
    shown = re.findall(r"(\d+) alerts?</span>", Client().get("/").content.decode())
    assert [int(found) for found in shown] == ([number] if number else [])


def test_changes_that_wait_name_no_case() -> None:
    asked_for = AdvisoryRequest.objects.get(key="R-1")
    asked_for.need = "Another plan"
    save_fact(asked_for, "test")
    assert RecomputeRequest.objects.exists()
    status, body = read(Client(), "/recomputations/")
    assert status == 200
    assert not TRACES.search(body)
