"""Settings from the environment: a wrong one stops the start with a sentence that says what is accepted."""

import os
import re
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
        ("TRUSTED_PROXIES", "10.0.0.1", "a whole number from 0 to 10"),
        ("TRUSTED_PROXIES", "11", "a whole number from 0 to 10"),
        ("API_RATE_ANONYMOUS", "-1", "a whole number from 0 to 1000000"),
        ("API_RATE_SIGNED_IN", "many", "a whole number"),
        ("API_RATE_TOKEN", "1.5", "a whole number"),
        ("API_RATE_EXPORTS", "1000001", "a whole number"),
        ("LOG_FORMAT", "xml", "text or json"),
        ("LARGE_EXPORTS", "0", "a whole number from 1 to 100"),
        ("EXPORTS_GIVE_WAY_MS", "1001", "a whole number from 0 to 1000"),
        ("KEPT_PAGES_MB", "1001", "a whole number from 0 to 1000"),
        ("SITE_URL", "example.org", "http:// or https:// and a host"),
        ("EMAIL_URL", "mail.example.org", "smtp://USER:PASSWORD@HOST:PORT"),
        ("SECOND_FACTOR_ROLES", "Editor,Boss", "roles separated by commas, of Viewer"),
        ("SESSION_HOURS", "0", "a whole number from 1 to 8760"),
        ("CORS_ALLOWED_ORIGINS", "*", "origins separated by commas"),
        ("CORS_ALLOWED_ORIGINS", "example.org", "https://example.org,http://localhost:3000"),
        ("CORS_ALLOWED_ORIGINS", "https://example.org/", "without a path"),
        ("CORS_ALLOWED_ORIGINS", "https://example.org,", "origins separated by commas"),
        ("CORS_ALLOWED_ORIGINS", "https://*.example.org", "or an asterisk"),
        ("CORS_ALLOWED_ORIGINS", "null", "origins separated by commas"),
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


def test_a_token_that_can_be_guessed_is_refused_and_not_shown() -> None:
    done = settings("1", OPERATOR_TOKEN="hunter2")
    assert "The setting OPERATOR_TOKEN is" in done.stderr
    assert "Accepted: 32 or more printable characters" in done.stderr
    assert "hunter2" not in done.stderr


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


def test_cookies_over_https_are_bound_to_the_host() -> None:
    names = ("SESSION_COOKIE", "CSRF_COOKIE")
    shown = ", ".join(
        f"settings.{name}_{what}" for name in names for what in ("NAME", "SECURE", "HTTPONLY", "SAMESITE")
    )
    expression = f"({shown}, settings.SESSION_COOKIE_AGE)"
    plain, safe = settings(expression), settings(expression, HTTPS="on", SESSION_HOURS="8")
    assert f"{MARK}('sessionid', False, True, 'Lax', 'csrftoken', False, True, 'Lax', 43200)" in plain.stdout
    expected = "('__Host-sessionid', True, True, 'Lax', '__Host-csrftoken', True, True, 'Lax', 28800)"
    assert f"{MARK}{expected}" in safe.stdout


def test_counts_are_shared_where_there_is_a_broker() -> None:
    expression = "settings.CACHES['default']['BACKEND'].rpartition('.')[2]"
    assert f"{MARK}LocMemCache" in settings(expression).stdout
    with_broker = settings(expression, CELERY_BROKER_URL="redis://127.0.0.1:6379/0")
    assert f"{MARK}RedisCache" in with_broker.stdout


def test_other_origins_are_let_in_only_where_they_are_named() -> None:
    expression = "'corsheaders' in settings.INSTALLED_APPS, settings.CORS_ALLOWED_ORIGINS"
    assert f"{MARK}False[]" in settings(expression).stdout
    two = settings(expression, CORS_ALLOWED_ORIGINS="https://a.example, http://[::1]:3000")
    assert f"{MARK}True['https://a.example', 'http://[::1]:3000']" in two.stdout


def test_every_variable_stands_in_the_one_table_of_settings_once() -> None:
    code = "".join(path.read_text() for path in sorted((ROOT / "investai").glob("*.py")))
    read = re.findall(r'\bread(?:_\w+)?\(\s*"([A-Z_]+)"', code)
    table = (ROOT / "README.md").read_text().partition("\n## Settings\n")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)) == sorted(read)
