"""What people decide about how this application works: thresholds, and each person's own digest."""

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from advisory.vocabulary import Frequency, ThresholdKey
from portfolio.models.fields import ExactDecimalField, not_negative
from portfolio.models.sources import one_of


class AdviceThreshold(models.Model):
    """A number that decides about figures and alerts of advice (A3, A7)."""

    key = models.CharField("key", max_length=20, choices=ThresholdKey.choices, unique=True)
    value = ExactDecimalField("value", validators=[not_negative()])
    note = models.TextField("note", blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        verbose_name = "threshold of advice"
        verbose_name_plural = "thresholds of advice"
        constraints = [one_of("key", ThresholdKey, "advice_threshold_key")]

    def __str__(self) -> str:
        return self.get_key_display()


class DigestChoice(models.Model):
    """What a person wants to be told by e-mail, and how often."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="advice_digest")
    frequency = models.CharField(
        "how often", max_length=6, choices=Frequency.choices, default=Frequency.NEVER
    )
    deliverables = models.BooleanField("deliverables that are due", default=True)
    stalled = models.BooleanField("stalled cases", default=True)
    own_only = models.BooleanField("only what I lead", default=True)

    class Meta:
        constraints = [one_of("frequency", Frequency, "advice_digest_frequency")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.frequency}"


class DigestSent(models.Model):
    """A digest that a person was sent: one a day, however often it is asked for."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    day = models.DateField("day")
    sent_at = models.DateTimeField("sent at", auto_now_add=True)
    items = models.PositiveIntegerField("entries")

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="one_digest_a_person_and_day")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.day}"
