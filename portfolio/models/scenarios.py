"""Scenarios: what-ifs over the facts. They are no facts themselves, and no result is stored for them."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from portfolio.models.fields import ExactDecimalField, MoneyField, key_field
from portfolio.models.sources import one_of
from portfolio.vocabulary import ChangeKind, DeploymentStatus, EventKind, FigureKey, Instrument, Stage


def _named(name: str) -> models.CharField:
    """Return the natural key of a fact: no reference, so that facts are edited as if no scenario existed."""
    return models.CharField(name, max_length=255, blank=True)


class Scenario(models.Model):
    """A what-if with a name, made of changes in an order."""

    slug = key_field("slug")
    name = models.CharField("name", max_length=200)
    note = models.TextField("note", blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField("created at", auto_now_add=True)
    changed_at = models.DateTimeField("changed at", auto_now=True)

    class Meta:
        ordering = ["-changed_at", "slug"]
        permissions = [("change_any_scenario", "Can change scenarios of others")]

    def __str__(self) -> str:
        return self.name


class ScenarioChange(models.Model):
    """One change of a scenario. Its kind says which columns it uses; the others are empty."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="changes")
    position = models.PositiveIntegerField("position")
    kind = models.CharField("kind", max_length=19, choices=ChangeKind.choices)
    project = _named("project")
    contribution = _named("contribution")
    envelope = _named("envelope")
    financier = _named("financier")
    chip_model = _named("chip model")
    instrument = models.CharField("instrument", max_length=21, choices=Instrument.choices, blank=True)
    state = models.CharField("state", max_length=15, choices=EventKind.choices, blank=True)
    stage = models.CharField("stage", max_length=22, choices=Stage.choices, blank=True)
    status = models.CharField("status", max_length=11, choices=DeploymentStatus.choices, blank=True)
    figure = models.CharField("figure", max_length=21, choices=FigureKey.choices, blank=True)
    amount = MoneyField("amount", null=True, blank=True)
    currency = models.CharField("currency", max_length=3, blank=True)
    percent = ExactDecimalField("percent", null=True, blank=True)
    value = ExactDecimalField("value", null=True, blank=True)
    chips = models.BigIntegerField("chips", null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["scenario", "position"], name="scenario_change_position"),
            one_of("kind", ChangeKind, "scenario_change_kind"),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=Decimal(0)), name="scenario_amount_not_negative"
            ),
            models.CheckConstraint(condition=Q(chips=None) | Q(chips__gte=0), name="scenario_chips_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.kind}"
