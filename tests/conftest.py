"""What every test shares.

The database is the one that DATABASE_URL names (SQLite when it is empty), so
`DATABASE_URL=postgres://... pytest` runs the same tests on PostgreSQL. All other settings are fixed here:
tests do not depend on the environment of whoever runs them.
"""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.update(
    DJANGO_SETTINGS_MODULE="investai.settings",
    SECRET_KEY="a key that only tests use, and that protects nothing at all",
    PUBLIC_READ="on",
    CELERY_BROKER_URL="",
    ALLOWED_HOSTS="",
    HTTPS="off",
    DEBUG="off",
    TRUSTED_PROXIES="",
    CORS_ALLOWED_ORIGINS="",
    SESSION_HOURS="",
    LOG_FORMAT="",
    LOG_REQUESTS="",
    OPERATOR_TOKEN="",
    OPERATOR_LOOPBACK="",
    RELEASE="",
    OIDC_ISSUER="",
    OIDC_CLIENT_ID="",
    OIDC_CLIENT_SECRET="",
    # All tests ask from one address: those of limits set their own.
    API_RATE_ANONYMOUS="0",
    API_RATE_SIGNED_IN="0",
    API_RATE_TOKEN="0",
    API_RATE_EXPORTS="0",
    DJANGO_ALLOW_ASYNC_UNSAFE="1",  # Playwright keeps an event loop in the thread of the test
)

import django
import pytest
from django.conf import settings
from django.db import connection
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker
from whitenoise.base import WhiteNoise  # type: ignore[import-untyped]

from tests.template import copy_for, drop_copy, template

# Pages are tested from the files as they are in the tree, whether or not they were collected.
settings.STORAGES["staticfiles"]["BACKEND"] = settings.PLAIN_STATIC_STORAGE
# Hashing a password is slow by design, a third of a second for each person that a test makes.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()

# Few examples, the same ones every time; making one smaller that fails would take minutes.
# `pytest --hypothesis-profile=hunt` looks for new ones.
SLOW_BY_NATURE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
hypothesis_settings.register_profile(
    "few",
    max_examples=25 if settings.EMBEDDED else 8,  # PostgreSQL takes three times as long for each
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=SLOW_BY_NATURE,
)
hypothesis_settings.register_profile(
    "hunt", max_examples=3000, deadline=None, suppress_health_check=SLOW_BY_NATURE, database=None
)
hypothesis_settings.load_profile("few")


def look_once_at_static_files() -> None:
    """Let all clients share what WhiteNoise finds in the folder of static files.

    Each client has middleware of its own, which would look at each of the files anew: longer than most pages
    take.
    """
    really = WhiteNoise.update_files_dictionary
    found: dict[tuple[str, str], dict[str, Any]] = {}

    def look(self: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in found:
            before = self.files
            self.files = {}
            really(self, root, prefix)
            found[root, prefix], self.files = self.files, before
        self.files.update(found[root, prefix])

    WhiteNoise.update_files_dictionary = look


def empty_few_rows_quickly() -> None:
    """Let PostgreSQL delete the rows of a test that commits, where they are few.

    TRUNCATE begins eight hundred files anew, which takes it a second or more. Of many rows, each that is
    deleted would be looked for in every table that may refer to it.
    """
    operations: Any = type(connection.ops)
    really = operations.sql_flush

    def few(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
        with self.connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"SELECT 1 FROM {self.quote_name(table)} OFFSET {FEW_ROWS} LIMIT 1")
                if cursor.fetchone() or options.get("reset_sequences"):
                    return list(really(self, style, tables, **options))
        return [f"DELETE FROM {self.quote_name(table)}" for table in tables]

    operations.sql_flush = few


look_once_at_static_files()
if not settings.EMBEDDED:
    empty_few_rows_quickly()

FEW_ROWS = 1_000
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use no database."""
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if not used & DATABASE_FIXTURES and not item.get_closest_marker("django_db"):
            item.add_marker("no_database")


def pytest_collection_finish() -> None:
    """Let what every test needs, a million objects, be looked through no more for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """On SQLite, tests use a file, as the application does: locks and WAL work as they will there."""
    if settings.EMBEDDED:
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(file)
    if not template():
        yield
        return
    with django_db_blocker.unblock():
        copy_for(connection)
    yield
    with django_db_blocker.unblock():
        drop_copy(connection)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Take the copy of the template as it is."""
    return django_db_keepdb or bool(template())


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """Browser tests use the Chromium of this machine: CHROMIUM, or the first one on PATH."""
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if executable is None or not Path(executable).exists():
        pytest.fail("No Chromium found. Debian: apt-get install -y chromium. Elsewhere: CHROMIUM=/path/to/it")
    return {
        **browser_type_launch_args,
        "executable_path": executable,
        "args": [
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }


@pytest.fixture
def small(db: None) -> None:
    """The worked example, computed for today: nothing in it is dated later than 2026-11-25."""
    from tests.loaded import load_small

    load_small()


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Let no test begin with what this process kept of the database of another."""
    from portfolio.queries.memories import forget_everything

    forget_everything()


@pytest.fixture(autouse=True)
def months_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no request of a test compute month ends: tests of series ask for them."""
    monkeypatch.setattr("portfolio.tasks.SECONDS_IN_A_REQUEST", 0.0)
