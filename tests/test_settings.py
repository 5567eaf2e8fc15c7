"""Settings from the environment: a wrong one stops the start with a sentence that says what is accepted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MARK = "printed: "


def settings(expression: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Import the settings in a process with this environment alone, and print an expression of them."""
    code = f"from investai import settings; print({MARK!r}, {expression}, sep='')"
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [
        sys.executable,
        "-c",
        f"import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'investai.settings'; {code}",
    ]
    return subprocess.run(
        command, env={**kept, **environment}, cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("variable", "value", "accepted"),
    [
        ("DATABASE_URL", "mysql://x/y", "postgres://USER:PASSWORD@HOST:PORT/NAME"),
        ("CELERY_BROKER_URL", "localhost", "redis://HOST:PORT/NUMBER"),
        ("DEBUG", "maybe", "on, true, yes, 1"),
        ("HTTPS", "2", "off, false, no, 0"),
        ("PUBLIC_READ", "sometimes", "on, true, yes, 1"),
        ("ALLOWED_HOSTS", "https://example.org", "host names separated by commas"),
    ],
)
def test_a_malformed_setting_is_named(variable: str, value: str, accepted: str) -> None:
    done = settings("1", **{variable: value})
    assert done.returncode != 0
    sentence = done.stderr.strip().splitlines()[-1]
    assert f'The setting {variable} is "{value}". Accepted: ' in sentence
    assert accepted in sentence


def test_a_password_is_not_shown() -> None:
    done = settings("1", DATABASE_URL="mysql://me:hunter2@host/db")
    assert "hunter2" not in done.stderr
    assert "***" in done.stderr


def test_postgresql_needs_a_secret_key() -> None:
    done = settings("1", DATABASE_URL="postgres://u:p@host/db")
    assert "SECRET_KEY is empty" in done.stderr


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"DATABASE_URL": "sqlite:////tmp/never-opened.sqlite3", "SECRET_KEY": "s"}, "True True"),
        ({"DATABASE_URL": "postgres://u:p@host/db", "SECRET_KEY": "s"}, "False False"),
        ({"DATABASE_URL": "postgres://u:p@host/db", "SECRET_KEY": "s", "PUBLIC_READ": "on"}, "False True"),
    ],
)
def test_reading_is_open_by_default_in_the_embedded_default_alone(
    environment: dict[str, str], expected: str
) -> None:
    done = settings("f'{settings.EMBEDDED} {settings.PUBLIC_READ}'", **environment)
    assert f"{MARK}{expected}" in done.stdout, done.stderr
