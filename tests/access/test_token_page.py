"""The page of a person's tokens, over HTTP."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from portfolio.jobs.api_tokens import MOST_TOKENS, last_day
from portfolio.models import AccessChange, ApiToken
from portfolio.rules.dates import today
from tests.access.people import PAGE, ROLES, TOKEN, asked, entered, faults, made_token, person
from tests.dashboards.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ROLES)
def test_who_may_have_tokens(client: Client, role: str) -> None:
    client.force_login(person(role))
    may = role != "Viewer"
    assert client.get(PAGE).status_code == (200 if may else 403)
    assert client.post(PAGE, entered()).status_code == (200 if may else 403)
    assert client.post(f"{PAGE}1/revoke/").status_code in ((302, 404) if may else (403,))
    assert ApiToken.objects.exists() is may
    assert ("API tokens" in client.get("/data/").content.decode()) is may


def test_somebody_not_signed_in_is_sent_to_sign_in(client: Client) -> None:
    for response in (client.get(PAGE), client.post(PAGE, entered()), client.post(f"{PAGE}1/revoke/")):
        assert response.status_code == 302
        assert response["Location"].startswith(f"/accounts/login/?next={PAGE}")


def test_a_token_is_shown_once(analyst: Client) -> None:
    response = analyst.post(PAGE, entered(name="  My   notebook "))
    page = response.content.decode()
    (text,) = TOKEN.findall(page)
    assert page.count(text) == 1
    assert "no-store" in response["Cache-Control"]
    assert "The token “My notebook” is made" in page
    assert asked(text).status_code == 200
    again = analyst.get(PAGE)
    assert text not in again.content.decode()
    assert "no-store" in again["Cache-Control"]
    assert "ETag" not in again
    token = ApiToken.objects.get()
    assert f"inv_{token.prefix}_…" in again.content.decode()


def test_the_same_form_sent_again_makes_no_second_token(analyst: Client) -> None:
    assert analyst.post(PAGE, entered()).status_code == 200
    response = analyst.post(PAGE, entered())
    assert response.status_code == 400
    assert "You have a token called “Notebook” already." in " ".join(faults(response))
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": " "}, "Name is empty."),
        ({"name": "x" * 101}, "Name has 101 characters. Accepted: 100 at most."),
        ({"name": "a\u202eb"}, "characters that cannot be seen"),
        ({"name": "a\0b"}, "characters that cannot be seen"),
        ({"scope": "write"}, "Scope is “write”. Accepted: read, download."),
        ({"scope": ""}, "Accepted: read, download."),
        ({"expires_on": ""}, "is not a date"),
        ({"expires_on": "31/12/2026"}, "“31/12/2026” is not a date."),
        ({"expires_on": (today() - timedelta(1)).isoformat()}, "A token works for a year at most."),
        ({"expires_on": (last_day(today()) + timedelta(1)).isoformat()}, "A token works for a year at most."),
        ({"expires_on": "9999-12-31"}, "A token works for a year at most."),
    ],
)
def test_what_is_refused(analyst: Client, changed: dict[str, str], sentence: str) -> None:
    response = analyst.post(PAGE, entered(**changed))
    assert response.status_code == 400
    assert sentence in " ".join(faults(response))
    assert not TOKEN.search(response.content.decode())
    assert not ApiToken.objects.exists()


def test_what_was_entered_stays(analyst: Client) -> None:
    page = analyst.post(PAGE, entered(name="<b>Mine</b>", expires_on="never")).content.decode()
    assert 'value="&lt;b&gt;Mine&lt;/b&gt;"' in page
    assert 'value="never"' in page


def test_the_last_day_is_whole(analyst: Client) -> None:
    analyst.post(PAGE, entered(expires_on=last_day(today()).isoformat()))
    token = ApiToken.objects.get()
    assert token.last_day == last_day(today())
    assert timedelta(363) < token.expires_at - token.created_at <= timedelta(366)
    assert last_day(date(2026, 11, 26)) == date(2027, 11, 25)
    assert last_day(date(2028, 2, 29)) == date(2029, 2, 28)
    assert last_day(date(2027, 3, 1)) == date(2028, 2, 29)


def test_revoking(analyst: Client) -> None:
    owner = User.objects.get(username="analyst")
    text = made_token(owner)
    pk = ApiToken.objects.get().pk
    assert analyst.get(f"{PAGE}{pk}/revoke/").status_code == 405
    assert asked(text).status_code == 200
    assert analyst.post(f"{PAGE}{pk}/revoke/").status_code == 302
    assert asked(text).status_code == 401
    first = ApiToken.objects.get()
    assert first.revoked_by == owner
    analyst.post(f"{PAGE}{pk}/revoke/")
    assert ApiToken.objects.get().revoked_at == first.revoked_at
    page = text_of(analyst, PAGE)
    assert "You have no token that works." in page
    assert "revoked" in page
    assert analyst.post(PAGE, entered()).status_code == 200, "its name is free again"


def test_tokens_of_others_are_not_there(analyst: Client) -> None:
    text = made_token(person("Editor"), name="Theirs")
    assert "Theirs" not in text_of(analyst, PAGE)
    assert analyst.post(f"{PAGE}{ApiToken.objects.get().pk}/revoke/").status_code == 404
    assert asked(text).status_code == 200


def test_forms_of_other_sites_do_nothing() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("Analyst"))
    assert client.post(PAGE, entered()).status_code == 403
    assert not ApiToken.objects.exists()


def test_not_more_than_so_many(analyst: Client) -> None:
    for number in range(MOST_TOKENS):
        assert analyst.post(PAGE, entered(name=f"{number}")).status_code == 200
    response = analyst.post(PAGE, entered(name="more"))
    assert response.status_code == 400
    assert f"You have {MOST_TOKENS} tokens that work" in " ".join(faults(response))
    analyst.post(f"{PAGE}{ApiToken.objects.earliest('pk').pk}/revoke/")
    assert analyst.post(PAGE, entered(name="more")).status_code == 200


def test_the_history_of_a_token(analyst: Client) -> None:
    text = made_token(User.objects.get(username="analyst"))
    assert "never" in text_of(analyst, PAGE)
    asked(text, REMOTE_ADDR="192.0.2.7")
    page = text_of(analyst, PAGE)
    assert "from 192.0.2.7" in page
    assert f"{today().day} {today():%B %Y}" in page


def test_the_page_asks_as_much_of_the_database_for_many_tokens(
    analyst: Client, django_assert_max_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    owner = User.objects.get(username="analyst")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked_for:
            analyst.get(PAGE)
        return len(asked_for)

    asked(made_token(owner, name="first"))
    one = queries()
    for number in range(8):
        asked(made_token(owner, name=f"{number}"))
    assert queries() == one


def test_making_and_revoking_are_noted(analyst: Client) -> None:
    response = analyst.post(PAGE, entered(), REMOTE_ADDR="192.0.2.7")
    (text,) = TOKEN.findall(response.content.decode())
    analyst.post(f"{PAGE}{ApiToken.objects.get().pk}/revoke/", REMOTE_ADDR="192.0.2.8")
    revoked, made = AccessChange.objects.all()
    assert (made.kind, made.subject, made.changed_by) == ("token_made", "analyst", "analyst")
    assert (revoked.kind, revoked.subject, revoked.changed_by) == ("token_revoked", "analyst", "analyst")
    assert (made.address, revoked.address) == ("192.0.2.7", "192.0.2.8")
    assert "Notebook (inv_" in made.detail
    assert text.split("_")[2] not in made.detail + revoked.detail
