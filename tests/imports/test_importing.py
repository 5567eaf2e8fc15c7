"""An import from upload to undo, through the pages."""

from django.core.management import call_command

from portfolio.models import Contribution, ContributionEvent, Project
from tests.imports import files
from tests.imports.pages import EVENTS, HEADER, Editor

LIST = [
    HEADER,
    ["new-1", "giga-a", "eib", "1.250.000,50 €"],
    ["new-2", "giga-b", "eib", "492087,75"],
]


def test_a_list_is_previewed_applied_seen_in_results_and_undone(editor: Editor) -> None:
    page = editor.upload("list.csv", files.text(LIST, "cp1252", ";"))
    assert "text with separators: Windows-1252, semicolon between cells" in page
    editor.take_as("contributions")
    page = editor.sent(EVENTS)
    assert editor.faults() == []
    assert "2 new" in page
    assert "Read with a decimal comma" in page
    assert "D3: “492087,75” has a decimal comma" in page
    assert not Contribution.objects.filter(reference="new-1").exists()
    before = Project.objects.count()
    assert "Applied" in editor.apply()
    amounts = ContributionEvent.objects.filter(contribution__reference__startswith="new-")
    assert sorted(str(one.amount) for one in amounts) == ["1250000.50", "492087.75"]
    assert {str(one.amount_eur) for one in amounts} == {"1250000.50", "492087.75"}
    history = Contribution.history.get(reference="new-1")  # type: ignore[attr-defined]
    assert history.history_user.username == "editor"
    assert history.history_change_reason == f"import {editor.pk}: list.csv"
    assert Project.objects.count() == before
    call_command("verify_results", verbosity=0)
    page = editor._undone()
    assert "Undone" in page
    assert not Contribution.objects.filter(reference__startswith="new-").exists()
    call_command("verify_results", verbosity=0)
