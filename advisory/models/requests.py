"""Requests for advice, what was decided about each, and what was said: meetings and notes, confidential."""

from django.db import models
from simple_history.models import HistoricalRecords

from advisory.vocabulary import TriageOutcome
from portfolio.models import Project, Source
from portfolio.models.fields import ExactDecimalField, key_field, not_negative
from portfolio.models.funding import check_country
from portfolio.models.sources import one_of


def published_source_field() -> models.ForeignKey:
    """Return the reference to a source, for facts that may have been published or not."""
    return models.ForeignKey(
        Source,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="source",
        help_text="Where it was published; empty: it was not.",
    )


def days_field(name: str, help_text: str = "") -> ExactDecimalField:
    """Return a number of working days, unknown where it is empty."""
    return ExactDecimalField(name, null=True, blank=True, validators=[not_negative()], help_text=help_text)


class AdvisoryRequest(models.Model):
    """Somebody asks for advice, for a project of the portfolio or before there is one."""

    key = key_field("key")
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="advisory_requests"
    )
    requester = models.TextField("who asks")
    country = models.CharField("country", max_length=2, blank=True, validators=[check_country])
    need = models.TextField("need")
    received_on = models.DateField("received on")
    source = published_source_field()
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        verbose_name = "advisory request"

    def __str__(self) -> str:
        return self.key


class AdvisoryTriage(models.Model):
    """What was decided about a request on a day; the newest decision holds (A1)."""

    request = models.ForeignKey(AdvisoryRequest, models.PROTECT, related_name="triages")
    decided_on = models.DateField("decided on")
    outcome = models.CharField("outcome", max_length=10, choices=TriageOutcome.choices)
    reason = models.TextField("reason", blank=True)
    estimated_days = days_field("estimated days", "Working days that the advice will take; empty: unknown.")
    source = published_source_field()
    history = HistoricalRecords()

    class Meta:
        ordering = ["request__key", "decided_on"]
        verbose_name = "triage"
        constraints = [
            models.UniqueConstraint(
                fields=["request", "decided_on"],
                name="one_triage_a_request_and_day",
                violation_error_message="There is a decision of that day already: change that one.",
            ),
            one_of("outcome", TriageOutcome, "advisory_triage_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}, {self.decided_on}"


class AdvisoryMeeting(models.Model):
    """A meeting about a request. Confidential."""

    key = key_field("key")
    request = models.ForeignKey(AdvisoryRequest, models.PROTECT, related_name="meetings")
    held_on = models.DateField("held on")
    subject = models.TextField("subject")
    participants = models.TextField("participants", blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["request__key", "held_on", "key"]
        verbose_name = "advisory meeting"

    def __str__(self) -> str:
        return self.key


class AdvisoryNote(models.Model):
    """What somebody noted about a request. Confidential: its text stands in no message and no title."""

    key = key_field("key")
    request = models.ForeignKey(AdvisoryRequest, models.PROTECT, related_name="notes")
    meeting = models.ForeignKey(AdvisoryMeeting, models.PROTECT, null=True, blank=True, related_name="notes")
    written_on = models.DateField("written on")
    author = models.TextField("author")
    text = models.TextField("text")
    history = HistoricalRecords()

    class Meta:
        ordering = ["request__key", "written_on", "key"]
        verbose_name = "advisory note"

    def __str__(self) -> str:
        return self.key
