"""What rows do to the records: new, changed, unchanged or faulty; applied as a whole, and undone."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from portfolio.jobs.facts import delete_fact, save_fact
from portfolio.jobs.spreadsheets.imports import work_on, work_on_what_waits
from portfolio.models import (
    ChipDeployment,
    Contribution,
    ContributionEvent,
    Financier,
    Milestone,
    Project,
    ProjectStage,
    Source,
    SpreadsheetImport,
)
from portfolio.vocabulary import ImportStatus
from tests.imports import files
from tests.imports.pages import HEADER, ROWS, Editor, contributions


def test_the_same_file_twice_changes_nothing(editor: Editor) -> None:
    contributions(editor, ROWS)
    assert (editor.taken.new, editor.taken.faulty) == (2, 0)
    editor.apply()
    assert Contribution.objects.get(reference="N-2").financier.slug == "eib"
    first = editor.pk
    versions = Contribution.history.count()  # type: ignore[attr-defined]
    page = contributions(editor, ROWS)
    assert f"This very file was applied before, as import {first}" in page
    assert (editor.taken.new, editor.taken.changed, editor.taken.unchanged) == (0, 0, 2)
    assert "there is nothing to apply" in page
    editor.apply()
    assert Contribution.history.count() == versions  # type: ignore[attr-defined]


def test_a_changed_row_shows_old_and_new(editor: Editor) -> None:
    contributions(editor, ROWS)
    editor.apply()
    page = contributions(editor, [HEADER, ["N-1", "giga-a", "eu", "150"], *ROWS[2:]])
    assert (editor.taken.changed, editor.taken.unchanged) == (1, 1)
    row = editor.taken.rows_of_list.get(number=2)
    assert row.changes == [["contribution event: amount", "100.00", "150.00"]]
    assert "amount: 100.00 150.00" in editor.page("?rows=changed")
    assert "Apply all 1 changed" in page
    editor.apply()
    event = ContributionEvent.objects.get(contribution__reference="N-1")
    assert (str(event.amount), str(event.amount_eur)) == ("150.00", "150.00")
    changes = ContributionEvent.history.filter(id=event.pk).order_by("history_id")  # type: ignore[attr-defined]
    assert [(str(one.amount), one.history_type) for one in changes] == [("100.00", "+"), ("150.00", "~")]
    call_command("verify_results", verbosity=0)
    editor._undone()
    event.refresh_from_db()
    assert (str(event.amount), str(event.amount_eur)) == ("100.00", "100.00")
    call_command("verify_results", verbosity=0)


def test_a_key_twice_is_a_fault_at_its_cell(editor: Editor) -> None:
    contributions(editor, [*ROWS, ["N-1", "giga-a", "eu", "7"], ["N-2", "giga-a", "eib", "8"]])
    wrongs = editor.faults()
    assert ("A4", "“N-1, signed, 2026-10-01” already stands in row 2") in wrongs
    assert ("A5", "“N-2” already stands in row 3, which says something else of it") in wrongs
    assert {address for address, _ in wrongs} == {"A4", "A5"}
    page = editor.settle({"out": ["4", "5"]})
    assert "2 left out" in page
    assert editor.outcomes() == {2: "new", 3: "new", 4: "left_out", 5: "left_out"}
    assert "Take row 4 in again" in editor.page("?rows=left_out")
    editor.settle({"back": ["4"]})
    assert editor.outcomes() == {2: "new", 3: "new", 4: "faulty", 5: "left_out"}


def test_rows_that_repeat_count_once_where_a_person_says_so(editor: Editor) -> None:
    contributions(editor, [*ROWS, ROWS[1]])
    assert editor.taken.faulty == 1
    contributions(editor, [*ROWS, ROWS[1]], repeats="1")
    assert editor.outcomes() == {2: "new", 3: "new", 4: "unchanged"}
    editor.apply()
    assert ContributionEvent.objects.filter(contribution__reference="N-1").count() == 1


def test_payments_are_added_and_never_taken_for_another(editor: Editor) -> None:
    rows = [
        ["Contribution", "Paid on", "Amount"],
        ["C-001", "2026-06-15", "5"],
        ["C-001", "2026-06-15", "100000000"],
    ]
    form = {
        "column:contribution_events.contribution": "0",
        "column:contribution_events.occurred_on": "1",
        "column:contribution_events.amount": "2",
        "value:contribution_events.kind": "disbursed",
        "value:contribution_events.confidence": "confirmed",
        "value:source": "example",
    }
    editor.upload("list.csv", files.text(rows))
    editor.take_as("contribution_events")
    editor.sent(form)
    assert editor.outcomes() == {2: "new", 3: "unchanged"}
    editor.apply()
    paid = ContributionEvent.objects.filter(contribution__reference="C-001", kind="disbursed")
    assert sorted(str(one.amount) for one in paid) == ["100000000.00", "5.00"]
    editor.upload("list.csv", files.text([*rows, rows[1]]))
    editor.take_as("contribution_events")
    editor.sent(form)
    assert [address for address, _ in editor.faults()] == ["A4"]


def test_what_is_unknown_is_a_fault_or_made_from_the_row(editor: Editor) -> None:
    rows = [HEADER, ["N-1", "Fabryka Łódzka", "eu", "1"], ["N-2", "Fabryka Łódzka", "nobody", "2"]]
    contributions(editor, rows)
    assert editor.faults() == [
        ("B2", "there is no project “Fabryka Łódzka”"),
        ("B3", "there is no project “Fabryka Łódzka”"),
        ("C3", "there is no financier “nobody”"),
    ]
    page = contributions(
        editor,
        [rows[0], rows[1], ["N-2", "Fabryka Łódzka", "eu", "2"]],
        **{"make:projects": "1", "value:projects.kind": "ai_factory", "value:projects.countries": "Poland"},
    )
    assert "fabryka-lodzka" in page
    editor.apply()
    project = Project.objects.get(slug="fabryka-lodzka")
    assert (project.name, project.countries, project.contributions.count()) == ("Fabryka Łódzka", "PL", 2)
    editor._undone()
    assert not Project.objects.filter(slug="fabryka-lodzka").exists()


def test_keys_are_made_from_columns_and_shown(editor: Editor) -> None:
    rows = [["Name", "Day", "Financier", "Amount"], ["Gigafactory Example A", "2026-01-05", "eu", "3"]]
    page = contributions(
        editor,
        rows,
        **{
            "column:contributions.project": "0",
            "column1:contributions.reference": "1",
            "slug:contributions.reference": "1",
        },
    )
    assert "gigafactory-example-a-2026-01-05" in page


def test_a_new_source_is_recorded_with_the_rows(editor: Editor) -> None:
    source = {
        "new-source:key": "letter-7",
        "new-source:title": "Letter no 7",
        "new-source:published_on": "2026-10-01",
    }
    page = contributions(editor, ROWS, **source)
    assert "A new source is recorded with them: Letter no 7" in page
    editor.apply()
    assert Contribution.objects.get(reference="N-1").source.key == "letter-7"
    assert str(Source.objects.get(key="letter-7").published_on) == "2026-10-01"
    contributions(editor, ROWS, **{**source, "new-source:key": "no key", "new-source:published_on": "soon"})
    assert [wrong for _, wrong in editor.faults()][:2] == ["“no key” is not a key", "“soon” is not a date"]


def test_columns_that_the_list_lacks_stay_as_they_are_recorded(editor: Editor) -> None:
    rows = [["slug", "city"], ["giga-a", "Gdańsk"], ["giga-b", ""]]
    editor.upload("list.csv", files.text(rows))
    editor.take_as("projects")
    editor.preview()
    assert editor.outcomes() == {2: "changed", 3: "unchanged"}
    editor.apply()
    project = Project.objects.get(slug="giga-a")
    assert (project.city, project.name, project.host) == ("Gdańsk", "Gigafactory Example A", "Consortium A")
    editor.upload("list.csv", files.text(rows))
    editor.preview(**{"clear-blanks": "1"})
    assert editor.taken.rows_of_list.get(number=3).changes == [["project: city", "Luleå", ""]]


@pytest.mark.parametrize(
    ("target", "rows", "count"),
    [
        (
            "projects",
            [
                ["slug", "name", "kind", "country", "latitude", "source"],
                ["p-1", "P", "AI factory", "Finland", "60,17", "example"],
            ],
            lambda: Project.objects.filter(slug="p-1", countries="FI").count(),
        ),
        (
            "financiers",
            [["slug", "name", "kind", "country"], ["f-1", "Bank", "private", "EL"]],
            lambda: Financier.objects.filter(country="GR", slug="f-1").count(),
        ),
        (
            "milestones",
            [
                ["project", "key", "title", "due", "source"],
                ["giga-a", "k-1", "Roof", "2027-01-31", "example"],
            ],
            lambda: Milestone.objects.filter(key="k-1").count(),
        ),
        (
            "project_stages",
            [
                ["project", "stage", "date", "confidence", "source"],
                ["factory-1", "Procurement", "2026-11-01", "confirmed", "example"],
            ],
            lambda: ProjectStage.objects.filter(reached_on="2026-11-01").count(),
        ),
        (
            "chip_deployments",
            [
                ["project", "system", "chip model", "chips", "bound", "planned on", "confidence", "source"],
                ["factory-1", "New", "H100 SXM5", "1,008", "exact", "2026-01-01", "reported", "example"],
            ],
            lambda: ChipDeployment.objects.filter(chips=1008, chip_model__slug="h100-sxm").count(),
        ),
        ("sources", [["key", "title"], ["s-1", "A paper"]], lambda: Source.objects.filter(key="s-1").count()),
    ],
)
def test_every_kind_of_list(
    editor: Editor, target: str, rows: list[list[str]], count: Callable[[], int]
) -> None:
    editor.upload("list.csv", files.text(rows, separator=";"))
    editor.take_as(target)
    editor.preview()
    assert editor.faults() == []
    assert count() == 0
    editor.apply()
    assert count() == 1
    call_command("verify_results", verbosity=0)
    editor._undone()
    assert count() == 0


def test_undo_says_which_row_was_changed_since(editor: Editor) -> None:
    contributions(editor, ROWS)
    editor.apply()
    event = ContributionEvent.objects.get(contribution__reference="N-1")
    event.amount = Decimal("101.00")
    save_fact(event, "admin")
    page = editor.undo(status=400)
    assert "cannot be undone: contribution event “Signed, 2026-10-01” was changed or removed since" in page
    assert Contribution.objects.filter(reference__startswith="N-").count() == 2
    delete_fact(event, "admin")
    assert "was changed or removed since" in editor.undo(status=400)


def test_undo_says_what_others_refer_to(editor: Editor) -> None:
    contributions(
        editor,
        [HEADER, ["N-1", "Hut", "eu", "1"]],
        **{"make:projects": "1", "value:projects.kind": "ai_factory"},
    )
    editor.apply()
    project = Project.objects.get(slug="hut")
    save_fact(
        Milestone(project=project, key="k", title="K", source=Source.objects.get(key="example")), "admin"
    )
    assert "project “Hut” is referred to by milestones that it did not write" in editor.undo(status=400)


def test_records_that_changed_since_the_preview_are_looked_at_again(editor: Editor) -> None:
    contributions(editor, ROWS)
    editor.apply()
    contributions(editor, [HEADER, ["N-1", "giga-a", "eu", "150"]])
    event = ContributionEvent.objects.get(contribution__reference="N-1")
    event.amount = Decimal("101.00")
    save_fact(event, "admin")
    page = editor.apply()
    assert "Records were changed since the preview was made, and nothing was applied" in page
    assert editor.taken.rows_of_list.get().changes == [["contribution event: amount", "101.00", "150.00"]]
    event.refresh_from_db()
    assert str(event.amount) == "101.00"
    assert "Applied" in editor.apply()


def test_a_sixth_gigafactory_is_a_fault(editor: Editor) -> None:
    rows = [["slug", "name", "kind", "source"]] + [
        [f"g-{n}", f"G {n}", "ai_gigafactory", "example"] for n in range(6)
    ]
    editor.upload("list.csv", files.text(rows))
    editor.take_as("projects")
    editor.preview()
    editor.apply()
    rows = [["project", "stage", "reached on", "confidence", "source"]]
    rows += [[f"g-{n}", "selected", f"2026-10-0{n + 1}", "confirmed", "example"] for n in range(6)]
    editor.upload("list.csv", files.text(rows))
    editor.take_as("project_stages")
    editor.preview()
    assert editor.taken.faulty >= 1
    address, wrong = editor.faults()[-1]
    assert address == "B7"
    assert "the published figure gigafactory_limit is 5" in wrong


def test_the_checks_of_alerts_warn_before_anything_is_written(editor: Editor) -> None:
    page = contributions(
        editor,
        [HEADER, ["N-1", "giga-a", "eu", "30000000000"]],
        **{"value:contributions.envelope": "investai-gigafactories"},
    )
    assert "that would need attention" in page
    assert "InvestAI gigafactory facility" in page
    assert {"envelope_over_allocated", "eu_share_above_maximum"} & {
        one["kind"] for one in editor.taken.warnings
    }
    assert not Contribution.objects.filter(reference="N-1").exists()
    call_command("verify_results", verbosity=0)


def test_a_source_older_than_that_of_what_is_recorded_is_pointed_out(editor: Editor) -> None:
    form = {"value:source": "mou-2025", "value:contributions.currency": ""}
    page = contributions(editor, [HEADER, ["C-001", "giga-a", "eu", "498765432.11"]], **form)
    assert "A row rests on a source that is older than one of what is recorded already (first: row 2)" in page


def test_work_that_a_dead_worker_left_is_taken_up_again(editor: Editor) -> None:
    contributions(editor, ROWS)
    SpreadsheetImport.objects.filter(pk=editor.pk).update(
        status=ImportStatus.APPLYING, worked_on_at=timezone.now() - timedelta(seconds=10)
    )
    work_on_what_waits()
    assert editor.taken.status == ImportStatus.APPLYING
    SpreadsheetImport.objects.filter(pk=editor.pk).update(worked_on_at=timezone.now() - timedelta(minutes=2))
    assert "The work was interrupted" in editor.page()
    work_on_what_waits()
    assert editor.taken.status == ImportStatus.APPLIED
    assert Contribution.objects.filter(reference__startswith="N-").count() == 2
    work_on(editor.pk)
    assert ContributionEvent.objects.filter(contribution__reference="N-1").count() == 1


def test_a_mapping_is_remembered_for_lists_with_the_same_columns(editor: Editor) -> None:
    contributions(editor, ROWS, **{"value:contributions.instrument": "loan"})
    page = editor.upload("next month.csv", files.text([HEADER, ["N-9", "giga-a", "eu", "1"]], "utf-16", ";"))
    assert "mapped as the last list with these columns was" in page
    editor.preview()
    assert {wrong for _, wrong in editor.faults()} == {"On which day is empty", "Source is empty"}
    editor.post(f"{editor.address}map-again/")
    editor.preview(**{"value:source": "example", "value:contribution_events.occurred_on": "2026-11-01"})
    assert editor.faults() == []
    editor.apply()
    assert Contribution.objects.get(reference="N-9").instrument == "loan"


def test_an_import_can_go_back_to_its_columns_and_be_discarded(editor: Editor) -> None:
    contributions(editor, ROWS)
    editor.post(f"{editor.address}map-again/")
    assert "What its columns mean" in editor.page()
    editor.post(f"{editor.address}discard/")
    assert editor.client.get(editor.address).status_code == 404
