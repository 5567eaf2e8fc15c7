"""How ready a project is to be financed: scales of weighted criteria, and assessments, confidential."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from advisory.models.engagements import AdvisoryEngagement
from advisory.models.requests import AdvisoryRequest, published_source_field
from advisory.vocabulary import MOST_LEVEL
from portfolio.models.fields import ExactDecimalField, RateField, key_field


class ReadinessScale(models.Model):
    """A version of the criteria, and the score from which on a project is called ready (A4, A5)."""

    key = key_field("key")
    name = models.TextField("name")
    in_use_from = models.DateField("in use from")
    ready_at = ExactDecimalField(
        "ready at",
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(MOST_LEVEL))],
        help_text="The score, from 0 to 4, from which on a project is ready.",
    )
    source = published_source_field()
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        verbose_name = "readiness scale"

    def __str__(self) -> str:
        return self.name


class ReadinessCriterion(models.Model):
    """One thing that a scale looks at. `area` is the same in all versions, so that these can be compared."""

    key = key_field("key")
    scale = models.ForeignKey(ReadinessScale, models.PROTECT, related_name="criteria")
    area = key_field("area", unique=False)
    name = models.TextField("name")
    # Whole millionths, as rates are: a CHECK of the database can tell that a weight is above zero.
    weight = RateField("weight", validators=[MinValueValidator(Decimal("0.000001"))])
    question = models.TextField("question", blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        verbose_name = "readiness criterion"
        verbose_name_plural = "readiness criteria"
        constraints = [
            models.UniqueConstraint(fields=["scale", "area"], name="one_criterion_a_scale_and_area"),
            models.CheckConstraint(condition=Q(weight__gt=Decimal(0)), name="readiness_weight_above_zero"),
        ]

    def __str__(self) -> str:
        return self.name


class ReadinessAssessment(models.Model):
    """How ready a case was found to be on a day. Confidential."""

    key = key_field("key")
    request = models.ForeignKey(AdvisoryRequest, models.PROTECT, related_name="assessments")
    engagement = models.ForeignKey(
        AdvisoryEngagement, models.PROTECT, null=True, blank=True, related_name="assessments"
    )
    scale = models.ForeignKey(ReadinessScale, models.PROTECT, related_name="assessments")
    assessed_on = models.DateField("assessed on")
    assessor = models.TextField("assessor")
    history = HistoricalRecords()

    class Meta:
        ordering = ["request__key", "assessed_on", "key"]
        verbose_name = "readiness assessment"
        constraints = [
            models.UniqueConstraint(
                fields=["request", "assessed_on"],
                name="one_assessment_a_request_and_day",
                violation_error_message="There is an assessment of that day already: change that one.",
            )
        ]

    def __str__(self) -> str:
        return self.key


class ReadinessScore(models.Model):
    """The level that a criterion was given, with the evidence. No level is unknown, never zero (A4)."""

    assessment = models.ForeignKey(ReadinessAssessment, models.PROTECT, related_name="scores")
    criterion = models.ForeignKey(ReadinessCriterion, models.PROTECT, related_name="scores")
    level = models.PositiveSmallIntegerField(
        "level",
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_LEVEL)],
        help_text="0 to 4; empty: not assessed.",
    )
    evidence = models.TextField("evidence", blank=True)
    document = models.TextField("document", blank=True, help_text="Its address: https://…")
    source = published_source_field()
    history = HistoricalRecords()

    class Meta:
        ordering = ["assessment__key", "criterion__key"]
        verbose_name = "readiness score"
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "criterion"], name="one_score_an_assessment_and_criterion"
            ),
            models.CheckConstraint(
                condition=Q(level=None) | Q(level__gte=0, level__lte=MOST_LEVEL),
                name="readiness_level_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}/{self.criterion_id}"

    @property
    def link(self) -> str:
        """Return the document's address if a browser may follow it, else an empty text."""
        return self.document if self.document.startswith(("https://", "http://")) else ""
