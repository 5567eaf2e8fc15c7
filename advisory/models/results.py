"""What jobs derive from advice and money, for each published result set of the portfolio."""

from decimal import Decimal

from django.db import models

from advisory.models.engagements import AdvisoryEngagement
from advisory.models.requests import AdvisoryRequest
from advisory.vocabulary import MOST_LEVEL, Step
from portfolio.models import Project, ResultSet
from portfolio.models.fields import EuroSumField, RatioField, ScaledDecimalField
from portfolio.models.results import derived_from


class Derived(models.Model):
    """What the rows of all result tables of advice share."""

    result_set = models.ForeignKey(ResultSet, models.CASCADE, related_name="%(class)s_rows")

    class Meta:
        abstract = True


class AdvisoryCase(Derived):
    """`advisory_cases`: how far a request has come (A1, A3). `ready_on` is confidential."""

    request = models.ForeignKey(AdvisoryRequest, models.CASCADE, related_name="case_rows")
    project = derived_from(Project, null=True)
    step = models.CharField(max_length=18, choices=Step.choices)
    step_since = models.DateField()
    days_in_step = models.PositiveIntegerField()
    stalled = models.BooleanField()
    received_on = models.DateField()
    accepted_on = models.DateField(null=True)
    engagement_started_on = models.DateField(null=True)
    ready_on = models.DateField(null=True)
    under_appraisal_on = models.DateField(null=True)
    approved_on = models.DateField(null=True)
    signed_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    assessed = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result_set", "request"], name="advisory_case_row")]

    def __str__(self) -> str:
        return str(self.request_id)


class ScoreField(ScaledDecimalField):
    """A readiness score, or the difference of two, which may be below zero: hundredths in the database."""

    description = "Readiness score"
    places = 2
    max_value = Decimal(MOST_LEVEL)


def _score(name: str) -> ScoreField:
    return ScoreField(name, null=True)


class AdvisoryReadiness(Derived):
    """`advisory_readiness`: what an engagement gained in readiness (A5). Confidential, all of it."""

    engagement = models.ForeignKey(AdvisoryEngagement, models.CASCADE, related_name="readiness_rows")
    project = derived_from(Project, null=True)
    first_on = models.DateField(null=True)
    first_lower = _score("first, at least")
    first_upper = _score("first, at most")
    last_on = models.DateField(null=True)
    last_lower = _score("last, at least")
    last_upper = _score("last, at most")
    gain = _score("gain")
    gain_lower = _score("gain, at least")
    gain_upper = _score("gain, at most")
    incomplete = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["result_set", "engagement"], name="advisory_readiness_row")
        ]

    def __str__(self) -> str:
        return str(self.engagement_id)


class SignedWindow(Derived):
    """What a project had signed within twelve and twenty-four months of its clock (A6): behind the tables."""

    project = derived_from(Project)
    advised = models.BooleanField()
    clock_from = models.DateField()
    over_12 = models.BooleanField()
    over_24 = models.BooleanField()
    signed_12 = models.PositiveIntegerField()
    signed_24 = models.PositiveIntegerField()
    signed_12_eur = EuroSumField(default=0)
    signed_24_eur = EuroSumField(default=0)
    amount_unknown = models.BooleanField(default=False)
    no_exchange_rate = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result_set", "project"], name="signed_window_row")]

    def __str__(self) -> str:
        return str(self.project_id)


def _median() -> RatioField:
    return RatioField("median days", places=1, null=True)


class AdvisoryFunnel(Derived):
    """`advisory_funnel`: counts, median days and money, overall and by project (A2, A3, A5, A6, A7)."""

    scope = models.CharField(max_length=300)
    project = derived_from(Project, null=True)
    requests = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    engagement_started = models.PositiveIntegerField()
    ready = models.PositiveIntegerField(null=True)
    under_appraisal = models.PositiveIntegerField()
    approved = models.PositiveIntegerField()
    signed = models.PositiveIntegerField()
    closed = models.PositiveIntegerField()
    stalled = models.PositiveIntegerField()
    median_days_to_accepted = _median()
    median_days_to_engagement_started = _median()
    median_days_to_ready = _median()
    median_days_to_under_appraisal = _median()
    median_days_to_approved = _median()
    median_days_to_signed = _median()
    median_readiness_gain = _score("median gain")
    signed_within_12_months_eur = EuroSumField(null=True)
    signed_within_24_months_eur = EuroSumField(null=True)
    incomplete = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result_set", "scope"], name="advisory_funnel_row")]

    def __str__(self) -> str:
        return self.scope


class AdvisoryOutcome(Derived):
    """`advisory_outcomes`: projects with advice beside those without, 12 and 24 months on (A6)."""

    group = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    months = models.PositiveSmallIntegerField()
    projects = models.PositiveIntegerField()
    windows_open = models.PositiveIntegerField()
    projects_signed = models.PositiveIntegerField()
    share_signed = RatioField("share signed", places=6, null=True)
    signed_eur = EuroSumField(default=0)
    signed_per_project_eur = EuroSumField(null=True)
    incomplete = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["result_set", "group"], name="advisory_outcome_row")]

    def __str__(self) -> str:
        return self.group
