"""A person's data exported, erased without breaking history, and forgotten when its time has come."""

import json
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from axes.models import AccessFailureLog, AccessLog
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from operations.persons import is_belonging, mentions, references
from operations.retention import enforce_retention
from portfolio.models import (
    AccessChange,
    ApiToken,
    ApiTokenUse,
    Project,
    Recomputation,
    ResultSet,
    Scenario,
)
from tests.access.people import asked, made_token
from tests.loaded import load_small

pytestmark = pytest.mark.django_db

NAME, MAIL = "ada.lovelace", "ada@engine.example"


def command(*words: str) -> str:
    output = StringIO()
    call_command(*words, stdout=output)
    return output.getvalue()


def history_of_projects() -> Any:
    return Project.history


@pytest.fixture
def ada(client: Client) -> User:
    """Somebody who did much: signed in, made a token, edited, made a scenario, was given a role."""
    load_small()
    person = User.objects.create_user(
        NAME, MAIL, "a-long-password", first_name="Ada", last_name="Lovelace", is_staff=True
    )
    person.groups.set(Group.objects.filter(name__in=("Editor", "Analyst")))
    client.post("/accounts/login/", {"username": NAME, "password": "wrong"})
    client.post("/accounts/login/", {"username": NAME, "password": "a-long-password"})
    asked(made_token(person))
    project = Project.objects.get(slug="giga-a")
    project.city = "Elsewhere"
    project._history_user = person  # type: ignore[attr-defined]
    from portfolio.jobs.facts import save_fact

    save_fact(project, "proposal 1 of ada.lovelace, approved by ada.lovelace")
    Scenario.objects.create(slug="s", name="S", created_by=person)
    return person


def test_all_that_is_kept_of_a_person_can_be_had(ada: User, tmp_path: Path) -> None:
    file = tmp_path / "ada.json"
    assert "rows about it" in command("export_person", NAME, str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    found: dict[str, Any] = json.loads(file.read_text())
    assert found["account"]["email"] == MAIL
    assert found["roles"] == ["Analyst", "Editor"]
    assert len(found["sessions"]) == 2, "one is that of the token's page"
    assert [row["name"] for row in found["portfolio.ApiToken, owner"]] == ["Notebook"]
    assert found["portfolio.ApiTokenUse"][0]["address"] == "127.0.0.1"
    assert found["axes.AccessFailureLog"][0]["ip_address"] == "127.0.0.1"
    assert found["portfolio.AccessChange, subject"][0]["kind"] == "token_made"
    assert found["portfolio.HistoricalProject, history_user"][0]["city"] == "Elsewhere"
    assert found["portfolio.Scenario, created_by"][0]["name"] == "S"
    text = file.read_text()
    assert "pbkdf2" not in text
    assert "md5$" not in text
    assert ApiToken.objects.get().digest not in text
    with pytest.raises(CommandError, match="can't be made: File exists"):
        command("export_person", NAME, str(file))
    with pytest.raises(CommandError, match="no account nobody"):
        command("export_person", "nobody", str(tmp_path / "x"))


def test_an_erased_person_is_nowhere_and_the_history_stands(ada: User, client: Client) -> None:
    history = list(
        history_of_projects().order_by("history_id").values_list("history_id", "city", "history_user")
    )
    anybody = Client()
    tag = anybody.get("/changes/")["ETag"]
    assert anybody.get("/changes/", headers={"If-None-Match": tag}).status_code == 304
    would = command("erase_person", NAME)
    assert "Nothing was changed" in would
    assert User.objects.get(pk=ada.pk).email == MAIL
    assert mentions([NAME])
    said = command("erase_person", NAME, "--apply")
    assert said.splitlines()[:-1] == would.splitlines()[:-1]
    assert "still named" not in said
    assert mentions([NAME, MAIL, "Ada Lovelace", "Lovelace"]) == {}
    assert not ApiToken.objects.exists()
    assert not Session.objects.exists()
    assert not AccessLog.objects.exists()
    person = User.objects.get(pk=ada.pk)
    assert (person.username, person.email, person.get_full_name()) == (f"former-user-{ada.pk}", "", "")
    assert (person.is_active, person.is_staff, person.has_usable_password()) == (False, False, False)
    assert not person.groups.exists()
    assert (
        list(history_of_projects().order_by("history_id").values_list("history_id", "city", "history_user"))
        == history
    )
    reason = history_of_projects().get(city="Elsewhere").history_change_reason
    assert reason == f"proposal 1 of former-user-{ada.pk}, approved by former-user-{ada.pk}"
    assert AccessChange.objects.filter(detail="personal data erased", subject=person.username).exists()
    assert "auth_user_id" not in client.session
    again = anybody.get("/changes/", headers={"If-None-Match": tag})
    assert again.status_code == 200, "no browser shows a page with the name as unchanged"


def test_what_is_left_in_free_text_is_said(ada: User) -> None:
    Project.objects.filter(slug="giga-b").update(host=f"Ask {NAME} there")
    said = command("erase_person", NAME, "--apply")
    assert "still named in portfolio_project.host: 1; decide by hand" in said


def test_the_only_superuser_stays() -> None:
    User.objects.create_superuser("root", password="a-long-password")
    with pytest.raises(CommandError, match="the only superuser"):
        command("erase_person", "root", "--apply")
    assert User.objects.filter(username="root", is_active=True).exists()


def test_every_reference_to_an_account_is_in_the_record() -> None:
    record = (Path(__file__).parent.parent.parent / "docs" / "data-protection.md").read_text()
    tables = {
        model._meta.db_table
        for model, _ in references()
        if not model.__name__.startswith("Historical") and not model._meta.auto_created
    }
    named = set(re.findall(r"`([a-z_]+\*?)`", record))
    missing = {
        table
        for table in tables
        if not any(table == name or (name.endswith("*") and table.startswith(name[:-1])) for name in named)
    }
    assert not missing, "say in docs/data-protection.md why this is kept of people, and for how long"
    assert any(is_belonging(model, field) for model, field in references())


def test_what_has_passed_its_time_is_forgotten(ada: User) -> None:
    now = timezone.now()
    one = Recomputation.objects.order_by("-id")[:1].get()
    for _ in range(104):
        one.pk, one.trigger = None, "edit"
        one.save()
    Recomputation.objects.update(finished_at=now - timedelta(days=91))
    AccessFailureLog.objects.update(attempt_time=now - timedelta(days=181))
    AccessChange.objects.update(changed_at=now - timedelta(days=1800))
    kept, count = ResultSet.objects.get().recomputation_id, Recomputation.objects.count()
    done = enforce_retention()
    assert (done["failed sign-ins"], done["sign-ins"], done["uses of tokens"]) == (1, 0, 0)
    assert done["recomputations"] == count - 101
    assert Recomputation.objects.filter(pk=kept).exists()
    assert done["changes of access"] == 0
    done = enforce_retention(now + timedelta(days=181))
    assert (done["sign-ins"], done["uses of tokens"], done["sessions that ended"]) == (2, 1, 2)
    assert done["changes of access"] > 0
    assert not ApiTokenUse.objects.exists()
    assert history_of_projects().exists()
    assert set(enforce_retention(now + timedelta(days=181)).values()) == {0}
