"""Reading settings from the environment. A malformed one stops the program with a sentence that says what is
accepted; an empty variable counts as absent.
"""

import contextlib
import os
import re
import secrets
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"  # everything this installation writes: database, secret key, collected static files

env = environ.Env()

ON, OFF = ("on", "true", "yes", "1"), ("off", "false", "no", "0")
ORIGIN = re.compile(r"https?://([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]")


# A machine that is switched off says no goodbye. Without these its locks would be held for two hours, among
# them the one of recomputations, and who asked a server that is gone would wait as long.
SERVER_FORGETS_THE_DEAD = (
    "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
    " -c tcp_user_timeout=60000 -c client_connection_check_interval=10000"
)
CLIENT_FORGETS_THE_DEAD: dict[str, Any] = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


def read(variable: str) -> str:
    """The variable's value without surrounding blanks; empty when it is absent."""
    return str(env.str(variable, default="")).strip()


def refuse(variable: str, value: str, accepted: str) -> ImproperlyConfigured:
    shown = re.sub(r"(://[^:/@]*:).*@", r"\1***@", value)  # never the password of a URL
    return ImproperlyConfigured(f'The setting {variable} is "{shown}". Accepted: {accepted}.')


def read_switch(variable: str, *, default: bool) -> bool:
    value = read(variable)
    if value and value.lower() not in ON + OFF:
        raise refuse(variable, value, f"{', '.join(ON)} and {', '.join(OFF)}")
    return value.lower() in ON if value else default


def read_hosts(variable: str, *, default: list[str]) -> list[str]:
    value = read(variable)
    hosts = [host.strip() for host in value.split(",")] if value else default
    if not all(HOST.fullmatch(host) for host in hosts):
        raise refuse(
            variable, value, "host names separated by commas, without scheme or port, as in example.org,[::1]"
        )
    return hosts


def read_number(variable: str, *, default: int, least: int = 0, most: int = 1_000_000) -> int:
    value = read(variable)
    if value and not (re.fullmatch("[0-9]{1,7}", value) and least <= int(value) <= most):
        raise refuse(variable, value, f"a whole number from {least} to {most}")
    return int(value) if value else default


def read_choice(variable: str, choices: tuple[str, ...], *, default: str) -> str:
    value = read(variable).lower()
    if value and value not in choices:
        raise refuse(variable, value, " or ".join(choices))
    return value or default


def read_token(variable: str) -> str:
    """A secret that programs show, long enough not to be guessed; empty: there is none."""
    value = read(variable)
    if value and not re.fullmatch(r"[\x21-\x7e]{32,}", value):
        raise refuse(variable, "***", "32 or more printable characters without blanks, kept secret")
    return value


def read_origins(variable: str) -> list[str]:
    value = read(variable)
    origins = [origin.strip() for origin in value.split(",")] if value else []
    if not all(ORIGIN.fullmatch(origin) for origin in origins):
        raise refuse(
            variable,
            value,
            "origins separated by commas, in small letters, without a path or an asterisk, as in "
            "https://example.org,http://localhost:3000",
        )
    return origins


def read_broker(variable: str) -> str:
    value = read(variable)
    if value and not re.fullmatch(r"rediss?://([^@/\s]*@)?[^@/\s]+(:\d+)?(/\d+)?(\?\S*)?", value):
        raise refuse(variable, value, "redis://HOST:PORT/NUMBER, rediss:// for TLS, or nothing for no broker")
    return value


def read_email(variable: str) -> dict:
    """How mail is sent, as Django's settings say it: by a server, or into files without one."""
    value = read(variable)
    if not value:
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return {"EMAIL_BACKEND": backend, "EMAIL_FILE_PATH": VAR / "mail"}
    accepted = "smtp://USER:PASSWORD@HOST:PORT, smtp+tls:// or smtp+ssl:// for TLS, or nothing for files"
    if not re.match(r"(smtp(\+tls|\+ssl)?://[^@/\s]*@?[^@/\s]+)", value):
        raise refuse(variable, value, accepted)
    return dict(env.email_url_config(value))


def read_site(variable: str) -> str:
    value = read(variable).rstrip("/")
    if value and not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", value):
        raise refuse(
            variable, value, "http:// or https:// and a host, without a path, as in https://example.org"
        )
    return value or "http://127.0.0.1:8000"


def read_database(variable: str) -> dict:
    """Django's description of the database that a URL names, with the options that this project relies on."""
    accepted = "sqlite:///FILE (an absolute path: sqlite:////FILE), postgres://USER:PASSWORD@HOST:PORT/NAME"
    value = read(variable) or f"sqlite:///{VAR / 'db.sqlite3'}"
    if not re.match(r"(sqlite:///.|postgres(ql)?://)", value):
        raise refuse(variable, value, accepted)
    try:
        database = dict(env.db_url_config(value))
    except Exception as error:  # django-environ lets whatever its parsing raises through
        raise refuse(variable, value, accepted) from error
    if not database["NAME"]:
        raise refuse(variable, value, accepted)

    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE: a transaction that will write waits for its turn at the start, when waiting still works.
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", 20)
        options.setdefault(
            "init_command",
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
        )
    else:
        options.setdefault("connect_timeout", 5)
        # Compiling queries over all events takes longer than it saves; their sorts and hashes fit in 32 MB.
        options.setdefault("options", f"-c jit=off -c work_mem=32MB {SERVER_FORGETS_THE_DEAD}")
        for name, value in CLIENT_FORGETS_THE_DEAD.items():
            options.setdefault(name, value)
        database["CONN_MAX_AGE"] = 60
        database["CONN_HEALTH_CHECKS"] = True
    return database


def read_secret_key(variable: str, *, may_generate: bool) -> str:
    """The key from the environment, else the one generated for this installation at its first start."""
    if key := read(variable):
        return key
    if not may_generate:
        raise ImproperlyConfigured(
            f"The setting {variable} is empty. With PostgreSQL it is required: 50 or more random characters, "
            "kept secret, the same for every process. One way to make it: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    file = VAR / "secret_key"
    if not file.exists():
        VAR.mkdir(exist_ok=True)
        own = VAR / f".secret_key.{os.getpid()}"
        own.touch(mode=0o600)
        own.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(own, file)  # unlike a rename, this keeps the key of a process that was quicker
        own.unlink()
    return file.read_text().strip()
