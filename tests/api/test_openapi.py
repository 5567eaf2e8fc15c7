"""The description of the API is true: what it says is accepted, refused and answered, is."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import schemathesis
import yaml
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client, override_settings
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portfolio.api.links import has_items
from portfolio.exports.lists import LISTS
from portfolio.jobs.api_tokens import make_token
from portfolio.models import Project
from portfolio.rules.dates import today
from tests.api.asking import rows
from tests.bundles import SMALL

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FEW = settings(
    max_examples=1,
    database=None,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def token(small: None) -> str:
    """The text of a token whose owner may read everything."""
    owner = User.objects.create_superuser("analyst", password="long enough to be one")
    return make_token(owner, "a test", "download", f"{today() + timedelta(30)}")[1]


@contextmanager
def one_connection() -> Iterator[None]:
    """Keep the connection of the test's transaction open over requests, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def described() -> Any:
    return schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())


def real_keys(client: Client) -> dict[str, str]:
    """Return the key of a row that there is, by the address of the single rows of its list."""
    keys: dict[str, str] = {}
    for table in LISTS.values():
        if has_items(table) and not table.permission:
            for row in rows(client, f"{table.name}/?page_size=1"):
                key = unquote(row["links"]["self"].split("?")[0].rstrip("/").rsplit("/", 1)[1])
                keys[f"/api/v1/{table.path}/{{key}}/"] = key
    return keys


def hold_to_description(operation: Any, ask: Callable[[Any], None], key: str | None) -> None:
    """Ask an operation with what its description accepts, and with what it doesn't."""
    path = {"path_parameters": {"key": key}} if key else {}
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @FEW
        @given(case=operation.as_strategy(generation_mode=mode, **path))
        def send(case: Any) -> None:
            ask(case)

        send()


@pytest.mark.skipif(not django_settings.EMBEDDED, reason="what is described does not depend on the database")
@pytest.mark.usefixtures("small")
def test_every_operation_answers_as_it_is_described(client: Client, token: str) -> None:
    signed = {"Authorization": f"Bearer {token}"}
    closed = "anybody, where reading is closed"
    statuses: dict[str, set[int]] = {"anybody": set(), "token": set(), closed: set()}

    def ask(case: Any) -> None:
        # What to ask is made once for all who ask: making it takes far longer than answering.
        for who, found in statuses.items():
            headers = signed if who == "token" else {}
            with override_settings(PUBLIC_READ=who == "anybody"):
                found.add(case.call_and_validate(checks=CHECKS, headers=headers).status_code)

    keys = real_keys(client)
    with one_connection():
        for operation in [found.ok() for found in described().get_all_operations()]:
            hold_to_description(operation, ask, keys.get(operation.path))
    assert statuses.pop(closed) == {401}
    for found in statuses.values():
        assert {200, 400, 404} <= found


def test_the_description_names_every_list_and_is_valid(client: Client) -> None:
    described_ = client.get("/api/openapi.json").json()
    assert described_["openapi"].startswith("3.1")
    for table in LISTS.values():
        operation = described_["paths"][f"/api/v1/{table.path}/"]["get"]
        shared = [parameter["$ref"].rsplit("/", 1)[1] for parameter in operation["parameters"]]
        parameters = [described_["components"]["parameters"][name] for name in shared]
        assert {"fields", "format", "page_size", "cursor"} <= {own["name"] for own in parameters}
        assert all(own["description"] for own in parameters)
    ids = [operation["operationId"] for path in described_["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    assert yaml.load(client.get("/api/openapi.yaml").content, Loader=yaml.CSafeLoader) == described_


@pytest.mark.django_db(transaction=True)
def test_a_generated_client_lists_projects(live_server: Any, tmp_path: Path) -> None:
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)
    settings_of_client = tmp_path / "client.yaml"
    settings_of_client.write_text("post_hooks: []")
    made = subprocess.run(
        [
            Path(sys.executable).with_name("openapi-python-client"),
            *("generate", "--url", f"{live_server.url}/api/openapi.json"),
            *("--meta", "none", "--output-path", tmp_path / "portfolio_client", "--fail-on-warning"),
            *("--config", settings_of_client),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    program = """
import sys
from portfolio_client import Client
from portfolio_client.api.facts import list_projects
from portfolio_client.models import ListProjectsKind

client = Client(base_url=sys.argv[1])
page = list_projects.sync(client=client, kind=ListProjectsKind.AI_GIGAFACTORY, ordering="-name,slug")
print(page.count, *(project.slug for project in page.results))
"""
    asked = subprocess.run(
        [sys.executable, "-c", program, live_server.url],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    slugs = (
        Project.objects.filter(kind="ai_gigafactory").order_by("-name", "slug").values_list("slug", flat=True)
    )
    assert asked.stdout.split() == [str(len(slugs)), *slugs]
