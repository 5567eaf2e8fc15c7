"""Alerts: what needs somebody's attention, with its history, and the thresholds that decide about it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from portfolio.models.fields import ExactDecimalField, not_negative
from portfolio.models.programmes import Envelope
from portfolio.models.projects import Project
from portfolio.models.sources import one_of
from portfolio.vocabulary import AlertKind, AlertSubject, Severity


class AlertThreshold(models.Model):
    """A number that decides whether there is an alert: one a kind, or one a kind and stage."""

    kind = models.CharField("kind", max_length=30, choices=AlertKind.choices)
    key = models.CharField("stage", max_length=22, blank=True, help_text="Empty: whatever the stage.")
    value = ExactDecimalField("value", validators=[not_negative()])
    unit = models.CharField("unit", max_length=20)
    note = models.TextField("note", blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["kind", "key"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_threshold_a_kind_and_stage"),
            one_of("kind", AlertKind, "alert_threshold_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}{f', {self.key}' if self.key else ''}"


class Alert(models.Model):
    """One occurrence of something that needs attention, from the first time it was seen until it was gone.

    `key` says what it is about: only one alert with a key is open at a time. One that comes back after it was
    resolved is a new row.
    """

    key = models.CharField(max_length=600)
    kind = models.CharField(max_length=30, choices=AlertKind.choices)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    subject = models.CharField(max_length=12, choices=AlertSubject.choices)
    subject_key = models.CharField(max_length=255, blank=True)
    subject_name = models.TextField(blank=True)
    # Derived from facts, and kept when these are gone: so the database need not check the references.
    project = models.ForeignKey(
        Project, models.SET_NULL, null=True, related_name="alerts", db_constraint=False
    )
    envelope = models.ForeignKey(
        Envelope, models.SET_NULL, null=True, related_name="alerts", db_constraint=False
    )
    sentence = models.TextField()
    measured = models.CharField(max_length=60, blank=True)
    threshold = models.CharField(max_length=60, blank=True)
    first_seen_at = models.DateTimeField("first seen")
    last_seen_at = models.DateTimeField("last seen")
    resolved_at = models.DateTimeField("resolved", null=True)
    acknowledged_at = models.DateTimeField("acknowledged", null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="acknowledged by",
    )
    acknowledgement_note = models.TextField("note", blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("acknowledge_alert", "Can acknowledge alerts")]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(resolved_at=None), name="one_open_alert_a_key"
            ),
            one_of("kind", AlertKind, "alert_kind"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="alert_severity"),
            one_of("subject", AlertSubject, "alert_subject"),
        ]
        # What is open is read at every edit and on every page; what is resolved piles up.
        indexes = [
            models.Index(fields=["project"], condition=Q(resolved_at=None), name="open_alert_by_project"),
            models.Index(
                fields=["severity", "-first_seen_at", "-id"],
                condition=Q(resolved_at=None),
                name="open_alert_by_severity",
            ),
            models.Index(
                fields=["severity", "-first_seen_at", "-id"],
                condition=Q(resolved_at=None, acknowledged_at=None),
                name="alert_to_acknowledge",
            ),
            models.Index(fields=["acknowledged_at"], name="alert_by_acknowledgement"),
            models.Index(
                fields=["-resolved_at", "-id"],
                condition=Q(resolved_at__isnull=False),
                name="alert_by_resolution",
            ),
        ]

    def __str__(self) -> str:
        return self.sentence


class AlertEvaluation(models.Model):
    """One row: from which facts, for which day and by which rules all alerts were last brought up to date."""

    as_of = models.DateField("as of")
    data_version = models.PositiveBigIntegerField("data version")
    rules_version = models.CharField(max_length=20)
    evaluated_at = models.DateTimeField("evaluated at")

    def __str__(self) -> str:
        return f"{self.as_of}, data version {self.data_version}"
