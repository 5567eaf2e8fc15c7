"""Portfolios that cause one alert each, and edits that take the cause away."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from portfolio.jobs import recompute as job
from portfolio.jobs.facts import save_fact
from portfolio.models import (
    Alert,
    ChipDeployment,
    ChipModel,
    ContributionEvent,
    CostEstimate,
    ExchangeRate,
    Project,
    Source,
)
from portfolio.vocabulary import AlertKind
from tests.bundles import load, saved
from tests.making import Made

TODAY = date(2026, 6, 30)
SELECTED = [("selected", "2025-01-01")]


def stop_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be TODAY for what jobs and rules compute."""
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
