"""Random single edits through the write door, for tests of what is kept up to date by them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from django.db import models

from portfolio.jobs.facts import FactRefused, delete_fact, save_fact
from portfolio.models import (
    ChipDeployment,
    ChipModel,
    Contribution,
    ContributionEvent,
    CostEstimate,
    Envelope,
    ExchangeRate,
    Financier,
    Project,
    ProjectStage,
    PublishedFigure,
    Source,
)
from portfolio.vocabulary import EventKind, FinancierKind, Instrument, ProjectKind, Stage
from tests.strategies import CURRENCIES, DAYS, RATES, TFLOPS

AMOUNTS = ["0.00", "0.05", "100.10", "333333333.33", "1000000000.00", "2500000000.55"]
COUNTS = ["0", "3", "500", "11912", "999999"]
M = TypeVar("M", bound=models.Model)


class Edits:
    """Makes edits that are valid or refused, each of another fact, chosen by a random number generator."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def any(self, model: type[M]) -> M | None:
        found = list(model._default_manager.order_by("pk"))
        return self.random.choice(found) if found else None

    def day(self) -> date:
        return date.fromisoformat(self.random.choice(DAYS))

    def amount(self) -> Decimal | None:
        text = self.random.choice([*AMOUNTS, ""])
        return Decimal(text) if text else None

    def make(self) -> str:
        """Make one edit; return what it did, or why it was refused."""
        edits: list[Callable[[], str]] = [
            *[self.save_event] * 4,
            *[self.delete_event] * 2,
            *(self.save_estimate, self.delete_estimate, self.save_stage, self.delete_stage),
            *(self.save_rate, self.delete_rate, self.save_contribution, self.save_contribution),
            *(self.delete_contribution, self.save_financier, self.save_envelope, self.save_project),
            *(self.save_figure, self.save_deployment, self.delete_deployment, self.save_chip_model),
        ]
        edit = self.random.choice(edits)
        try:
            return edit()
        except FactRefused as refused:
            return f"{edit.__name__}: {refused}"

    def changed(self, fact: models.Model | None, **values: Any) -> str:
        if fact is None:
            return "nothing to change"
        for name, value in values.items():
            setattr(fact, name, value)
        save_fact(fact, "test")
        return f"{type(fact).__name__} {fact.pk}: {values}"

    def deleted(self, fact: models.Model | None) -> str:
        if fact is None:
            return "nothing to delete"
        told = f"deleted {type(fact).__name__} {fact.pk}"
        delete_fact(fact, "test")
        return told

    def old_or_new(self, model: type[M], **new: Any) -> M | None:
        """Return a recorded fact or a new one, which has a source; None where what it needs is not there."""
        if self.random.random() < 0.5 and (found := self.any(model)):
            return found
        if None in new.values():
            return None
        fact = model(**new)
        if hasattr(fact, "source_id"):
            fact.source = Source.objects.get()  # type: ignore[attr-defined]
        return fact

    def taken(self, model: type[models.Model], fact: models.Model | None, **key: Any) -> bool:
        return fact is not None and model._default_manager.filter(**key).exclude(pk=fact.pk).exists()

    def save_event(self) -> str:
        event = self.old_or_new(ContributionEvent, contribution=self.any(Contribution), confidence="reported")
        kind, on = self.random.choice(EventKind.values), self.day()
        if event is None or (
            kind != EventKind.DISBURSED
            and self.taken(
                ContributionEvent, event, contribution=event.contribution_id, kind=kind, occurred_on=on
            )
        ):
            return "taken"
        return self.changed(event, kind=kind, occurred_on=on, amount=self.amount())

    def delete_event(self) -> str:
        return self.deleted(self.any(ContributionEvent))

    def save_estimate(self) -> str:
        estimate = self.old_or_new(CostEstimate, project=self.any(Project), confidence="reported")
        on = self.day()
        if estimate is None or self.taken(
            CostEstimate, estimate, project=estimate.project_id, estimated_on=on
        ):
            return "taken"
        amount = self.amount() or Decimal("7.00")
        return self.changed(estimate, estimated_on=on, amount=amount, currency=self.random.choice(CURRENCIES))

    def delete_estimate(self) -> str:
        return self.deleted(self.any(CostEstimate))

    def save_stage(self) -> str:
        stage = self.old_or_new(ProjectStage, project=self.any(Project), confidence="reported")
        reached, on = self.random.choice(Stage.values), self.day()
        if stage is None or self.taken(
            ProjectStage, stage, project=stage.project_id, stage=reached, reached_on=on
        ):
            return "taken"
        return self.changed(stage, stage=reached, reached_on=on)

    def delete_stage(self) -> str:
        return self.deleted(self.any(ProjectStage))

    def save_rate(self) -> str:
        rate = self.old_or_new(ExchangeRate, currency=self.random.choice(["PLN", "HUF", "SEK", "USD"]))
        on = self.day()
        if rate is None or self.taken(ExchangeRate, rate, currency=rate.currency, date=on):
            return "taken"
        return self.changed(rate, date=on, per_euro=Decimal(self.random.choice(RATES)))

    def delete_rate(self) -> str:
        return self.deleted(self.any(ExchangeRate))

    def save_contribution(self) -> str:
        values: dict[str, Any] = {
            "currency": self.random.choice(CURRENCIES),
            "envelope": self.any(Envelope) if self.random.random() < 0.7 else None,
            "project": self.any(Project),
            "financier": self.any(Financier),
            "instrument": self.random.choice(Instrument.values),
        }
        some = self.random.sample(sorted(values), self.random.randint(1, 2))
        return self.changed(self.any(Contribution), **{name: values[name] for name in some})

    def delete_contribution(self) -> str:
        contribution = self.any(Contribution)
        if contribution is not None and self.random.random() < 0.5:
            for event in contribution.events.all():
                delete_fact(event, "test")
        return self.deleted(contribution)

    def save_financier(self) -> str:
        return self.changed(self.any(Financier), kind=self.random.choice(FinancierKind.values))

    def save_envelope(self) -> str:
        return self.changed(
            self.any(Envelope),
            kind=self.random.choice(["budget", "mobilisation_target"]),
            amount_eur=Decimal("1000000000.00"),
            starts_on=date(2024, 12, 31),
            ends_on=self.random.choice([date(2025, 6, 15), date(2026, 3, 1)]),
        )

    def save_project(self) -> str:
        return self.changed(self.any(Project), kind=self.random.choice(ProjectKind.values))

    def save_figure(self) -> str:
        value = self.random.choice(["2", "4", "100000", ""])
        return self.changed(self.any(PublishedFigure), value=Decimal(value) if value else None)

    def save_deployment(self) -> str:
        deployment = self.old_or_new(
            ChipDeployment,
            project=self.any(Project),
            system=f"System {self.random.randint(1, 10**9)}",
            confidence="reported",
            planned_on=self.day(),
        )
        chips = self.random.choice([*COUNTS, ""])
        return self.changed(
            deployment,
            chips=int(chips) if chips else None,
            chip_model=self.any(ChipModel) if self.random.random() < 0.8 else None,
            installed_on=self.day() if self.random.random() < 0.5 else None,
        )

    def delete_deployment(self) -> str:
        return self.deleted(self.any(ChipDeployment))

    def save_chip_model(self) -> str:
        speed = self.random.choice(TFLOPS)
        return self.changed(self.any(ChipModel), bf16_dense_tflops=Decimal(speed) if speed else None)
