"""Alerts: each kind appears with its cause and resolves without it; what is kept, and what it costs."""

import random
from collections.abc import Callable
from datetime import date, timedelta
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
from portfolio.jobs.facts import delete_fact, save_fact
from portfolio.models import (
    Alert,
    AlertEvaluation,
    AlertThreshold,
    ChipDeployment,
    ChipModel,
    ContributionEvent,
    CostEstimate,
    ExchangeRate,
    Milestone,
    Project,
    ProjectCoverage,
    PublishedFigure,
    PublishedFigureReading,
    Recomputation,
    ResultSet,
    Source,
    Verification,
)
from portfolio.vocabulary import AlertKind
from tests.bundles import load, saved
from tests.edits import Edits
from tests.making import Made

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 30)
SELECTED = [("selected", "2025-01-01")]


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("portfolio.jobs.recompute.today", "portfolio.rules.dates.today"):
        monkeypatch.setattr(name, lambda now=None: TODAY)


def loaded(made: Made, folder: Path) -> None:
    load(saved(made.rows, folder / "bundle"), replace=True)
    job.recompute()


def answered(edit: Callable[[], Any]) -> None:
    edit()
    job.answer_requests()


def changed(fact: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(fact, name, value)
    save_fact(fact, "a test")


def amount(kind: str, value: str, **which: Any) -> None:
    """Correct the amount of the only event of a kind."""
    changed(ContributionEvent.objects.get(kind=kind, **which), amount=Decimal(value))


def told() -> Source:
    return Source.objects.get(key="src")


def open_alerts(kind: AlertKind | None = None) -> list[Alert]:
    found = Alert.objects.filter(resolved_at=None).order_by("key")
    return list(found if kind is None else found.filter(kind=kind))


def gigafactory(need: str = "1000") -> Made:
    return Made().project(kind="ai_gigafactory", need=need, stages=SELECTED)


def over_allocated() -> Made:
    return Made().project().envelope("e").contribution("c", ("signed", "2025-03-01", "1500"), envelope="e")


def eu_share() -> Made:
    made = gigafactory().figure("eu_capex_share_max", "0.17")
    return made.contribution("c", ("signed", "2025-03-01", "170.01"))


def states_share() -> Made:
    made = Made().project().contribution("eu", ("signed", "2025-03-01", "100"))
    return made.contribution("st", ("signed", "2025-03-01", "99.99"), financier="se-state")


def paid() -> Made:
    events = [("signed", "2025-03-01", "100"), ("disbursed", "2025-04-01", "60")]
    return Made().project().contribution("c", *events, ("disbursed", "2025-05-01", "50"))


def approved() -> Made:
    events = [("approved", "2025-02-01", "100"), ("signed", "2025-03-01", "120")]
    return Made().project().contribution("c", *events)


def ended() -> Made:
    made = Made().project(stages=[*SELECTED, ("withdrawn", "2026-01-01")])
    return made.contribution("c", ("signed", "2025-03-01", "120"))


def eib_share() -> Made:
    made = Made().project(need="1000")
    return made.contribution("c", ("signed", "2025-03-01", "500.01"), financier="eib", instrument="loan")


def eu_money() -> Made:
    made = gigafactory().figure("eu_capex_share_max", "0.17")
    made.contribution("c", ("signed", "2025-03-01", "100"))
    return made.contribution("d", ("approved", "2025-03-01", "71"))


def eu_total() -> Made:
    made = gigafactory().figure("gigafactory_call_eu_eur", "170")
    made.contribution("c", ("signed", "2025-03-01", "100"))
    return made.contribution("d", ("approved", "2025-03-01", "71"))


def old_rate() -> Made:
    made = Made().project().rate("PLN", "2025-01-01", "4")
    return made.contribution("c", ("signed", "2025-01-12", "100"), currency="PLN")


def uncovered() -> Made:
    made = Made().project(need="1000", stages=[("hosting_agreement", "2025-01-01")])
    return made.contribution("c", ("signed", "2025-03-01", "499.99"))


def places() -> Made:
    return gigafactory().figure("gigafactory_limit", "1")


def milestone() -> Made:
    return (
        Made()
        .project()
        .add("milestones", project="p", key="m", title="Hall ready", due_on="2026-06-29", source="src")
    )


def without_rate() -> Made:
    return Made().project().contribution("c", ("signed", "2025-01-12", "100"), currency="PLN")


def dated_source(day: str) -> Made:
    made = Made().project(stages=SELECTED)
    made.rows["sources"][0]["published_on"] = day
    return made


def contradicted() -> Made:
    made = Made().figure("sites", "5")
    made.rows["sources"][0]["published_on"] = "2025-12-04"
    made.add("sources", key="later", title="Later", publisher="Ministry", published_on="2026-01-05")
    return made.add(
        "published_figure_readings", figure="sites", value="7", confidence="reported", source="later"
    )


def behind() -> Made:
    made = Made().project(need="400").target("t", ends_on="2026-12-31")
    return made.contribution("c", ("signed", "2025-03-01", "1"), envelope="t")


def add_chips() -> None:
    model = ChipModel(slug="h100-sxm", name="H100", bf16_dense_tflops=Decimal(989), source=told())
    save_fact(model, "a test")
    deployment = ChipDeployment(
        project=Project.objects.get(), system="S", chip_model=model, chips=8, planned_on=date(2025, 1, 1)
    )
    changed(deployment, confidence="confirmed", source=told())


def estimate(value: str) -> None:
    found = CostEstimate.objects.first() or CostEstimate(project=Project.objects.get(), source=told())
    day = found.estimated_on or date(2025, 1, 1)
    changed(found, amount=Decimal(value), currency="EUR", confidence="reported", estimated_on=day)


def rate(day: date) -> None:
    changed(ExchangeRate(currency="PLN"), date=day, per_euro=Decimal(4))


CASES: list[tuple[AlertKind, Callable[[], Made], str, str, Callable[[], Any]]] = [
    (
        AlertKind.ENVELOPE_OVER_ALLOCATED,
        over_allocated,
        "e",
        "€1,500 is approved or signed of a budget of €1,000: €500 more than it holds.",
        lambda: amount("signed", "1000"),
    ),
    (
        AlertKind.EU_SHARE_ABOVE_MAXIMUM,
        eu_share,
        "p",
        "€170.01 of EU money is signed, 17 % of the need of €1,000: the published maximum is 17 %, €170.",
        lambda: amount("signed", "170"),
    ),
    (
        AlertKind.STATE_SHARE_BELOW_EU_SHARE,
        states_share,
        "p",
        "Participating states have signed €99.99 and the EU budget €100:"
        " the states' share is to be at least the EU's.",
        lambda: amount("signed", "100", contribution__reference="st"),
    ),
    (
        AlertKind.DISBURSED_ABOVE_SIGNED,
        paid,
        "c",
        "€110 was paid, but only €100 is signed.",
        lambda: delete_fact(ContributionEvent.objects.filter(kind="disbursed")[0], "a test"),
    ),
    (
        AlertKind.SIGNED_ABOVE_APPROVED,
        approved,
        "c",
        "€120 is signed, but €100 was approved on 1 February 2025.",
        lambda: amount("approved", "120"),
    ),
    (
        AlertKind.SIGNED_AT_ENDED_PROJECT,
        ended,
        "p",
        "The project is withdrawn, but 1 contribution to it is still signed, worth €120.",
        lambda: changed(ContributionEvent.objects.get(), kind="cancelled", amount=None),
    ),
    (
        AlertKind.EIB_GROUP_SHARE,
        eib_share,
        "p",
        "The EIB Group has signed €500.01, 50 % of the need of €1,000: more than 50 %.",
        lambda: amount("signed", "500"),
    ),
    (
        AlertKind.EU_MONEY_ABOVE_MAXIMUM,
        eu_money,
        "p",
        "€171 of EU money is approved or signed, 17.1 % of the need of €1,000:"
        " the published maximum is 17 %, €170.",
        lambda: amount("approved", "70"),
    ),
    (
        AlertKind.EU_MONEY_ABOVE_MAXIMUM,
        eu_total,
        "P1",
        "€171 of EU money is approved or signed for selected gigafactories:"
        " €1 above the published maximum of €170.",
        lambda: amount("approved", "70"),
    ),
    (
        AlertKind.EU_MONEY_ABOVE_MAXIMUM,
        eu_total,
        "P1",
        "€171 of EU money",
        lambda: changed(PublishedFigure.objects.get(), value=Decimal(171)),
    ),
    (
        AlertKind.RATE_TOO_OLD,
        old_rate,
        "c",
        "The amount of 12 January 2025 in PLN is converted at the rate of 1 January 2025, 11 days older.",
        lambda: rate(date(2025, 1, 2)),
    ),
    (
        AlertKind.RATE_TOO_OLD,
        lambda: Made().project().rate("PLN", "2025-01-25", "4").estimate("p", "2025-02-05", "9", "PLN"),
        "p",
        "The amount of 5 February 2025 in PLN is converted at the rate of 25 January 2025, 11 days older.",
        lambda: rate(date(2025, 2, 5)),
    ),
    (
        AlertKind.COVERAGE_BELOW_EXPECTATION,
        uncovered,
        "p",
        "€499.99 is signed of a need of €1,000, 50 %: at the stage hosting agreement, 50 % is expected.",
        lambda: amount("signed", "500"),
    ),
    (
        AlertKind.PLACES_USED_UP,
        places,
        "",
        "No place for a gigafactory is left of the limit.",
        lambda: changed(PublishedFigure.objects.get(), value=Decimal(2)),
    ),
    (
        AlertKind.MILESTONE_OVERDUE,
        milestone,
        "p",
        "“Hall ready” was due on 29 June 2026, 1 day ago, and is not done.",
        lambda: changed(Milestone.objects.get(), done_on=TODAY),
    ),
    (
        AlertKind.NEED_MISSING,
        lambda: Made().project(stages=SELECTED),
        "p",
        "The project is selected, but no cost estimate is recorded: need, gap and coverage are unknown.",
        lambda: estimate("5"),
    ),
    (
        AlertKind.RATE_MISSING,
        without_rate,
        "p",
        "An amount in PLN has no exchange rate on or before its day, so it stands in no sum.",
        lambda: rate(date(2025, 1, 10)),
    ),
    (
        AlertKind.RATE_MISSING,
        lambda: Made().project().estimate("p", "2025-02-05", "9", "PLN"),
        "p",
        "An amount in PLN has no exchange rate",
        lambda: rate(date(2025, 2, 1)),
    ),
    (
        AlertKind.CHIPS_UNKNOWN,
        lambda: Made().project(stages=SELECTED),
        "p",
        "The project is selected, but a number of chips was not published.",
        add_chips,
    ),
    (
        AlertKind.SOURCE_OUTDATED,
        lambda: dated_source("2025-06-29"),
        "p",
        "No source of the project's facts is known to be newer than 30 June 2025, 365 days ago.",
        lambda: changed(told(), published_on=date(2025, 6, 30)),
    ),
    (
        AlertKind.FIGURE_CONTRADICTED,
        contradicted,
        "P1",
        "“sites” is 5 as published on 4 December 2025, but 7 by Ministry of 5 January 2026.",
        lambda: changed(PublishedFigureReading.objects.get(), value=Decimal(5)),
    ),
    (
        AlertKind.MOBILISATION_BEHIND,
        behind,
        "t",
        "€400 is mobilised of €1,000, 40 %, while 74.76 % of the period has passed.",
        lambda: estimate("748"),
    ),
]


@pytest.mark.parametrize(
    ("kind", "made", "subject", "sentence", "cure"),
    CASES,
    ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)],
)
def test_an_alert_opens_with_its_cause_and_resolves_when_that_is_gone(
    tmp_path: Path,
    kind: AlertKind,
    made: Callable[[], Made],
    subject: str,
    sentence: str,
    cure: Callable[[], Any],
) -> None:
    loaded(made(), tmp_path)
    [alert] = open_alerts(kind)
    assert alert.subject_key == subject
    assert alert.sentence.startswith(sentence)
    assert alert.first_seen_at == alert.last_seen_at
    answered(cure)
    assert open_alerts(kind) == []
    alert.refresh_from_db()
    assert alert.resolved_at is not None
    assert alert.resolved_at >= alert.first_seen_at


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
