"""Who imports, and what is seen of it afterwards."""

import pytest
from django.test import Client

from tests.dashboards.scenario_pages import person
from tests.imports.pages import ROWS, Editor, contributions, text_of


@pytest.mark.parametrize("role", ["Viewer", "Officer", "Analyst"])
def test_others_import_nothing(small: None, client: Client, role: str) -> None:
    client.force_login(person(role))
    for method in (client.get, client.post):
        assert method("/imports/").status_code == 403
    for action in (
        "recognise",
        "target",
        "columns",
        "settle",
        "apply",
        "undo",
        "discard",
        "resume",
        "map-again",
    ):
        assert client.post(f"/imports/1/{action}/").status_code == 403
    assert 'href="/imports/"' not in client.get("/").content.decode()


def test_somebody_not_signed_in_is_sent_to_sign_in(small: None, client: Client) -> None:
    assert client.get("/imports/").status_code == 302
    assert client.post("/imports/1/apply/").status_code == 302


def test_the_list_of_imports_says_who_what_and_when(editor: Editor) -> None:
    contributions(editor, ROWS)
    editor.apply()
    page = text_of(editor.client.get("/imports/"))  # type: ignore[arg-type]
    assert "list.csv" in page
    assert f"import {editor.pk}, SHA-256 {editor.taken.sha256[:12]}" in page
    assert "Applied" in page
    assert "editor" in page
    assert not editor.taken.parts.exists()
