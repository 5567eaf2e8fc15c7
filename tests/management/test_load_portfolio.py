"""Loading: idempotent, matched by key, dated files by owner, and what --replace removes."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from portfolio.jobs.bundle_format import FILES
from portfolio.models import (
    Contribution,
    ContributionEvent,
    CostEstimate,
    Milestone,
    Project,
    ProjectStage,
    RecomputeRequest,
    Source,
)

pytestmark = pytest.mark.django_db

Edit = Callable[[str, str, str], None]


def load(folder: Path, **options: Any) -> str:
    out = StringIO()
    call_command("load_portfolio", folder, stdout=out, **options)
    return out.getvalue()


def only(folder: Path, *names: str) -> None:
    """Leave only some files of a bundle."""
    for path in folder.iterdir():
        if path.stem not in names:
            path.unlink()


def state() -> dict[str, list[tuple[Any, ...]]]:
    """Return every recorded row with its id, and the number of history rows, by file."""
    rows = {file.name: sorted(map(tuple, file.model._default_manager.values_list())) for file in FILES}
    return {**rows, "history": [(file.name, file.model.history.count()) for file in FILES]}  # type: ignore[attr-defined]


def test_the_same_bundle_twice_changes_nothing(bundle: Path) -> None:
    assert "contribution_events: 27 added, 0 changed, 0 removed" in load(bundle)
    before = state()
    RecomputeRequest.objects.all().delete()
    for replace in (False, True):
        assert "nothing had changed" in load(bundle, replace=replace)
        assert state() == before
        assert not RecomputeRequest.objects.exists()


def test_rows_are_matched_by_key_and_updated(bundle: Path, edit: Edit) -> None:
    load(bundle)
    ids = dict(Project.objects.values_list("slug", "id"))
    edit("projects", "Consortium A", "Consortium A and friends")
    assert "projects: 0 added, 1 changed, 0 removed" in load(bundle)
    assert dict(Project.objects.values_list("slug", "id")) == ids
    project = Project.objects.get(slug="giga-a")
    assert project.host == "Consortium A and friends"
    newest, oldest = project.history.all()  # type: ignore[attr-defined]
    assert (newest.history_type, newest.history_change_reason) == ("~", "load_portfolio")
    assert (oldest.history_type, oldest.host) == ("+", "Consortium A")


def test_every_loaded_row_has_its_history(bundle: Path) -> None:
    load(bundle)
    for file in FILES:
        history = file.model.history.all()  # type: ignore[attr-defined]
        assert history.count() == file.model._default_manager.count(), file.name
        assert {row.history_type for row in history} <= {"+"}
        assert {row.history_change_reason for row in history} <= {"load_portfolio"}


def test_the_rows_of_an_owner_that_a_dated_file_names_become_the_files(bundle: Path) -> None:
    load(bundle)
    only(bundle, "contribution_events", "project_stages")
    (bundle / "contribution_events.csv").write_text(
        "contribution,kind,occurred_on,amount,confidence,source\n"
        "C-001,announced,2025-12-04,400000000.00,confirmed,example\n"
        "C-001,signed,2026-06-02,1.00,confirmed,example\n"
    )
    (bundle / "project_stages.csv").write_text(
        "project,stage,reached_on,confidence,source,note\ngiga-c,idea,2025-01-01,confirmed,example,\n"
    )
    said = load(bundle)
    assert "contribution_events: 1 added, 0 changed, 3 removed" in said
    events = ContributionEvent.objects.filter(contribution__reference="C-001")
    assert list(events.values_list("kind", flat=True)) == ["announced", "signed"]
    assert ContributionEvent.objects.filter(contribution__reference="C-002").count() == 2
    assert list(ProjectStage.objects.filter(project__slug="giga-c").values_list("stage", flat=True)) == [
        "idea"
    ]
    assert ProjectStage.objects.filter(project__slug="giga-a").count() == 4
    removed = ContributionEvent.history.filter(history_type="-")  # type: ignore[attr-defined]
    assert removed.count() == 3


def test_an_absent_file_changes_nothing_without_replace(bundle: Path) -> None:
    load(bundle)
    only(bundle, "sources")
    assert "nothing had changed" in load(bundle)
    assert Milestone.objects.count() == 3


def test_with_replace_an_absent_file_means_no_rows(bundle: Path) -> None:
    load(bundle)
    call_command("recompute", verbosity=0)
    only(bundle, "sources", "programmes", "projects", "published_figures")
    load(bundle, replace=True)
    assert Project.objects.count() == 6
    for model in (Contribution, ContributionEvent, CostEstimate, Milestone, ProjectStage):
        assert not model.objects.exists()
    call_command("recompute", verbosity=0)


def test_with_replace_the_portfolio_becomes_the_bundle(bundle: Path, tmp_path: Path) -> None:
    load(bundle)
    call_command("recompute", verbosity=0)
    reference = Path(__file__).parent.parent.parent / "portfolio" / "reference"
    load(reference, replace=True)
    call_command("recompute", verbosity=0)
    call_command("save_portfolio", tmp_path / "saved", verbosity=0)
    for path in (tmp_path / "saved").iterdir():
        assert path.read_bytes() == (reference / path.name).read_bytes(), path.name


def test_columns_in_any_order_a_byte_order_mark_and_either_line_end(bundle: Path) -> None:
    (bundle / "exchange_rates.csv").write_bytes(
        b"\xef\xbb\xbfper_euro,currency,date\r\n4.2150,PLN,2026-01-09\r\n10.9540,SEK,2026-02-27\r\n"
    )
    assert "exchange_rates: 2 added" in load(bundle)


def test_codes_of_european_documents_are_read_as_iso(bundle: Path, edit: Edit) -> None:
    edit("financiers", "PL\n", "UK\n")
    load(bundle)
    assert Project.objects.get(slug="giga-c").countries == "GR"
    call_command("save_portfolio", bundle, verbosity=0)
    assert "pl-state,Republic of Poland,participating_state,GB" in (bundle / "financiers.csv").read_text()


def test_a_disbursement_may_stand_twice_on_one_day(bundle: Path, edit: Edit) -> None:
    line = "C-001,disbursed,2026-06-15,100000000.00,confirmed,example\n"
    edit("contribution_events", line, line + line)
    load(bundle)
    same = ContributionEvent.objects.filter(contribution__reference="C-001", kind="disbursed")
    assert same.count() == 2
    assert "nothing had changed" in load(bundle)
    edit("contribution_events", line + line, line)
    assert "contribution_events: 0 added, 0 changed, 1 removed" in load(bundle)


def test_euro_values_follow_a_rate_that_a_bundle_brings(bundle: Path, edit: Edit) -> None:
    load(bundle)
    only(bundle, "exchange_rates")
    edit("exchange_rates", "PLN,2026-06-05,4.2512", "PLN,2026-06-05,4.0000")
    load(bundle)
    event = ContributionEvent.objects.get(contribution__reference="C-002", kind="signed")
    assert (str(event.amount_eur), str(event.rate_on)) == ("525000000.14", "2026-06-05")


def test_text_is_kept_as_it_is(bundle: Path, edit: Edit, tmp_path: Path) -> None:
    text = '"  Però – Łódź,\r\nΑθήνα ""Đại học"" "'
    edit("sources", '"Worked example, illustrative figures"', text)
    load(bundle)
    assert Source.objects.get(key="example").title == '  Però – Łódź,\r\nΑθήνα "Đại học" '
    call_command("save_portfolio", tmp_path / "saved", verbosity=0)
    assert text.encode() in (tmp_path / "saved" / "sources.csv").read_bytes()
