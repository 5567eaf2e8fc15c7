"""Alerts: what is kept of them, what they compare, and what they cost."""

import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portfolio.jobs import alerts, publishing
from portfolio.jobs import recompute as job
from portfolio.jobs.alert_thresholds import save_threshold
from portfolio.jobs.facts import save_fact
from portfolio.models import (
    Alert,
    AlertEvaluation,
    AlertThreshold,
    Project,
    ProjectCoverage,
    Recomputation,
    ResultSet,
    Verification,
)
from portfolio.vocabulary import AlertKind
from tests.alerting import (
    SELECTED,
    TODAY,
    amount,
    answered,
    eu_total,
    loaded,
    milestone,
    old_rate,
    open_alerts,
    over_allocated,
    stop_the_clock,
    told,
    uncovered,
)
from tests.edits import Edits
from tests.making import Made

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)


def test_what_comes_back_is_a_new_alert(tmp_path: Path) -> None:
    loaded(over_allocated(), tmp_path)
    answered(lambda: amount("signed", "1000"))
    answered(lambda: amount("signed", "1200"))
    first, second = Alert.objects.filter(kind=AlertKind.ENVELOPE_OVER_ALLOCATED).order_by("id")
    assert first.key == second.key
    assert (first.resolved_at is None, second.resolved_at is None) == (False, True)
    assert second.first_seen_at > first.first_seen_at


def test_an_alert_outlives_what_it_was_about(tmp_path: Path) -> None:
    loaded(milestone(), tmp_path)
    loaded(Made(), tmp_path)
    alert = Alert.objects.get(kind=AlertKind.MILESTONE_OVERDUE)
    assert alert.resolved_at is not None
    assert (alert.project_id, alert.subject_name) == (None, "p")


def test_an_open_alert_is_seen_again_and_says_the_new_numbers(tmp_path: Path) -> None:
    loaded(over_allocated(), tmp_path)
    before = Alert.objects.get(kind=AlertKind.ENVELOPE_OVER_ALLOCATED)
    answered(lambda: amount("signed", "1800"))
    after = Alert.objects.get(kind=AlertKind.ENVELOPE_OVER_ALLOCATED)
    assert (after.pk, after.first_seen_at) == (before.pk, before.first_seen_at)
    assert after.last_seen_at > before.last_seen_at
    assert after.measured == "1800.00"
    job.recompute()
    assert Alert.objects.get(pk=after.pk).last_seen_at > after.last_seen_at, "by a full run too"


def test_payments_are_compared_in_the_currency_of_the_contract(tmp_path: Path) -> None:
    """In euro the payment is worth more than the signature, since the rate moved; in złoty it is not."""
    made = Made().project().rate("PLN", "2025-01-01", "5").rate("PLN", "2025-02-01", "4")
    made.contribution(
        "c", ("signed", "2025-01-01", "100"), ("disbursed", "2025-02-01", "100"), currency="PLN"
    )
    loaded(made, tmp_path)
    assert open_alerts(AlertKind.DISBURSED_ABOVE_SIGNED) == []
    answered(lambda: amount("disbursed", "100.01"))
    [alert] = open_alerts(AlertKind.DISBURSED_ABOVE_SIGNED)
    assert alert.sentence == "PLN 100.01 was paid, but only PLN 100 is signed."


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (("cancelled", "2025-05-01", ""), "but the contract is cancelled."),
        (("approved", "2025-05-01", "9"), "but nothing is signed."),
    ],
)
def test_paid_without_a_signature(tmp_path: Path, event: tuple[str, str, str], words: str) -> None:
    loaded(Made().project().contribution("c", ("disbursed", "2025-04-01", "7"), event), tmp_path)
    [alert] = open_alerts(AlertKind.DISBURSED_ABOVE_SIGNED)
    assert alert.sentence == f"€7 was paid, {words}"


def test_the_newest_approval_before_the_signature_decides(tmp_path: Path) -> None:
    events = [("approved", "2025-01-01", "100"), ("approved", "2025-02-01", "130")]
    loaded(Made().project().contribution("c", *events, ("signed", "2025-03-01", "120")), tmp_path)
    assert open_alerts(AlertKind.SIGNED_ABOVE_APPROVED) == []


def test_a_sum_that_is_a_lower_bound_makes_a_notice(tmp_path: Path) -> None:
    made = uncovered().contribution("unknown", ("signed", "2025-03-01", ""))
    loaded(made, tmp_path)
    [alert] = open_alerts(AlertKind.COVERAGE_BELOW_EXPECTATION)
    assert alert.sentence.startswith("At least €499.99 is signed")
    assert alert.get_severity_display() == "Notice"


def test_a_failed_run_is_seen_though_it_was_rolled_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(over_allocated(), tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(publishing, "compute", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            job.recompute()
    [alert] = open_alerts(AlertKind.RECOMPUTE_FAILED)
    assert "ZeroDivisionError: division by zero" in alert.sentence
    assert open_alerts(AlertKind.ENVELOPE_OVER_ALLOCATED), "the others stay as they were"
    job.recompute()
    assert open_alerts(AlertKind.RECOMPUTE_FAILED) == []


def test_an_error_of_alerts_loses_no_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(over_allocated(), tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(alerts, "findings", lambda _: 1 / 0)
        answered(lambda: amount("signed", "900"))
    run = Recomputation.objects.latest("id")
    assert (run.outcome, run.message) == (
        "succeeded",
        "Alerts were not brought up to date. ZeroDivisionError: division by zero",
    )
    assert ProjectCoverage.objects.get().secured_eur == 900
    assert open_alerts(AlertKind.ENVELOPE_OVER_ALLOCATED)
    other = Project(slug="other", name="Other", kind="ai_factory", source=told())
    answered(lambda: save_fact(other, "a test"))
    assert open_alerts(AlertKind.ENVELOPE_OVER_ALLOCATED) == [], "the next run looked at everything"


def verified(days_ago: int, differences: int) -> None:
    moment = timezone.now() - timedelta(days_ago)
    Verification.objects.create(
        started_at=moment, finished_at=moment, dates=1, rows=1, differences=differences
    )
    job.reevaluate_alerts()


def test_results_are_to_be_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portfolio.queries.alert_reads.today", lambda now: TODAY - (timezone.now() - now))
    loaded(Made().project(), tmp_path)
    assert open_alerts(AlertKind.RESULTS_UNVERIFIED) == [], "the first results are of today"
    verified(3, 0)
    [alert] = open_alerts(AlertKind.RESULTS_UNVERIFIED)
    assert alert.sentence == "The results were last verified on 27 June 2026: that is more than 2 days ago."
    verified(1, 2)
    [alert] = open_alerts(AlertKind.RESULTS_UNVERIFIED)
    assert alert.get_severity_display() == "Critical"
    assert alert.sentence.startswith("The verification of 29 June 2026 found 2 result cells that differ")
    verified(0, 0)
    assert open_alerts(AlertKind.RESULTS_UNVERIFIED) == []


def test_a_threshold_changes_what_alerts(tmp_path: Path, django_capture_on_commit_callbacks: Any) -> None:
    loaded(old_rate(), tmp_path)
    threshold = AlertThreshold.objects.get(kind=AlertKind.RATE_TOO_OLD)
    for value, number in ((Decimal(11), 0), (Decimal(3), 1)):
        threshold.value = value
        with django_capture_on_commit_callbacks(execute=True):
            save_threshold(threshold, "a test")
        assert len(open_alerts(AlertKind.RATE_TOO_OLD)) == number
    assert [str(row.value) for row in threshold.history.order_by("history_id")] == ["11", "3"]  # type: ignore[attr-defined]


def stored() -> list[tuple[Any, ...]]:
    columns = ("key", "kind", "subject", "subject_key", *alerts.COLUMNS)
    return sorted(Alert.objects.filter(resolved_at=None).values_list(*columns))


@pytest.mark.parametrize("seed", range(3))
def test_alerts_after_edits_equal_those_of_a_look_at_everything(seed: int, tmp_path: Path) -> None:
    made = eu_total().figure("gigafactory_limit", "4").figure("eu_capex_share_max", "0.17").envelope("e")
    made.target("t").model("h100-sxm", "989").rate("PLN", "2025-01-01", "4").chips("S", "100")
    for slug in ("q", "r"):
        made.project(slug, need="700", stages=SELECTED)
        for number, (financier, envelope) in enumerate([("EU", "e"), ("eib", "t"), ("se-state", "")]):
            events = [("approved", "2025-02-01", "90"), ("signed", "2025-03-01", "100")]
            made.contribution(
                f"{slug}{number}", *events, project=slug, financier=financier, envelope=envelope
            )
    loaded(made, tmp_path)
    edits = Edits(random.Random(seed))
    done = []
    for _ in range(25):
        done.append(edits.make())
        job.answer_requests()
    found = stored()
    AlertEvaluation.objects.all().delete()
    job.recompute()
    assert found == stored(), done
    assert len(found) > 5


def statements(projects: set[int] | None) -> int:
    """Return how many statements an evaluation takes."""
    with CaptureQueriesContext(connection) as queries:
        alerts.evaluate(ResultSet.objects.get(), projects)
    return len(queries)


def test_the_number_of_reads_does_not_grow(tmp_path: Path) -> None:
    counted = []
    for size in (2, 40):
        made = Made().envelope("e").figure("eu_capex_share_max", "0.17")
        for number in range(size):
            slug = f"p{number}"
            made.project(slug, need="100", stages=[("construction", "2025-01-01")])
            events = [("approved", "2025-02-01", "9"), ("signed", "2025-03-01", "10")]
            made.contribution(f"c{number}", *events, ("disbursed", "2025-04-01", "11"), project=slug)
        loaded(made, tmp_path)
        counted.append((statements(None), statements({Project.objects.get(slug="p1").pk})))
    assert counted[0] == counted[1]
    assert counted[0][0] < 30
