"""The funnel of the illustrative portfolio, recomputed by hand; and results of any day, kept and verified."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from django.core.management import call_command
from django.test import Client

from advisory.jobs.thresholds import save_threshold
from advisory.models import (
    AdviceThreshold,
    AdvisoryCase,
    AdvisoryEngagement,
    AdvisoryFunnel,
    AdvisoryOutcome,
    AdvisoryReadiness,
    AdvisoryRequest,
    AdvisoryTriage,
    ReadinessScore,
    SignedWindow,
)
from portfolio.jobs.facts import FactRefused, delete_fact, save_fact
from portfolio.jobs.past_dates import results_of
from portfolio.jobs.recompute import answer_requests, recompute
from portfolio.models import ContributionEvent, Project, RecomputeRequest, ResultSet
from portfolio.rules.dates import today
from tests.advisory.making import ILLUSTRATIVE, table
from tests.advisory.oracle import THRESHOLDS, Oracle
from tests.bundles import read_bundle

pytestmark = pytest.mark.django_db
BUNDLE = read_bundle(ILLUSTRATIVE)
# Before the first request, in the middle of everything, on the day of a withdrawal, and today.
DAYS = ["2024-08-18", "2024-12-31", "2025-06-30", "2025-12-31", "2026-05-18", "2026-06-30", "2026-11-25"]
DERIVED = (AdvisoryCase, AdvisoryReadiness, SignedWindow, AdvisoryFunnel, AdvisoryOutcome)


def test_the_thresholds_are_those_that_the_hand_computation_uses() -> None:
    found = dict(AdviceThreshold.objects.values_list("key", "value"))
    assert {key: found[key] for key in THRESHOLDS} == {key: Decimal(days) for key, days in THRESHOLDS.items()}
    assert found["assessed_at_least"] == 5


@pytest.mark.usefixtures("illustrative")
@pytest.mark.parametrize("as_of", DAYS)
def test_the_funnel_is_what_a_hand_makes_of_the_rows(client: Client, as_of: str) -> None:
    oracle = Oracle(BUNDLE, as_of)
    expected = oracle.funnel()
    found = {row["scope"]: row for row in table(client, "advisory-funnel", f"&as_of={as_of}")}
    assert found.keys() == expected.keys()
    for scope, row in expected.items():
        assert {name: found[scope][name] for name in row} == row, scope
    outcomes = {row["group"]: row for row in table(client, "advisory-outcomes", f"&as_of={as_of}")}
    expected_outcomes = oracle.outcomes()
    assert outcomes.keys() == expected_outcomes.keys()
    for group, row in expected_outcomes.items():
        assert {name: outcomes[group][name] for name in row} == row, group
    cases = {row["request"]: row for row in table(client, "advisory-cases", f"&as_of={as_of}")}
    by_hand = {row["key"]: oracle.case(row)["step"] for row in oracle.requests}
    assert {key: row["step"] for key, row in cases.items()} == by_hand


MONEY = {
    *("signed_within_12_months_eur", "signed_within_24_months_eur"),
    *("signed_eur", "signed_per_project_eur"),
}


@pytest.mark.usefixtures("illustrative")
def test_every_figure_of_the_funnel_is_explained_by_terms_that_give_it(client: Client) -> None:
    from advisory.queries.explanations import TABLES, explain

    results = ResultSet.objects.get(as_of=today())
    rows = [("advisory_funnel", row.scope) for row in AdvisoryFunnel.objects.filter(result_set=results)]
    rows += [("advisory_outcomes", row.group) for row in AdvisoryOutcome.objects.filter(result_set=results)]
    explained = 0
    for name, key in rows:
        for column in TABLES[name]:
            found = explain(results, name, key, column, confidential=True)
            assert found.value is None or found.value == found.recomputed, (name, key, column)
            explained += found.value is not None
            for term in found.terms if column in MONEY else ():
                behind = sum((one.amount_eur or Decimal(0) for one in term.signed), Decimal(0))
                assert behind == term.value, (name, key, column, term.key)
    assert explained > 300


def test_without_a_request_there_is_no_row(client: Client) -> None:
    call_command("load_portfolio", Path(__file__).parent.parent / "data" / "small", verbosity=0)
    call_command("recompute", stdout=io.StringIO())
    assert [model.objects.count() for model in DERIVED] == [0] * 5
    assert table(client, "advisory-funnel") == []


# --- Kept up to date ----------------------------------------------------------------------------------------


def stored(as_of: date) -> dict[str, set[tuple[object, ...]]]:
    """Return every derived row of a day as its values, without the numbers that rows happen to get."""
    results = ResultSet.objects.get(as_of=as_of)
    found = {}
    for model in DERIVED:
        fields = model._meta.concrete_fields
        names = [field.attname for field in fields if field.name not in ("id", "result_set")]
        rows = model._default_manager.filter(result_set=results)
        found[model.__name__] = set(rows.values_list(*names))
    return found


class Edits:
    """Random edits that bear on the funnel."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def day(self) -> date:
        return date(self.random.choice([2025, 2026]), self.random.randint(1, 11), 1)

    def make(self) -> str:
        edit = self.random.choice(
            [self.decide, self.engage, self.score, self.event, self.event, self.move, self.unassess]
        )
        try:
            return edit()
        except FactRefused as refused:
            return str(refused)

    def decide(self) -> str:
        request, day = self.random.choice(list(AdvisoryRequest.objects.all())), self.day()
        triage = AdvisoryTriage.objects.filter(request=request, decided_on=day).first()
        triage = triage or AdvisoryTriage(request=request, decided_on=day)
        triage.outcome = self.random.choice(["accepted", "declined", "deferred"])
        save_fact(triage, "test")
        return f"decided {request} {day} {triage.outcome}"

    def engage(self) -> str:
        engagement = self.random.choice(list(AdvisoryEngagement.objects.all()))
        engagement.starts_on, engagement.ends_on = self.day(), None
        save_fact(engagement, "test")
        return f"{engagement} starts {engagement.starts_on}"

    def score(self) -> str:
        score = self.random.choice(list(ReadinessScore.objects.all()))
        score.level = self.random.choice([None, 0, 4])
        save_fact(score, "test")
        return f"score {score} {score.level}"

    def event(self) -> str:
        event = self.random.choice(list(ContributionEvent.objects.filter(kind__in=["signed", "approved"])))
        event.amount = Decimal(self.random.randint(1, 10**9))
        save_fact(event, "test")
        return f"event {event}"

    def move(self) -> str:
        request = self.random.choice(list(AdvisoryRequest.objects.exclude(project=None)))
        request.project = self.random.choice(list(Project.objects.all()))
        save_fact(request, "test")
        return f"{request} moves to {request.project}"

    def unassess(self) -> str:
        score = self.random.choice(list(ReadinessScore.objects.all()))
        delete_fact(score, "test")
        return "deleted a score"


@pytest.mark.usefixtures("illustrative")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_edits_leave_what_a_full_recomputation_writes(seed: int) -> None:
    past = date(2026, 3, 31)
    results_of(past)
    edits, told = Edits(seed), []
    for _ in range(6):
        told.append(edits.make())
        answer_requests()
    assert not RecomputeRequest.objects.exists()
    results_of(past)
    kept, kept_past = stored(today()), stored(past)
    recompute()
    ResultSet.objects.filter(as_of=past).delete()
    results_of(past)
    for name, expected in stored(today()).items():
        assert (kept[name] - expected, expected - kept[name]) == (set(), set()), (name, told)
    for name, expected in stored(past).items():
        assert (kept_past[name] - expected, expected - kept_past[name]) == (set(), set()), (name, told)


@pytest.mark.usefixtures("illustrative")
def test_a_small_edit_goes_the_short_way() -> None:
    triage = AdvisoryTriage.objects.get(request__key="ADV-2026-005")
    triage.outcome = "deferred"
    save_fact(triage, "test")
    assert RecomputeRequest.objects.get().project is not None
    run = answer_requests()
    assert run is not None
    assert run.projects == 1
    assert (
        AdvisoryCase.objects.get(request__key="ADV-2026-005", result_set__as_of=today()).accepted_on is None
    )


@pytest.mark.usefixtures("illustrative")
def test_a_threshold_changes_what_is_stalled() -> None:
    threshold = AdviceThreshold.objects.get(key="received")
    threshold.value = Decimal(100)
    save_threshold(threshold, "test")
    answer_requests()
    overall = AdvisoryFunnel.objects.get(scope="overall", result_set__as_of=today())
    assert overall.stalled == 1
    assert threshold.history.count() == 1  # type: ignore[attr-defined]


@pytest.mark.usefixtures("illustrative")
def test_results_of_a_day_are_those_of_the_bundle_cut_off_at_it(client: Client, tmp_path: Path) -> None:
    names = ("advisory-funnel", "advisory-cases", "advisory-outcomes")
    for as_of in ("2025-09-30", "2026-05-15"):
        before = {name: table(client, name, f"&as_of={as_of}") for name in names}
        call_command("save_portfolio", tmp_path / as_of, "--as-of", as_of, "--confidential", verbosity=0)
        call_command("load_portfolio", tmp_path / as_of, "--replace", verbosity=0, stdout=io.StringIO())
        assert {name: table(client, name, f"&as_of={as_of}") for name in names} == before
        call_command("load_portfolio", ILLUSTRATIVE, "--replace", verbosity=0, stdout=io.StringIO())


# --- Verified -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("illustrative")
def test_verification_finds_a_wrong_cell_and_does_not_say_what_is_confidential() -> None:
    out = io.StringIO()
    call_command("verify_results", stdout=out)
    assert "no cell differs" in out.getvalue()
    AdvisoryFunnel.objects.filter(scope="overall").update(signed=99)
    AdvisoryReadiness.objects.filter(engagement__key="ENG-2026-03").update(gain=Decimal("3.99"))
    with pytest.raises(Exception, match="differ") as found:
        call_command("verify_results", stdout=io.StringIO())
    assert "advisory_funnel overall signed: stored 99" in str(found.value)
    assert "gain: stored confidential value" in str(found.value)
    assert "3.99" not in str(found.value)
