"""Two pairs of eyes: changes that wait for a second person, and the amount from which they have to."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from portfolio.models.fields import EuroSumField, MoneyField, not_negative
from portfolio.models.imports import SpreadsheetImport
from portfolio.models.sources import one_of
from portfolio.vocabulary import ProposalStatus, ProposedAction


def _person(name: str) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=name
    )


class ReviewThreshold(models.Model):
    """One row: the euro amount above which a second person has to approve an edit; 0: no edit needs it."""

    value_eur = MoneyField(
        "amount, euro",
        default=Decimal(0),
        validators=[not_negative()],
        help_text="An edit of more than this waits for a second Editor. 0: none does.",
    )
    note = models.TextField("note", blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = "threshold of approval"
        verbose_name_plural = "threshold of approval"
        constraints = [
            models.CheckConstraint(
                condition=Q(value_eur__gte=Decimal(0)), name="review_threshold_not_negative"
            )
        ]

    def __str__(self) -> str:
        return f"a second person above {self.value_eur:,} euro" if self.value_eur else "off"


class Proposal(models.Model):
    """A change that somebody asks for and somebody else approves or rejects: it counts only when approved.

    `old` and `new` have the fields that differ, as texts; `version` is the one of the record that was seen.
    People stand here by name too: an account may go, and what was done with it stays.
    """

    action = models.CharField("what", max_length=6, choices=ProposedAction.choices)
    model = models.CharField("kind of record", max_length=100, blank=True)
    fact = models.BigIntegerField("record", null=True, blank=True)
    owner_model = models.CharField("belongs to a", max_length=100, blank=True)
    owner = models.BigIntegerField("belongs to", null=True, blank=True)
    taken = models.ForeignKey(
        SpreadsheetImport, models.SET_NULL, null=True, blank=True, related_name="proposals"
    )
    title = models.TextField("about")
    old = models.JSONField("old values", default=dict)
    new = models.JSONField("new values", default=dict)
    version = models.CharField("version", max_length=20, blank=True)
    value_eur = EuroSumField("euro at stake", null=True, blank=True)
    threshold_eur = MoneyField("threshold, euro")
    how = models.CharField("how", max_length=100)
    reason = models.TextField("reason")
    proposed_by = _person("proposed by")
    proposed_by_name = models.CharField("proposed by", max_length=150, blank=True)
    proposed_at = models.DateTimeField("proposed at", auto_now_add=True)
    status = models.CharField(
        "status", max_length=9, choices=ProposalStatus.choices, default=ProposalStatus.OPEN
    )
    decided_by = _person("decided by")
    decided_by_name = models.CharField("decided by", max_length=150, blank=True)
    decided_at = models.DateTimeField("decided at", null=True, blank=True)
    decision = models.TextField("reason of the decision", blank=True)

    class Meta:
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [("decide_proposal", "Can approve and reject proposals of others")]
        constraints = [
            one_of("status", ProposalStatus, "proposal_status"),
            one_of("action", ProposedAction, "proposal_action"),
        ]
        indexes = [
            models.Index(
                fields=["model", "fact"], condition=Q(status="open"), name="open_proposal_by_record"
            ),
            models.Index(
                fields=["owner_model", "owner"], condition=Q(status="open"), name="open_proposal_by_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk}: {self.title}"
