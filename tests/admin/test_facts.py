"""The admin as people use it: forms, refusals, history, and what each role may do."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client

from portfolio.models import (
    Contribution,
    ContributionEvent,
    ExchangeRate,
    Project,
    ProjectStage,
    PublishedFigure,
    RecomputeRequest,
    ResultSet,
    Source,
)
from tests.loaded import load_small

SMALL = Path(__file__).parent.parent / "data" / "small"


@pytest.fixture
def portfolio(db: None) -> None:
    load_small()


def person(role: str) -> Client:
    user = User.objects.create_user(role.lower(), password="irrelevant", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def stage_form(project: str, stage: str, day: str) -> dict[str, Any]:
    return {
        "project": Project.objects.get(slug=project).pk,
        "stage": stage,
        "reached_on": day,
        "confidence": "confirmed",
        "source": Source.objects.get(key="example").pk,
        "note": "",
    }


def texts(response: Any) -> str:
    return response.content.decode().replace("&#x27;", "'").replace("&quot;", '"')


@pytest.mark.usefixtures("portfolio")
def test_every_record_and_form_opens(admin_client: Client) -> None:
    for model in admin.site._registry:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert admin_client.get(base).status_code == 200, base
        record = model._default_manager.first()
        if record is not None:
            assert admin_client.get(f"{base}{record.pk}/change/").status_code == 200, base
            if hasattr(model, "history"):
                assert admin_client.get(f"{base}{record.pk}/history/").status_code == 200, base


@pytest.mark.usefixtures("portfolio")
def test_an_edit_publishes_new_results_and_is_in_the_history(
    admin_client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    event = ContributionEvent.objects.get(contribution__reference="C-003", occurred_on="2026-10-15")
    with django_capture_on_commit_callbacks(execute=True):
        response = admin_client.post(
            f"/admin/portfolio/contributionevent/{event.pk}/change/",
            {
                "contribution": event.contribution_id,
                "kind": "signed",
                "occurred_on": "2026-10-15",
                "amount": "1100000000.00",
                "confidence": "confirmed",
                "source": event.source_id,
            },
        )
    assert response.status_code == 302
    row = ResultSet.objects.latest("as_of").projectcoverage_rows.get(project__slug="giga-a")
    assert str(row.signed_eur) == "2092743603.10"
    assert not RecomputeRequest.objects.exists()
    newest = event.history.latest()  # type: ignore[attr-defined]
    assert (newest.history_user.username, newest.history_change_reason) == ("admin", "admin")
    assert str(newest.prev_record.amount) == "1050000000.00"


@pytest.mark.usefixtures("portfolio")
def test_a_gigafactory_beyond_the_limit_is_refused_in_its_form(admin_client: Client) -> None:
    PublishedFigure.objects.filter(key="gigafactory_limit").update(value="2")
    before = ProjectStage.objects.count()
    response = admin_client.post(
        "/admin/portfolio/projectstage/add/", stage_form("giga-c", "selected", "2026-10-01")
    )
    assert response.status_code == 200
    for words in ("Gigafactory Example C", "is 2", "Gigafactory Example A", "Memorandum of understanding"):
        assert words in texts(response)
    assert 'value="2026-10-01"' in texts(response), "what was typed is still in the form"
    assert ProjectStage.objects.count() == before


@pytest.mark.usefixtures("portfolio")
def test_a_gigafactory_within_the_limit_is_selected(admin_client: Client) -> None:
    response = admin_client.post(
        "/admin/portfolio/projectstage/add/", stage_form("giga-c", "selected", "2026-10-01")
    )
    assert response.status_code == 302
    assert ProjectStage.objects.filter(project__slug="giga-c", stage="selected").exists()


@pytest.mark.usefixtures("portfolio")
def test_a_record_that_others_refer_to_is_not_deleted(admin_client: Client) -> None:
    source = Source.objects.get(key="example")
    page = admin_client.get(f"/admin/portfolio/source/{source.pk}/delete/")
    assert "would require deleting the following protected" in texts(page)
    admin_client.post(f"/admin/portfolio/source/{source.pk}/delete/", {"post": "yes"})
    assert Source.objects.filter(key="example").exists()


@pytest.mark.usefixtures("portfolio")
def test_deleting_a_withdrawal_that_takes_a_place_back_is_refused(admin_client: Client) -> None:
    PublishedFigure.objects.filter(key="gigafactory_limit").update(value="2")
    giga_c, source = Project.objects.get(slug="giga-c"), Source.objects.get(key="example")
    ProjectStage.objects.create(
        project=giga_c, stage="selected", reached_on="2026-01-01", confidence="confirmed", source=source
    )
    withdrawal = ProjectStage.objects.get(project=giga_c, stage="withdrawn")
    response = admin_client.post(
        f"/admin/portfolio/projectstage/{withdrawal.pk}/delete/", {"post": "yes"}, follow=True
    )
    assert "is 2" in texts(response)
    assert ProjectStage.objects.filter(pk=withdrawal.pk).exists()
    response = admin_client.post(
        "/admin/portfolio/projectstage/",
        {"action": "delete_selected", "_selected_action": [withdrawal.pk], "post": "yes"},
        follow=True,
    )
    assert "is 2" in texts(response)
    assert ProjectStage.objects.filter(pk=withdrawal.pk).exists()


@pytest.mark.usefixtures("portfolio")
def test_deleting_in_bulk_writes_history(admin_client: Client) -> None:
    events = list(
        ContributionEvent.objects.filter(contribution__reference="C-008").values_list("pk", flat=True)
    )
    admin_client.post(
        "/admin/portfolio/contributionevent/",
        {"action": "delete_selected", "_selected_action": events, "post": "yes"},
    )
    assert not ContributionEvent.objects.filter(pk__in=events).exists()
    removed = ContributionEvent.history.filter(id__in=events, history_type="-")  # type: ignore[attr-defined]
    assert {record.history_user.username for record in removed} == {"admin"}
    assert removed.count() == len(events)


@pytest.mark.usefixtures("portfolio")
def test_an_amount_out_of_range_is_named_in_the_form(admin_client: Client) -> None:
    contribution = Contribution.objects.get(reference="C-001")
    form = {
        "contribution": contribution.pk,
        "kind": "disbursed",
        "occurred_on": "2026-10-01",
        "confidence": "confirmed",
        "source": contribution.source_id,
    }
    for amount, words in (
        ("-1", "greater than or equal to 0"),
        ("1000000000000.00", "999999999999.99"),
        ("1.0011", "2 decimal places"),
    ):
        response = admin_client.post("/admin/portfolio/contributionevent/add/", {**form, "amount": amount})
        assert response.status_code == 200, amount
        assert words in texts(response), amount


@pytest.mark.usefixtures("portfolio")
def test_a_rate_that_cannot_be_is_refused_in_its_form(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portfolio.jobs.facts.today", lambda: date(2026, 11, 25))
    before = ExchangeRate.objects.count()
    for day, rate, sentence in (
        (
            "2026-11-26",
            "4.2",
            "The rate of PLN for 2026-11-26 is in the future: today in Brussels is 2026-11-25.",
        ),
        ("2026-11-25", "0", "“0” is a rate of zero or below. Give units of the currency for one euro."),
        ("2026-11-25", "-4.2", "“-4.2” is a rate of zero or below."),
        ("2026-11-25", "4.2000001", "no more than 6 decimal places"),
        ("2026-01-09", "4.2", "There is a rate of PLN for 2026-01-09 already: change that one."),
    ):
        form = {"currency": "PLN", "date": day, "per_euro": rate}
        response = admin_client.post("/admin/portfolio/exchangerate/add/", form)
        assert response.status_code == 200, rate
        assert sentence in texts(response), rate
        assert f'value="{day}"' in texts(response), "what was typed is still in the form"
    assert ExchangeRate.objects.count() == before
    form = {"currency": "PLN", "date": "2026-11-25", "per_euro": "4.2"}
    assert admin_client.post("/admin/portfolio/exchangerate/add/", form).status_code == 302
    assert ExchangeRate.objects.count() == before + 1


ROLES = {
    "Viewer": (True, False, False),
    "Officer": (True, False, False),
    "Analyst": (True, False, False),
    "Editor": (True, True, False),
    "Administrator": (True, True, True),
}


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_it_is_for(role: str) -> None:
    views, edits, manages = ROLES[role]
    client = person(role)
    source = Source.objects.get(key="example")
    assert (client.get("/admin/portfolio/contribution/").status_code == 200) is views
    assert (client.get("/admin/portfolio/contribution/add/").status_code == 200) is edits
    response = client.post("/admin/portfolio/projectstage/add/", stage_form("giga-c", "idea", "2025-01-01"))
    assert (response.status_code == 302) is edits
    assert ProjectStage.objects.filter(project__slug="giga-c", stage="idea").exists() is edits
    response = client.get(f"/admin/portfolio/source/{source.pk}/delete/")
    assert (response.status_code == 200) is edits
    assert (client.get("/admin/auth/user/").status_code == 200) is manages
    assert client.get("/admin/portfolio/recomputation/add/").status_code == 403


@pytest.mark.usefixtures("portfolio")
def test_an_administrator_cannot_become_more_than_that() -> None:
    client = person("Administrator")
    me = User.objects.get(username="administrator")
    root = User.objects.create_superuser("root", password="irrelevant")
    form = {
        "username": "administrator",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00",
    }
    client.post(f"/admin/auth/user/{me.pk}/change/", form)
    me.refresh_from_db()
    assert not me.is_superuser
    client.post(f"/admin/auth/user/{root.pk}/change/", {**form, "username": "captured"})
    passwords = {"password1": "taken-over-1", "password2": "taken-over-1"}
    client.post(f"/admin/auth/user/{root.pk}/password/", passwords)
    root.refresh_from_db()
    assert root.username == "root"
    assert root.check_password("irrelevant")


@pytest.mark.django_db
def test_lists_need_a_constant_number_of_queries(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    load_small()
    for name in (
        "project",
        "contribution",
        "contributionevent",
        "projectstage",
        "costestimate",
        "chipdeployment",
    ):
        with django_assert_max_num_queries(12):
            admin_client.get(f"/admin/portfolio/{name}/")
