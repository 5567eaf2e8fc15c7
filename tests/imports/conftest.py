from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from tests.dashboards.scenario_pages import person
from tests.imports.pages import Editor

SMALL = Path(__file__).parent.parent / "data" / "small"


@pytest.fixture
def small(db: None) -> None:
    """The worked example, computed for today."""
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)


@pytest.fixture
def editor(small: None, client: Client, django_capture_on_commit_callbacks: Callable) -> Editor:
    """Somebody with the role Editor, signed in; what a request leaves to be done is done after it."""
    client.force_login(person("Editor"))
    return Editor(client, django_capture_on_commit_callbacks)
