"""The files of advice in the bundle: faults by their place, the same bytes, and what is confidential."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from advisory.jobs.bundle_files import FILES
from advisory.models import AdvisoryNote, AdvisoryRequest, ReadinessScore
from portfolio.jobs.bundle_format import public_files
from tests.advisory.making import CONFIDENTIAL, advised, load_advised, with_rows
from tests.bundles import contents, faults

pytestmark = pytest.mark.django_db


def save(folder: Path, *options: str) -> dict[str, bytes]:
    call_command("save_portfolio", folder, *options, verbosity=0)
    return contents(folder)


def test_saving_and_loading_gives_the_same_bytes(tmp_path: Path) -> None:
    load_advised(tmp_path / "in")
    first = save(tmp_path / "first", "--confidential")
    assert {f"{file.name}.csv" for file in FILES} <= first.keys()
    call_command("load_portfolio", tmp_path / "first", "--replace", verbosity=0, stdout=io.StringIO())
    assert save(tmp_path / "second", "--confidential") == first
    out = io.StringIO()
    call_command("load_portfolio", tmp_path / "first", stdout=out)
    assert "nothing had changed" in out.getvalue()
    history: Any = AdvisoryNote.history
    assert history.count() == 1


def test_a_bundle_without_advice_is_complete_and_saved_without_it(tmp_path: Path) -> None:
    call_command("load_portfolio", Path(__file__).parent.parent / "data" / "small", verbosity=0)
    saved = save(tmp_path)
    assert not [name for name in saved if name.startswith(("advis", "readiness"))]


def test_confidential_files_are_saved_only_where_that_is_asked_for(tmp_path: Path) -> None:
    load_advised(tmp_path / "in")
    public = save(tmp_path / "public")
    assert not set(public) & {f"{name}.csv" for name in CONFIDENTIAL}
    assert not set(public_files()) & set(CONFIDENTIAL)
    assert {file.name for file in FILES if file.confidential} == set(CONFIDENTIAL)
    save(tmp_path / "all", "--confidential")
    before = contents(tmp_path / "all")
    with pytest.raises(CommandError, match=r"advisory_meetings\.csv.*Save with --confidential"):
        save(tmp_path / "all")
    assert contents(tmp_path / "all") == before


def test_an_absent_file_changes_nothing_and_with_replace_means_no_rows(tmp_path: Path) -> None:
    load_advised(tmp_path / "in")
    public = tmp_path / "public"
    save(public)
    call_command("load_portfolio", public, verbosity=0, stdout=io.StringIO())
    assert AdvisoryNote.objects.count() == 1
    call_command("load_portfolio", public, "--replace", verbosity=0, stdout=io.StringIO())
    assert AdvisoryNote.objects.count() == 0
    assert AdvisoryRequest.objects.count() == 2


def test_the_rows_of_each_owner_that_a_dated_file_names_become_the_files(tmp_path: Path) -> None:
    load_advised(tmp_path / "in")
    only = "assessment,criterion,level,evidence,document,source\nA-1,s1-fin,2,,,\n"
    load_advised(tmp_path / "again", readiness_scores=only)
    assert sorted(ReadinessScore.objects.values_list("assessment__key", "level")) == [("A-1", 2), ("A-2", 4)]


def test_an_old_optional_file_goes_when_there_are_no_rows(tmp_path: Path) -> None:
    load_advised(tmp_path / "in")
    save(tmp_path / "out", "--confidential")
    small = Path(__file__).parent.parent / "data" / "small"
    call_command("load_portfolio", small, "--replace", verbosity=0, stdout=io.StringIO())
    saved = save(tmp_path / "out", "--confidential")
    assert not [name for name in saved if name.startswith(("advis", "readiness"))]


FAULTS = [
    (
        with_rows("advisory_requests", "R-3,nope,X,,Need,2026-01-01,"),
        "advisory_requests.csv:4: project: “nope” is unknown",
    ),
    (
        with_rows("advisory_requests", "R-1,,X,,Need,2026-01-01,"),
        "advisory_requests.csv:4: key: “R-1” already stands in line 2",
    ),
    (
        with_rows("advisory_requests", "R-3,,,,Need,2026-01-01,"),
        "advisory_requests.csv:4: requester: empty, accepted: a value",
    ),
    (
        with_rows("advisory_requests", "R-3,,X,XX,Need,2026-01-01,"),
        "advisory_requests.csv:4: country: “XX” is not a country",
    ),
    (
        with_rows("advisory_triages", "R-1,2026-01-01,perhaps,,,"),
        "advisory_triages.csv:3: outcome: “perhaps” is not in the list",
    ),
    (
        with_rows("advisory_triages", "R-1,2026-01-01,accepted,,-1,"),
        "advisory_triages.csv:3: estimated_days: “-1” is out of range",
    ),
    (
        with_rows("advisory_engagements", "E-2,R-1,eib,project_advisory,Scope,,,,2026-02-01,2026-01-01,"),
        "advisory_engagements.csv:3: ends_on: 2026-01-01 is before starts_on, 2026-02-01",
    ),
    (
        with_rows("advisory_engagements", "E-2,R-1,eib,project_advisory,Scope,,,,,2026-01-01,"),
        "advisory_engagements.csv:3: starts_on: empty, but the engagement has an end",
    ),
    (
        with_rows("advisory_engagements", "E-2,R-1,eib,project_advisory,Scope,,,1.234,,,"),
        "advisory_engagements.csv:3: budget_eur: “1.234” has more than 2 decimals",
    ),
    (
        with_rows("readiness_criteria", "s1-x,s1,fin,Again,1,"),
        "readiness_criteria.csv:4: scale, area: “s1, fin” stands at “s1-fin” already",
    ),
    (
        with_rows("readiness_criteria", "s1-x,s1,x,Zero,0,"),
        "readiness_criteria.csv:4: weight: “0” is a weight of zero or below",
    ),
    (
        with_rows("readiness_scales", "s2,Two,2026-01-01,5,"),
        "readiness_scales.csv:3: ready_at: “5” is out of range",
    ),
    (
        with_rows("readiness_scores", "A-2,s1-tech,5,,,"),
        "readiness_scores.csv:5: level: “5” is not a level, accepted: 0, 1, 2, 3 or 4",
    ),
    (
        {
            **with_rows("readiness_scales", "s2,Two,2026-01-01,3,"),
            **with_rows("readiness_criteria", "s2-x,s2,x,Other,1,"),
            **with_rows("readiness_scores", "A-2,s2-x,1,,,"),
        },
        "readiness_scores.csv:5: criterion: “s2-x” is of “s2”, not of “s1”",
    ),
    (
        with_rows("readiness_assessments", "A-3,R-2,E-1,s1,2026-03-01,ada"),
        "readiness_assessments.csv:4: engagement: “E-1” is of “R-1”, not of “R-2”",
    ),
    (
        with_rows("readiness_assessments", "A-3,R-1,,s1,2026-01-15,ada"),
        "readiness_assessments.csv:4: request, assessed_on: “R-1, 2026-01-15” stands at “A-2” already",
    ),
    (
        with_rows("advisory_notes", "R-2-N1,R-2,R-1-M1,2026-03-01,ada,Text"),
        "advisory_notes.csv:3: meeting: “R-1-M1” is of “R-1”, not of “R-2”",
    ),
    (with_rows("advisers", "cea,Cea,eib,ada"), "advisers.csv:4: account: “ada” stands at “ada” already"),
]


@pytest.mark.parametrize(("changed", "expected"), FAULTS)
@pytest.mark.parametrize("recorded", [False, True])
def test_each_fault_is_named_by_its_place_and_nothing_is_loaded(
    tmp_path: Path, changed: dict[str, str], expected: str, recorded: bool
) -> None:
    if recorded:
        load_advised(tmp_path / "before")
    found = faults(advised(tmp_path / "in", **changed))
    assert len(found) == 1, found
    assert found[0].startswith(expected), found
    assert AdvisoryRequest.objects.count() == (2 if recorded else 0)


REFUSED = [
    "UPDATE advisory_advisoryprovider SET kind = 'friend'",
    "UPDATE advisory_advisorytriage SET outcome = 'perhaps'",
    "UPDATE advisory_advisoryengagement SET kind = 'lunch'",
    "UPDATE advisory_advisoryengagement SET budget_eur = -1",
    "UPDATE advisory_advisoryengagement SET ends_on = '2020-01-01'",
    "UPDATE advisory_advisoryengagement SET starts_on = NULL",
    "UPDATE advisory_readinesscriterion SET weight = 0",
    "UPDATE advisory_readinesscriterion SET area = 'fin'",
    "UPDATE advisory_readinessscore SET level = 5",
    "UPDATE advisory_readinessassessment SET assessed_on = '2026-01-15'",
    "UPDATE advisory_adviser SET account = 'ada'",
    "UPDATE advisory_advicethreshold SET \"key\" = 'nope' WHERE \"key\" = 'ready'",
    "UPDATE advisory_advisoryrequest SET project_id = 999999",
    "DELETE FROM advisory_advisoryrequest",
    "DELETE FROM portfolio_project",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_refuses_what_the_models_refuse(tmp_path: Path, statement: str) -> None:
    load_advised(tmp_path / "in")
    with pytest.raises(IntegrityError):
        execute(statement)


def execute(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        connection.check_constraints()
