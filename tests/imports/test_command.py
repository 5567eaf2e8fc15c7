"""The command that imports a spreadsheet."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portfolio.models import Contribution, ContributionEvent, SpreadsheetImport
from tests.imports import files

LIST = [
    ["Reference", "Project", "Financier", "Amount"],
    ["N-1", "giga-a", "eu", "1.250,50 €"],
    ["N-2", "giga-b", "eib", "x"],
]


def test_the_command_previews_applies_and_undoes(small: None, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(files.text(LIST, "cp1252", ";"))
    options = [
        "--as=contributions",
        "--column=reference=Reference",
        "--column=contributions.project=Project",
        "--column=financier=Financier",
        "--column=amount=Amount",
        "--value=instrument=grant",
        "--value=contributions.currency=EUR",
        "--value=contribution_events.kind=signed",
        "--value=occurred_on=2026-10-01",
        "--value=confidence=confirmed",
        "--value=source=example",
    ]
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError, match="Nothing was imported: 1 faulty row"):
        call_command("import_spreadsheet", path, *options, "--apply", stdout=out, stderr=err)
    assert "D3: Amount: “x” is not a number, accepted: a number" in err.getvalue()
    assert "Windows-1252, semicolon between cells" in out.getvalue()
    assert not SpreadsheetImport.objects.exists()
    out = io.StringIO()
    call_command("import_spreadsheet", path, *options, "--leave-out=3", stdout=out)
    assert "Rows: 1 new, 0 changed, 0 unchanged, 0 faulty, 1 left out." in out.getvalue()
    assert not Contribution.objects.filter(reference="N-1").exists()
    call_command("import_spreadsheet", path, *options, "--leave-out=3", "--apply", stdout=out)
    event = ContributionEvent.objects.get(contribution__reference="N-1")
    assert str(event.amount) == "1250.50"
    taken = SpreadsheetImport.objects.get()
    assert f"Applied as import {taken.pk}" in out.getvalue()
    version = Contribution.history.get(reference="N-1")  # type: ignore[attr-defined]
    assert (version.history_user, version.history_change_reason) == (None, f"import {taken.pk}: list.csv")
    call_command("import_spreadsheet", f"--undo={taken.pk}", stdout=out)
    assert not Contribution.objects.filter(reference="N-1").exists()
    with pytest.raises(CommandError, match="and only once"):
        call_command("import_spreadsheet", f"--undo={taken.pk}", stdout=out)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["/nowhere.csv"], "cannot be read"),
        ([], "Name a FILE to import"),
        (["--undo=99"], "There is no import 99"),
        (["{}", "--column=x=Reference"], "There is no field “x”"),
        (["{}", "--column=reference=Nothing", "--as=contributions"], "There is no column “Nothing”"),
        (["{}", "--header=0"], "is not a row"),
        (["{}", "--by=nobody"], "There is no account “nobody”"),
    ],
)
def test_the_command_says_what_is_wrong(
    small: None, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(files.text(LIST))
    with pytest.raises(CommandError, match=sentence):
        call_command(
            "import_spreadsheet", *[argument.format(path) for argument in arguments], stdout=io.StringIO()
        )
    assert not SpreadsheetImport.objects.exists()
