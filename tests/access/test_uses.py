"""Noting the use of a token while somebody else writes: the reader waits for no one."""

import sqlite3
import time

import pytest
from django.conf import settings
from django.db import connection

from portfolio.models import ApiToken
from tests.access.people import asked, holder, made_token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.skipif(not settings.EMBEDDED, reason="only SQLite has one writer at a time")
def test_a_bundle_that_is_loading_holds_no_reader_up(caplog: pytest.LogCaptureFixture) -> None:
    token = made_token(holder())
    usual = connection.settings_dict["OPTIONS"]["timeout"]
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        started = time.monotonic()
        assert asked(token).status_code == 200
        assert time.monotonic() - started < usual
    finally:
        other.close()
    assert "The use of an API token was not noted: OperationalError" in caplog.text
    assert ApiToken.objects.get().last_used_at is None
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (usual * 1000,), "writers wait as long as ever"
    assert asked(token).status_code == 200
    assert ApiToken.objects.get().last_used_at is not None
