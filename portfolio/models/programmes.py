"""Programmes, their envelopes, and the figures that they publish."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from portfolio.models.fields import ExactDecimalField, MoneyField, folded_name_field, key_field
from portfolio.models.sources import confidence_field, one_of, source_field
from portfolio.vocabulary import Confidence, EnvelopeKind


class Programme(models.Model):
    """A programme of the European Union or the EIB Group, such as InvestAI or TechEU."""

    slug = key_field("slug")
    name = models.TextField("name")
    description = models.TextField("description", blank=True)
    source = source_field()
    folded_name = folded_name_field("name")
    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class PublishedFigure(models.Model):
    """A figure as a programme published it: a claim, never a measurement."""

    key = key_field("key")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="published_figures")
    statement = models.TextField("statement", blank=True)
    value = ExactDecimalField("value", null=True, blank=True, help_text="Empty: unknown.")
    unit = models.TextField("unit", blank=True)
    as_of = models.DateField("as of", null=True, blank=True)
    confidence = confidence_field()
    source = source_field()
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        constraints = [one_of("confidence", Confidence, "published_figure_confidence")]

    def __str__(self) -> str:
        return self.key


class PublishedFigureReading(models.Model):
    """What another source says of the same published figure."""

    figure = models.ForeignKey(PublishedFigure, models.PROTECT, related_name="readings")
    value = ExactDecimalField("value", null=True, blank=True, help_text="Empty: unknown.")
    confidence = confidence_field()
    source = source_field()
    note = models.TextField("note", blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["figure__key", "source__key"]
        constraints = [
            models.UniqueConstraint(fields=["figure", "source"], name="one_reading_a_figure_and_source"),
            one_of("confidence", Confidence, "published_figure_reading_confidence"),
        ]

    def __str__(self) -> str:
        return f"{self.figure}: {self.source}"


class Envelope(models.Model):
    """A budget, or a mobilisation target, that contributions count against (rules 7 and 8)."""

    slug = key_field("slug")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="envelopes")
    name = models.TextField("name")
    kind = models.CharField("kind", max_length=19, choices=EnvelopeKind.choices)
    amount_eur = MoneyField("amount, euro")
    starts_on = models.DateField("starts on", null=True, blank=True)
    ends_on = models.DateField("ends on", null=True, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="contained in"
    )
    confidence = confidence_field()
    source = source_field()
    folded_name = folded_name_field("name")
    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        ordering = ["slug"]
        constraints = [
            one_of("kind", EnvelopeKind, "envelope_kind"),
            one_of("confidence", Confidence, "envelope_confidence"),
            models.CheckConstraint(
                condition=Q(amount_eur__gt=Decimal(0)),
                name="envelope_amount_above_zero",
                violation_error_message="The amount of an envelope is above zero.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")) | Q(starts_on=None) | Q(ends_on=None),
                name="envelope_ends_after_it_starts",
                violation_error_message="An envelope ends after it starts.",
            ),
            models.CheckConstraint(
                condition=~Q(kind=EnvelopeKind.MOBILISATION_TARGET)
                | (Q(starts_on__isnull=False) & Q(ends_on__isnull=False)),
                name="mobilisation_target_has_both_dates",
                violation_error_message="A mobilisation target needs the day it starts and the day it ends.",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")),
                name="envelope_not_in_itself",
                violation_error_message="An envelope cannot be contained in itself.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
