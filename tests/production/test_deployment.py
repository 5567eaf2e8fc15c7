"""The image and its composition, by linters, by schema, and by what the code knows of settings."""

import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.core.management import get_commands, load_command_class

from tests.test_settings import settings as settings_in

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
COMPOSITION: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSITION["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
GUNICORNS_OWN = {"WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS"}
SECRETS = {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "SECRET_KEY", "REDISCLI_AUTH"}
GIVEN = re.compile(r"\$\{([A-Z_]+)(?::([-?])([^}]*))?\}")


def filled(text: str) -> str:
    """Return a value as compose fills it in, with what an operator has to give invented."""
    invented = {"SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "example.org", "SITE_URL": "https://example.org"}
    return GIVEN.sub(
        lambda match: str(match[3]) if match[2] == "-" else invented.get(match[1], "x" * 20), str(text)
    )


@pytest.mark.parametrize(
    "command",
    [
        ["hadolint", "Dockerfile"],
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
    ],
)
def test_linters_find_nothing(command: list[str]) -> None:
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def copied() -> set[str]:
    """Return what the Dockerfile copies from the folder that it is built in."""
    lines = re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text())
    return {word for line in lines for word in line.split()}


def test_what_is_copied_is_there_and_let_in_and_all_that_is_needed() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied() == let_in
    for source in copied():
        assert (ROOT / source).exists(), source
    own = {
        config.name.split(".")[0] for config in apps.get_app_configs() if ROOT in Path(config.path).parents
    }
    own -= {name for name in own if not (ROOT / name).is_dir()}
    assert own | {"investai", "templates", "static", "manage.py", "gunicorn.conf.py"} <= copied()
    assert not [name for name in copied() if fnmatch(name, "*.sqlite3") or name in ("var", "tests", ".git")]


def test_bases_are_pinned_and_nobody_runs_as_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    bases = re.findall(r"_IMAGE=(\S+)", dockerfile.partition("\nFROM ")[0])
    images = [service["image"] for name, service in SERVICES.items() if name not in OURS]
    for image in [image for image in bases if "TAG" not in image] + images:
        assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?-[a-z-]+", image), image
    assert re.search(r"(?m)^USER 10001:10001$", dockerfile.rpartition("\nFROM ")[2])
    assert all(SERVICES[name]["user"] in ("postgres", "redis") for name in SERVICES.keys() - OURS.keys())


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_held_tight(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert service["tmpfs"]
    published = service.get("ports", [])
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert not published or name == "web"
    if name == "migrate":
        assert service["restart"] == "no"
    else:
        assert service["restart"] == "unless-stopped"
        # The image has the one of web.
        assert name == "web" or service["healthcheck"]["test"]


def test_what_is_set_is_a_setting_and_secrets_come_from_outside() -> None:
    table = (ROOT / "README.md").read_text().partition("\n## Settings\n")[2].partition("\n## ")[0]
    known = set(re.findall(r"`([A-Z_]+)`", table)) | GUNICORNS_OWN
    for name, service in SERVICES.items():
        for variable, value in service["environment"].items():
            assert name not in OURS or variable in known, variable
            if variable in SECRETS:
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), variable
    assert "PASSWORD:-" not in (ROOT / "docker-compose.yml").read_text()


@pytest.mark.parametrize("name", OURS)
def test_the_application_starts_with_what_is_set(name: str) -> None:
    environment = {key: filled(value) for key, value in OURS[name]["environment"].items()}
    done = settings_in("settings.PUBLIC_READ, settings.HTTPS, settings.TRUSTED_PROXIES", **environment)
    assert "printed: FalseTrue1" in done.stdout, done.stderr


def test_commands_are_there() -> None:
    lists = [OURS[name].get("command") for name in OURS]
    lists += [OURS[name].get("healthcheck", {}).get("test", [])[1:] for name in OURS]
    used = [words[2:] for words in lists if words and words[:2] == ["python", "manage.py"]]
    assert {words[0] for words in used} == {"migrate", "check_ready"}
    for name, *options in used:
        command = load_command_class(get_commands()[name], name)
        command.create_parser("manage.py", name).parse_args(options)
    folders = set(re.findall(r"/app/(var/\w+)", " ".join(OURS["web"]["volumes"])))
    assert all(folder in (ROOT / "Dockerfile").read_text() for folder in folders)
    assert set(OURS) == {"migrate", "web", "worker", "beat"}
    for name in ("web", "worker", "beat"):
        assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
