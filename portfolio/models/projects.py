"""Projects (AI factories and AI gigafactories), their stages, cost estimates and milestones."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from portfolio.models.fields import (
    EuroSumField,
    FoldedField,
    MoneyField,
    folded_name_field,
    key_field,
    not_negative,
)
from portfolio.models.sources import confidence_field, one_of, source_field
from portfolio.models.versions import ManyVersions
from portfolio.vocabulary import COUNTRY_CODES, Confidence, ProjectKind, Stage


def check_countries(value: str) -> None:
    """Refuse a text that is not two-letter country codes with semicolons between them."""
    for code in value.split(";"):
        if code not in COUNTRY_CODES:
            raise ValidationError(
                f"“{code}” is not a country code. Use ISO 3166-1 alpha-2 codes such as PL;LT, the lead first."
            )


def check_currency(value: str) -> None:
    """Refuse a text that is not three capital letters."""
    if len(value) != 3 or not (value.isascii() and value.isalpha() and value.isupper()):
        raise ValidationError(f"“{value}” is not a currency. Use three capital letters such as EUR or PLN.")


def currency_field() -> models.CharField:
    return models.CharField("currency", max_length=3, validators=[check_currency])


class Project(models.Model):
    """An AI factory or an AI gigafactory, from the first idea to operation."""

    slug = key_field("slug")
    name = models.TextField("name")
    kind = models.CharField("kind", max_length=14, choices=ProjectKind.choices)
    countries = models.TextField(
        "countries",
        blank=True,
        validators=[check_countries],
        help_text="Two-letter codes separated by semicolons, the lead first.",
    )
    city = models.TextField("city", blank=True)
    latitude = models.DecimalField(
        "latitude",
        max_digits=12,
        decimal_places=9,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-90)), MaxValueValidator(Decimal(90))],
    )
    longitude = models.DecimalField(
        "longitude",
        max_digits=12,
        decimal_places=9,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-180)), MaxValueValidator(Decimal(180))],
    )
    host = models.TextField("host", blank=True)
    website = models.TextField("website", blank=True)
    sectors = models.TextField("sectors", blank=True, help_text="Separated by semicolons.")
    source = source_field()
    folded_name = folded_name_field("name")
    folded_text = FoldedField("folded text", of=("name", "slug", "city", "host"), max_length=None)
    history = ManyVersions(excluded_fields=["folded_name", "folded_text"])

    class Meta:
        ordering = ["slug"]
        # Lists that are grouped begin with the first in an index, and need not be sorted whole.
        indexes = [
            models.Index(fields=["kind", "folded_name"], name="project_by_kind"),
            models.Index(fields=["countries", "folded_name"], name="project_by_country"),
        ]
        constraints = [
            one_of("kind", ProjectKind, "project_kind"),
            models.CheckConstraint(
                condition=Q(latitude=None) | Q(latitude__gte=Decimal(-90), latitude__lte=Decimal(90)),
                name="project_latitude_in_range",
            ),
            models.CheckConstraint(
                condition=Q(longitude=None) | Q(longitude__gte=Decimal(-180), longitude__lte=Decimal(180)),
                name="project_longitude_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProjectStage(models.Model):
    """A stage that a project reached on a day (rule 0)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="stages")
    stage = models.CharField("stage", max_length=22, choices=Stage.choices)
    reached_on = models.DateField("reached on")
    confidence = confidence_field()
    source = source_field()
    note = models.TextField("note", blank=True)
    history = ManyVersions()

    class Meta:
        ordering = ["project__slug", "reached_on"]
        constraints = [
            models.UniqueConstraint(fields=["project", "stage", "reached_on"], name="project_stage_day"),
            one_of("stage", Stage, "project_stage_stage"),
            one_of("confidence", Confidence, "project_stage_confidence"),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}, {self.reached_on}"


class CostEstimate(models.Model):
    """The investment that a project's contributions are to finance, as estimated on a day (rule 4)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="cost_estimates")
    estimated_on = models.DateField("estimated on")
    amount = MoneyField("amount", validators=[not_negative()])
    currency = currency_field()
    confidence = confidence_field()
    source = source_field()
    amount_eur = EuroSumField("euro", null=True, editable=False)
    rate_on = models.DateField("rate of", null=True, editable=False)
    history = ManyVersions(excluded_fields=["amount_eur", "rate_on"])

    class Meta:
        ordering = ["project__slug", "estimated_on"]
        constraints = [
            models.UniqueConstraint(fields=["project", "estimated_on"], name="cost_estimate_day"),
            models.CheckConstraint(condition=Q(amount__gte=Decimal(0)), name="cost_estimate_not_negative"),
            one_of("confidence", Confidence, "cost_estimate_confidence"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.amount}, {self.estimated_on}"


class Milestone(models.Model):
    """Something that a project is to reach by a day, and the day it did."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="milestones")
    key = key_field("key", unique=False)
    title = models.TextField("title")
    due_on = models.DateField("due on", null=True, blank=True)
    done_on = models.DateField("done on", null=True, blank=True)
    source = source_field()
    history = ManyVersions()

    class Meta:
        ordering = ["project__slug", "key"]
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="milestone_key")]
        indexes = [models.Index(fields=["due_on"], name="milestone_by_due_day")]

    def __str__(self) -> str:
        return self.title
