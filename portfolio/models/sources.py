"""Sources: the documents that facts come from. Every fact names one."""

from django.db import models
from simple_history.models import HistoricalRecords

from portfolio.models.fields import folded_name_field, key_field
from portfolio.vocabulary import Confidence


class Source(models.Model):
    """A document, with its publisher and address."""

    key = key_field("key")
    publisher = models.TextField("publisher", blank=True)
    title = models.TextField("title")
    url = models.TextField("address", blank=True)
    published_on = models.DateField("published on", null=True, blank=True)
    note = models.TextField("note", blank=True)
    folded_name = folded_name_field("publisher", "title")
    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.publisher}: {self.title}" if self.publisher else self.title

    @property
    def link(self) -> str:
        """Return the address if a browser may follow it, else an empty text."""
        return self.url if self.url.startswith(("https://", "http://")) else ""


def source_field() -> models.ForeignKey:
    """Return the reference to the source that every fact carries."""
    return models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name="source")


def confidence_field() -> models.CharField:
    return models.CharField("confidence", max_length=9, choices=Confidence.choices)


def one_of(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """Return the constraint that keeps a column to a closed list in the database too."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": choices.values}), name=name)
