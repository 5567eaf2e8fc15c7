"""A page that was drawn is sent again while nothing has changed: to the same reader, with forms that work."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

pytestmark = pytest.mark.usefixtures("small", "pages_are_kept")

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def signed_in(name: str) -> Client:
    client = Client(enforce_csrf_checks=True)
    person, _ = User.objects.get_or_create(username=name)
    client.force_login(person)
    client.get("/accessibility/")  # gives the cookie that forms are checked by
    return client


@pytest.mark.parametrize("address", ["/", "/projects/giga-a/", "/embed/chips/", "/changes/"])
def test_the_same_page_is_not_drawn_twice(client: Client, address: str) -> None:
    client.get(address)
    drawn = client.get(address)
    with CaptureQueriesContext(connection) as drawing:
        again = client.get(address)
    with CaptureQueriesContext(connection) as comparing:
        client.get(address, headers={"if-none-match": drawn["ETag"]})
    assert len(drawing) == len(comparing)
    assert again.content == drawn.content
    assert {**again.headers, "X-Request-ID": ""} == {**drawn.headers, "X-Request-ID": ""}


def test_each_reader_gets_a_page_of_their_own() -> None:
    for client, name in [(signed_in(name), name) for name in ("ann", "bob", "ann")]:
        for _ in range(2):
            assert f'<span class="name">{name}</span>' in client.get("/").content.decode()


def test_forms_of_a_page_sent_again_work() -> None:
    client = signed_in("ann")
    tokens = [TOKEN.findall(client.get("/").content.decode()) for _ in range(3)]
    assert len({token for [token] in tokens}) == 3
    assert client.post(reverse("logout"), {"csrfmiddlewaretoken": tokens[-1][0]}).status_code == 302


def test_a_page_kept_from_before_signing_in_again_does_not_hold() -> None:
    client = signed_in("ann")
    tag = client.get("/")["ETag"]
    assert client.get("/", headers={"if-none-match": tag}).status_code == 304
    client.cookies.clear()
    client = signed_in("ann")
    assert client.get("/", headers={"if-none-match": tag}).status_code == 200
