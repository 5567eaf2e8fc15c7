"""Digests of advice by mail: chosen by each person, sent once, tried again."""

from datetime import date

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client

from advisory.jobs.digests import send_digests
from advisory.models import DigestSent
from tests.advisory.making import person, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("example")]


def test_each_person_chooses_their_own_digest() -> None:
    ada = person("Officer", name="ada", email="ada@example.org")
    client = Client()
    client.force_login(ada)
    assert client.post("/advice/digest/", {"frequency": "hourly"}).status_code == 400
    assert "Nothing confidential" in text_of(client.get("/advice/digest/"))
    wednesday, monday = date(2026, 11, 25), date(2026, 11, 23)
    client.post("/advice/digest/", {"frequency": "weekly", "deliverables": "on", "own_only": "on"})
    assert send_digests(wednesday) == 0
    assert send_digests(monday) == 1
    assert send_digests(monday) == 0, "once a day"
    (sent,) = mail.outbox
    assert sent.to == ["ada@example.org"]
    assert sent.subject == "Advice, 2026-11-23: 1 overdue, 0 due soon, 0 stalled"
    assert "The model: 267 days late" in sent.body
    assert "/advice/engagements/E-1/" in sent.body
    client.post("/advice/digest/", {"frequency": "daily", "stalled": "on"})
    assert send_digests(wednesday) == 1
    assert "A town" in mail.outbox[1].body
    assert "The model" not in mail.outbox[1].body
    assert send_digests(date(2026, 11, 28)) == 0, "not on a Saturday"
    assert DigestSent.objects.count() == 2
    client.post("/advice/digest/", {"frequency": "never"})
    assert send_digests(date(2026, 11, 26)) == 0


def test_a_digest_that_cannot_be_sent_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    person("Officer", name="bea", email="bea@example.org")
    ada = person("Officer", name="ada", email="ada@example.org")
    for somebody in ("ada", "bea"):
        client = Client()
        client.force_login(ada.__class__.objects.get(username=somebody))
        client.post("/advice/digest/", {"frequency": "daily", "deliverables": "on", "stalled": "on"})
    sender = "advisory.jobs.digests.send_mail"
    real = __import__("django.core.mail", fromlist=["send_mail"]).send_mail

    def broken(subject: str, body: str, sender: str, to: list[str]) -> int:
        if to == ["ada@example.org"]:
            raise OSError("no server")
        return int(real(subject, body, sender, to))

    monkeypatch.setattr(sender, broken)
    day = date(2026, 11, 25)
    assert send_digests(day) == 1
    monkeypatch.setattr(sender, real)
    assert send_digests(day) == 1
    assert {message.to[0] for message in mail.outbox} == {"ada@example.org", "bea@example.org"}
    call_command("send_digests", verbosity=0)
