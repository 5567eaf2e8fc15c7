from collections.abc import Callable

import pytest
from django.test import Client

from tests.dashboards.scenario_pages import person
from tests.imports.pages import Editor


@pytest.fixture
def editor(small: None, client: Client, django_capture_on_commit_callbacks: Callable) -> Editor:
    """Somebody with the role Editor, signed in; what a request leaves to be done is done after it."""
    client.force_login(person("Editor"))
    return Editor(client, django_capture_on_commit_callbacks)
