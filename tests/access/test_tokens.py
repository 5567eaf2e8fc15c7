"""Which tokens count, for whom, and what becomes of their secrets."""

import json
import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portfolio.models import ApiToken, ApiTokenUse
from portfolio.rules.api_tokens import checksum, take_apart
from tests.access.people import LIST, asked, made_token, person

pytestmark = pytest.mark.django_db


def refused(text: str) -> dict:
    """Return the problem document of a token that does not count."""
    response = asked(text)
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'
    assert response["Cache-Control"] == "no-store"
    return response.json()


def with_checksum(text: str) -> str:
    return text + checksum(text)


@pytest.mark.usefixtures("closed")
def test_a_token_reads_where_others_may_not(token: str) -> None:
    assert Client().get(LIST).status_code == 401
    response = asked(token)
    assert response.status_code == 200
    assert response.json()["results"] == []


def test_whatever_is_wrong_with_a_token_is_said_in_the_same_words(token: str) -> None:
    ana = User.objects.get(username="ana")
    revoked = made_token(ana, name="Revoked")
    ApiToken.objects.filter(name="Revoked").update(revoked_at=timezone.now())
    expired = made_token(ana, name="Expired")
    long_ago = timezone.now() - timedelta(400)
    ApiToken.objects.filter(name="Expired").update(
        created_at=long_ago, expires_at=timezone.now() - timedelta(seconds=1)
    )
    gone = made_token(person("Analyst", "gone"))
    User.objects.filter(username="gone").update(is_active=False)
    demoted = made_token(person("Editor", "demoted"))
    User.objects.get(username="demoted").groups.set(Group.objects.filter(name="Viewer"))

    prefix = token.split("_")[1]
    other_secret = with_checksum(f"inv_{prefix}_{'0' * 43}")
    unknown = with_checksum(f"inv_0000000000_{'0' * 43}")
    wrong_checksum = token[:-1] + ("0" if token[-1] != "0" else "1")
    malformed = ["", "x", "inv_", token[:-1], token + "0", f"{token} {token}", token.upper(), "inv_é"]
    answers = [
        refused(text)
        for text in [revoked, expired, gone, demoted, other_secret, unknown, wrong_checksum, *malformed]
    ]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["title"] == "Token refused"
    assert asked(token).status_code == 200


def test_a_refused_token_is_not_saved_by_a_session(analyst: Client) -> None:
    assert asked("x", client=analyst).status_code == 401
    assert analyst.get(LIST).status_code == 200


def test_other_ways_of_authorization_are_left_to_others(client: Client) -> None:
    """A proxy may ask for a password of its own; that concerns no token."""
    assert client.get(LIST, headers={"Authorization": "Basic eDp5"}).status_code == 200


def test_of_the_secret_only_a_digest_is_kept(token: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), CaptureQueriesContext(connection) as queries:
        assert asked(token).status_code == 200
        refused(token[:-1])
    secret = token.split("_")[2][:43]
    parts = take_apart(token)
    assert parts is not None
    assert ApiToken.objects.get().digest == parts.digest
    assert secret not in caplog.text
    assert not [query for query in queries.captured_queries if secret in query["sql"]]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert secret not in repr(cursor.fetchall()), table


def test_a_token_in_an_address_is_no_token(token: str) -> None:
    for parameter in ("token", "access_token", "api_key"):
        assert Client().get(f"{LIST}?{parameter}={token}").status_code == 400


def test_a_token_opens_no_page(token: str) -> None:
    for address in ("/account/tokens/", "/admin/"):
        assert asked(token, address).status_code == 302


def test_uses_are_noted_once_a_minute(token: str) -> None:
    assert asked(token, REMOTE_ADDR="192.0.2.7").status_code == 200
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    assert asked(token, REMOTE_ADDR="192.0.2.8").status_code == 200
    assert ApiToken.objects.get().last_used_at == first
    assert ApiTokenUse.objects.get().address == "192.0.2.7"

    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    asked(token, REMOTE_ADDR="192.0.2.7")
    use = ApiTokenUse.objects.get()
    assert use.first_used_at == first
    assert use.last_used_at > first


def test_a_refused_token_is_not_noted_as_used(token: str) -> None:
    ApiToken.objects.update(revoked_at=timezone.now())
    refused(token)
    assert ApiToken.objects.get().last_used_at is None
    assert not ApiTokenUse.objects.exists()


def test_a_token_costs_one_query(token: str) -> None:
    asked(token)
    with CaptureQueriesContext(connection) as plain:
        Client().get(LIST)
    with CaptureQueriesContext(connection) as shown:
        asked(token)
    assert len(shown) == len(plain) + 1, [query["sql"] for query in shown]


def test_what_changes_anything_needs_the_scope_for_it(client: Client) -> None:
    owner = person("Analyst")
    reads, downloads = made_token(owner, name="a"), made_token(owner, name="b", scope="download")

    def posted(text: str) -> int:
        return client.post(LIST, headers={"Authorization": f"Bearer {text}"}).status_code

    assert posted(reads) == 403
    assert posted(downloads) == 405, "let through to the list, which only reads"


def test_the_form_of_a_token_can_be_recognised(token: str) -> None:
    assert take_apart(token) is not None
    changed = [
        token[:at] + ("a" if token[at] != "a" else "b") + token[at + 1 :] for at in range(15, len(token))
    ]
    assert not [text for text in changed if take_apart(text)]
    assert json.dumps(token) == f'"{token}"'
