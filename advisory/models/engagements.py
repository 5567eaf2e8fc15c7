"""Who advises: providers and advisers; and what they do: engagements, work packages, deliverables."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from advisory.models.requests import AdvisoryRequest, days_field, published_source_field
from advisory.vocabulary import EngagementKind, ProviderKind
from portfolio.models.fields import ExactDecimalField, MoneyField, key_field, not_negative
from portfolio.models.funding import check_country
from portfolio.models.sources import one_of


class AdvisoryProvider(models.Model):
    """An organisation that gives advice."""

    key = key_field("key")
    name = models.TextField("name")
    kind = models.CharField("kind", max_length=19, choices=ProviderKind.choices)
    country = models.CharField("country", max_length=2, blank=True, validators=[check_country])
    source = published_source_field()
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        verbose_name = "advisory provider"
        constraints = [one_of("kind", ProviderKind, "advisory_provider_kind")]

    def __str__(self) -> str:
        return self.name


class Adviser(models.Model):
    """A person who leads engagements."""

    key = key_field("key")
    name = models.TextField("name")
    provider = models.ForeignKey(AdvisoryProvider, models.PROTECT, related_name="advisers")
    account = models.CharField(
        "account", max_length=150, blank=True, help_text="The user name of the person here, for digests."
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=~Q(account=""),
                name="one_adviser_an_account",
                violation_error_message="Another adviser has this account already.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class AdviserCapacity(models.Model):
    """How many working days a month an adviser has for advice, from a day on; the newest holds (A8)."""

    adviser = models.ForeignKey(Adviser, models.PROTECT, related_name="capacities")
    since = models.DateField("since")
    days_per_month = ExactDecimalField("days a month", validators=[not_negative()])
    history = HistoricalRecords()

    class Meta:
        ordering = ["adviser__key", "since"]
        verbose_name = "adviser's capacity"
        verbose_name_plural = "advisers' capacities"
        constraints = [
            models.UniqueConstraint(fields=["adviser", "since"], name="one_capacity_an_adviser_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.days_per_month} days a month since {self.since}"


class AdvisoryEngagement(models.Model):
    """Advice that is given, or is to be given, on a request."""

    key = key_field("key")
    request = models.ForeignKey(AdvisoryRequest, models.PROTECT, related_name="engagements")
    provider = models.ForeignKey(AdvisoryProvider, models.PROTECT, related_name="engagements")
    kind = models.CharField("kind", max_length=18, choices=EngagementKind.choices)
    scope = models.TextField("scope")
    lead = models.ForeignKey(
        Adviser, models.PROTECT, null=True, blank=True, related_name="engagements", verbose_name="lead"
    )
    budget_days = days_field("budget, days", "Working days; empty: unknown.")
    budget_eur = MoneyField(
        "budget, euro", null=True, blank=True, validators=[not_negative()], help_text="Empty: unknown."
    )
    starts_on = models.DateField("starts on", null=True, blank=True, help_text="Empty: not agreed yet.")
    ends_on = models.DateField("ends on", null=True, blank=True, help_text="Planned, or when it ended.")
    source = published_source_field()
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        verbose_name = "advisory engagement"
        constraints = [
            one_of("kind", EngagementKind, "advisory_engagement_kind"),
            models.CheckConstraint(
                condition=Q(budget_eur=None) | Q(budget_eur__gte=Decimal(0)),
                name="advisory_budget_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on__isnull=False, ends_on__gte=F("starts_on")),
                name="advisory_engagement_ends_after_start",
                violation_error_message="An engagement ends on the day on which it starts, or later.",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class AdvisoryWorkPackage(models.Model):
    """A part of an engagement."""

    key = key_field("key")
    engagement = models.ForeignKey(AdvisoryEngagement, models.PROTECT, related_name="work_packages")
    title = models.TextField("title")
    budget_days = days_field("days", "Working days; empty: unknown.")
    due_on = models.DateField("due on", null=True, blank=True)
    done_on = models.DateField("done on", null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        verbose_name = "work package"

    def __str__(self) -> str:
        return self.title


class AdvisoryDeliverable(models.Model):
    """What a work package is to hand over by a day, and the day it did; the document by its address."""

    key = key_field("key")
    work_package = models.ForeignKey(AdvisoryWorkPackage, models.PROTECT, related_name="deliverables")
    title = models.TextField("title")
    due_on = models.DateField("due on", null=True, blank=True)
    done_on = models.DateField("done on", null=True, blank=True)
    document = models.TextField("document", blank=True, help_text="Its address: https://…")
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        verbose_name = "deliverable"

    def __str__(self) -> str:
        return self.title

    @property
    def link(self) -> str:
        """Return the document's address if a browser may follow it, else an empty text."""
        return self.document if self.document.startswith(("https://", "http://")) else ""
