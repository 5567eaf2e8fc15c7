"""Memoranda of understanding and the actions agreed in them."""

from django.db import models
from simple_history.models import HistoricalRecords

from portfolio.models.fields import folded_name_field, key_field
from portfolio.models.sources import source_field


class Memorandum(models.Model):
    """A memorandum of understanding between institutions."""

    slug = key_field("slug")
    title = models.TextField("title")
    signed_on = models.DateField("signed on", null=True, blank=True)
    signatories = models.TextField("signatories", blank=True, help_text="Separated by semicolons.")
    source = source_field()
    folded_name = folded_name_field("title")
    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        ordering = ["slug"]
        verbose_name_plural = "memoranda"

    def __str__(self) -> str:
        return self.title


class MemorandumAction(models.Model):
    """One article of cooperation, as an action with its progress."""

    memorandum = models.ForeignKey(Memorandum, models.PROTECT, related_name="actions")
    key = key_field("key", unique=False)
    area = models.TextField("area", blank=True)
    title = models.TextField("title")
    due_on = models.DateField("due on", null=True, blank=True)
    done_on = models.DateField("done on", null=True, blank=True)
    note = models.TextField("note", blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["memorandum__slug", "key"]
        constraints = [
            models.UniqueConstraint(fields=["memorandum", "key"], name="memorandum_action_key"),
        ]

    def __str__(self) -> str:
        return self.title
