"""A scenario says what the tables would be if its changes were really entered, to the cell."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from unittest.mock import patch

import pytest
from django.db import models, transaction
from hypothesis import given
from hypothesis import strategies as st

from portfolio.dashboards.scenario_tables import changed_tables, headlines
from portfolio.exports.metric_tables import METRIC_TABLES
from portfolio.exports.scenario_tables import changed_rows, compared_rows
from portfolio.jobs.exchange_rates import refresh_euro_values
from portfolio.jobs.facts import save_fact
from portfolio.jobs.past_dates import results_of
from portfolio.jobs.recompute import recompute
from portfolio.jobs.scenarios import add_change
from portfolio.models import (
    ChipDeployment,
    ChipModel,
    Contribution,
    ContributionEvent,
    CostEstimate,
    Envelope,
    Financier,
    Programme,
    Project,
    ProjectStage,
    PublishedFigure,
    Scenario,
    ScenarioChange,
    Source,
)
from portfolio.queries.results import MetricTables, compute, read_inputs, tables_of
from portfolio.queries.what_if import Outcome, changed_inputs, what_if
from portfolio.queries.what_if_changes import what_if_changes
from portfolio.vocabulary import (
    ChangeKind,
    DeploymentStatus,
    EventKind,
    FigureKey,
    Instrument,
    Stage,
)
from tests.bundles import load, saved
from tests.making import Made
from tests.strategies import Rows, as_of_dates, bundles

pytestmark = pytest.mark.django_db

AMOUNTS = ["0.00", "0.05", "100.10", "333333333.33", "2500000000.55"]
PERCENTS = ["10", "-33.33", "0", "-100", "250.5"]
STATES = ["announced", "under_appraisal", "approved", "signed"]
TOLD = {"confidence": "reported"}
M = TypeVar("M", bound=models.Model)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def keys(model: type[models.Model], key: str) -> list[str]:
    return list(model._default_manager.order_by("pk").values_list(key, flat=True)) or ["nothing"]


def random_changes(random: Random, number: int) -> list[ScenarioChange]:
    """Return changes of any kinds, mostly of a few facts, so that some set the same thing."""
    one = random.choice
    projects, contributions = keys(Project, "slug")[:3], keys(Contribution, "reference")[:4]
    envelopes, financiers = keys(Envelope, "slug"), keys(Financier, "slug")

    def percent() -> Any:
        return Decimal(one(PERCENTS))

    made: dict[str, Any] = {
        ChangeKind.SIGN_CONTRIBUTION: lambda: {
            "contribution": one(contributions),
            "amount": one([None, None, Decimal(one(AMOUNTS))]),
        },
        ChangeKind.CANCEL_CONTRIBUTION: lambda: {"contribution": one(contributions)},
        ChangeKind.ADD_CONTRIBUTION: lambda: {
            "project": one(projects),
            "financier": one(financiers),
            "instrument": one(Instrument.values),
            "envelope": one(["", *envelopes]),
            "amount": Decimal(one(AMOUNTS)),
            "currency": one(["EUR", "EUR", "PLN", "USD"]),
            "state": one(STATES),
        },
        ChangeKind.CHANGE_COST: lambda: {
            "project": one(projects),
            **one([{"percent": percent()}, {"amount": Decimal(one(AMOUNTS)), "currency": "PLN"}]),
        },
        ChangeKind.DROP_PROJECT: lambda: {"project": one(projects)},
        ChangeKind.SET_STAGE: lambda: {"project": one(projects), "stage": one(Stage.values)},
        ChangeKind.SET_FIGURE: lambda: {
            "figure": one(FigureKey.values),
            "value": Decimal(one(["0", "3", "100000"])),
        },
        ChangeKind.SET_ENVELOPE_AMOUNT: lambda: {
            "envelope": one(envelopes),
            "amount": Decimal(one(["0.01", "1000000000.00"])),
        },
        ChangeKind.ADD_CHIPS: lambda: {
            "project": one(projects),
            "chips": int(one(["0", "3", "11912"])),
            "chip_model": one(["", *keys(ChipModel, "slug")]),
            "status": one(DeploymentStatus.values),
        },
    }
    scenario = Scenario(slug="s", name="s")
    changes = []
    for position in range(1, number + 1):
        kind = one(list(made))
        changes.append(ScenarioChange(scenario=scenario, position=position, kind=kind, **made[kind]()))
    return changes


class Editor:
    """Enters what a scenario supposes as records of a day, the plain way."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.source = Source.objects.get()

    def enter(self, outcome: Outcome) -> None:
        getattr(self, outcome.change.kind)(outcome.change)
        refresh_euro_values()

    def event(self, contribution: Contribution, kind: str, amount: Decimal | None) -> None:
        ContributionEvent.objects.update_or_create(
            contribution=contribution,
            kind=kind,
            occurred_on=self.day,
            defaults={"amount": amount, "source": self.source, **TOLD},
        )

    def newest(self, contribution: Contribution) -> ContributionEvent:
        ladder = ["announced", "under_appraisal", "approved", "signed", "cancelled"]
        events = contribution.events.exclude(kind=EventKind.DISBURSED).filter(occurred_on__lte=self.day)
        return max(events, key=lambda event: (event.occurred_on, ladder.index(event.kind)))

    def sign_contribution(self, change: ScenarioChange) -> None:
        contribution = Contribution.objects.get(reference=change.contribution)
        amount = self.newest(contribution).amount if change.amount is None else change.amount
        contribution.events.filter(kind="cancelled", occurred_on=self.day).delete()
        self.event(contribution, "signed", amount)

    def cancel_contribution(self, change: ScenarioChange) -> None:
        self.event(Contribution.objects.get(reference=change.contribution), "cancelled", None)

    def add_contribution(self, change: ScenarioChange) -> None:
        contribution = Contribution.objects.create(
            reference=f"new-{change.position}",
            project=Project.objects.get(slug=change.project),
            financier=Financier.objects.get(slug=change.financier),
            envelope=Envelope.objects.filter(slug=change.envelope).first(),
            instrument=change.instrument,
            currency=change.currency,
            source=self.source,
        )
        self.event(contribution, change.state, change.amount)

    def change_cost(self, change: ScenarioChange) -> None:
        project = Project.objects.get(slug=change.project)
        if change.percent is None:
            assert change.amount is not None
            CostEstimate.objects.update_or_create(
                project=project,
                estimated_on=self.day,
                defaults={
                    "amount": change.amount,
                    "currency": change.currency,
                    "source": self.source,
                    **TOLD,
                },
            )
            return
        estimate = project.cost_estimates.filter(estimated_on__lte=self.day).latest("estimated_on")
        hundredths = estimate.amount * (100 + change.percent)
        estimate.amount = (hundredths / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        estimate.save()

    def drop_project(self, change: ScenarioChange) -> None:
        self.stage(change.project, Stage.WITHDRAWN)

    def set_stage(self, change: ScenarioChange) -> None:
        self.stage(change.project, change.stage)

    def stage(self, slug: str, stage: str) -> None:
        project = Project.objects.get(slug=slug)
        project.stages.filter(reached_on=self.day).delete()
        ProjectStage.objects.create(
            project=project, stage=stage, reached_on=self.day, source=self.source, **TOLD
        )

    def set_figure(self, change: ScenarioChange) -> None:
        PublishedFigure.objects.update_or_create(
            key=change.figure,
            defaults={
                "value": change.value,
                "programme": Programme.objects.get(),
                "source": self.source,
                **TOLD,
            },
        )

    def set_envelope_amount(self, change: ScenarioChange) -> None:
        Envelope.objects.filter(slug=change.envelope).update(amount_eur=change.amount)

    def add_chips(self, change: ScenarioChange) -> None:
        ChipDeployment.objects.create(
            project=Project.objects.get(slug=change.project),
            system=f"new {change.position}",
            chip_model=ChipModel.objects.filter(slug=change.chip_model).first(),
            chips=change.chips,
            source=self.source,
            **{"planned_on": self.day, f"{change.status}_on": self.day},
            **TOLD,
        )


def cells(tables: MetricTables) -> list[list[tuple[Any, ...]]]:
    return [
        [astuple(row) for row in rows]
        for rows in (
            tables.project_coverage,
            tables.envelope_utilisation,
            tables.chip_comparison,
            tables.portfolio_summary,
        )
    ]


@given(bundles(), as_of_dates(), st.integers(0, 10**9))
def test_a_scenario_equals_the_tables_after_the_real_edits(rows: Rows, day: date, seed: int) -> None:
    with TemporaryDirectory() as folder, undone():
        load(saved(rows, Path(folder)), replace=True)
        changes = random_changes(Random(seed), 8)
        supposed, outcomes = changed_inputs(read_inputs(day), changes)
        before = cells(compute(day))
        found = cells(tables_of(supposed))
        assert cells(compute(day)) == before  # nothing was touched
        assert [outcome.change.position for outcome in outcomes] == list(range(1, 9))
        editor = Editor(day)
        told = [f"{outcome.change.kind} {outcome.reason} {outcome.replaced_by}" for outcome in outcomes]
        for outcome in outcomes:
            if not outcome.reason:
                editor.enter(outcome)
        expected = cells(compute(day))
        for name, one, other in zip(
            ("coverage", "envelopes", "chips", "summary"), found, expected, strict=True
        ):
            assert one == other, (name, told)


@given(bundles(), as_of_dates(), st.integers(0, 10**9), st.integers(0, 4))
def test_what_differs_needs_the_named_projects_alone(rows: Rows, day: date, seed: int, number: int) -> None:
    """The page reads a few projects; what it shows is what the whole tables on both sides have."""
    with TemporaryDirectory() as folder, undone():
        load(saved(rows, Path(folder)), replace=True)
        recompute()
        results = results_of(day)
        scenario = Scenario.objects.create(slug="s", name="s")
        for change in random_changes(Random(seed), number):
            change.scenario = scenario
            change.save()
        whole, part = what_if(scenario, results), what_if_changes(scenario, results)
        for table in METRIC_TABLES:
            expected = [row for row in compared_rows(table, whole) if row.changed_cells]
            assert changed_rows(table, part) == (expected, len(expected)), table.name
        assert changed_tables(part) == changed_tables(whole)
        assert headlines(part) == headlines(whole)
        assert [outcome.reason for outcome in part.outcomes] == [o.reason for o in whole.outcomes]


def test_a_page_does_not_wait_for_edits_of_other_projects(tmp_path: Path) -> None:
    """While an edit of another project waits, the page reads a few projects beside what is published."""
    made = Made().target("t")
    for slug in ("named", "other"):
        made.project(slug, need="1000", stages=[("selected", "2025-01-01")])
        made.contribution(f"C-{slug}", ("signed", "2025-03-01", "100"), project=slug, envelope="t")
    load(saved(made.rows, tmp_path))
    recompute()
    results = results_of(date(2026, 6, 30))
    scenario = Scenario.objects.create(slug="s", name="s")
    add_change(scenario, ChangeKind.CHANGE_COST, {"project": "named", "percent": "10"}, results.as_of)
    scenario.refresh_from_db()
    before = changed_tables(what_if_changes(scenario, results))
    for slug, alone in (("other", True), ("named", False)):
        event = ContributionEvent.objects.get(contribution__reference=f"C-{slug}")
        event.amount = Decimal("150.00")
        with patch("portfolio.jobs.requests._waker", None):
            save_fact(event, "test")
        found = what_if_changes(scenario, results)
        assert (found.others.total() == 1) == alone
        assert (changed_tables(found) == before) == alone
