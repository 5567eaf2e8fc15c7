"""Financiers, their contributions, what happened to each contribution, and exchange rates."""

from collections.abc import Sequence
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from portfolio.models.fields import (
    EuroSumField,
    MoneyField,
    RateField,
    folded_name_field,
    key_field,
    not_negative,
)
from portfolio.models.programmes import Envelope
from portfolio.models.projects import Project, check_currency, currency_field
from portfolio.models.sources import confidence_field, one_of, source_field
from portfolio.models.versions import ManyVersions
from portfolio.vocabulary import COUNTRY_CODES, Confidence, EventKind, FinancierKind, Instrument


def check_country(value: str) -> None:
    """Refuse a text that is not one two-letter country code."""
    if value not in COUNTRY_CODES:
        raise ValidationError(f"“{value}” is not a country code. Use an ISO 3166-1 alpha-2 code such as PL.")


class Financier(models.Model):
    """Somebody who finances projects."""

    slug = key_field("slug")
    name = models.TextField("name")
    kind = models.CharField("kind", max_length=19, choices=FinancierKind.choices)
    country = models.CharField("country", max_length=2, blank=True, validators=[check_country])
    folded_name = folded_name_field("name")
    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        ordering = ["slug"]
        constraints = [one_of("kind", FinancierKind, "financier_kind")]

    def __str__(self) -> str:
        return self.name


class Contribution(models.Model):
    """One contract, or one promise of a contract, between a financier and a project."""

    reference = key_field("reference")
    project = models.ForeignKey(Project, models.PROTECT, related_name="contributions")
    financier = models.ForeignKey(Financier, models.PROTECT, related_name="contributions")
    instrument = models.CharField("instrument", max_length=21, choices=Instrument.choices)
    envelope = models.ForeignKey(
        Envelope, models.PROTECT, null=True, blank=True, related_name="contributions"
    )
    currency = currency_field()
    source = source_field()
    note = models.TextField("note", blank=True)
    history = ManyVersions()

    class Meta:
        ordering = ["reference"]
        constraints = [one_of("instrument", Instrument, "contribution_instrument")]

    def __str__(self) -> str:
        return self.reference


class ContributionEvent(models.Model):
    """What happened to a contribution on a day; the newest decides its state (rule 2).

    `amount_eur` and `rate_on` are derived (rule 1) whenever the row or a rate is written.
    """

    contribution = models.ForeignKey(Contribution, models.PROTECT, related_name="events")
    kind = models.CharField("kind", max_length=15, choices=EventKind.choices)
    occurred_on = models.DateField("occurred on")
    amount = MoneyField(
        "amount", null=True, blank=True, validators=[not_negative()], help_text="Empty: not disclosed."
    )
    confidence = confidence_field()
    source = source_field()
    amount_eur = EuroSumField("euro", null=True, editable=False)
    rate_on = models.DateField("rate of", null=True, editable=False)
    history = ManyVersions(excluded_fields=["amount_eur", "rate_on"])

    class Meta:
        ordering = ["contribution__reference", "occurred_on", "id"]
        # What happened between two days, how often, and the largest: read from the index alone.
        indexes = [
            models.Index(fields=["occurred_on", "kind", "amount_eur", "id"], name="event_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contribution", "kind", "occurred_on"],
                condition=~Q(kind=EventKind.DISBURSED),
                name="one_event_of_a_kind_and_day",
                violation_error_message="Only a disbursement may stand twice for one contribution and day.",
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=Decimal(0)), name="event_amount_not_negative"
            ),
            one_of("kind", EventKind, "contribution_event_kind"),
            one_of("confidence", Confidence, "contribution_event_confidence"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.occurred_on}"


class ExchangeRate(models.Model):
    """Units of a currency for one euro on a day, as the European Central Bank publishes them."""

    currency = models.CharField("currency", max_length=3, validators=[check_currency])
    date = models.DateField("date")
    per_euro = RateField("units for one euro", validators=[MinValueValidator(Decimal("0.000001"))])
    history = HistoricalRecords()

    class Meta:
        ordering = ["currency", "date"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "date"], name="exchange_rate_day"),
            models.CheckConstraint(condition=Q(per_euro__gt=Decimal(0)), name="exchange_rate_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.date}"

    @property
    def doubled(self) -> str:
        """The sentence that refuses a second rate of a currency for one day."""
        return f"There is a rate of {self.currency} for {self.date} already: change that one."

    def unique_error_message(
        self, model_class: type[models.Model], unique_check: Sequence[str]
    ) -> ValidationError:
        return ValidationError(self.doubled, code="unique_together")
