"""AI chip models and the systems in which projects deploy them."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from portfolio.models.fields import folded_name_field, key_field
from portfolio.models.projects import Project
from portfolio.models.sources import confidence_field, one_of, source_field
from portfolio.models.versions import ManyVersions
from portfolio.vocabulary import Bound, Confidence

MAX_CHIPS = 999_999_999_999


class ChipModel(models.Model):
    """A model of AI chip with its published speed and memory."""

    slug = key_field("slug")
    vendor = models.TextField("vendor", blank=True)
    name = models.TextField("name")
    bf16_dense_tflops = models.DecimalField(
        "dense BF16 TFLOP/s",
        max_digits=15,
        decimal_places=6,
        null=True,
        blank=True,
        help_text="Empty: unknown.",
        validators=[MinValueValidator(Decimal("0.000001"))],
    )
    memory_gb = models.DecimalField(
        "memory, GB",
        max_digits=15,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    source = source_field()
    folded_name = folded_name_field("vendor", "name")
    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(bf16_dense_tflops=None) | Q(bf16_dense_tflops__gt=Decimal(0)),
                name="chip_model_speed_above_zero",
            ),
            models.CheckConstraint(
                condition=Q(memory_gb=None) | Q(memory_gb__gte=Decimal(0)),
                name="chip_model_memory_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} {self.name}".strip()


class ChipDeployment(models.Model):
    """Chips of one model in one system of a project (rule 9)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="chip_deployments")
    system = models.CharField("system", max_length=500)
    chip_model = models.ForeignKey(
        ChipModel, models.PROTECT, null=True, blank=True, related_name="deployments"
    )
    chips = models.BigIntegerField(
        "chips", null=True, blank=True, validators=[MinValueValidator(0)], help_text="Empty: not published."
    )
    bound = models.CharField("bound", max_length=8, choices=Bound.choices, default=Bound.EXACT)
    planned_on = models.DateField("planned on", help_text="The day on which the plan became public.")
    contracted_on = models.DateField("contracted on", null=True, blank=True)
    installed_on = models.DateField("installed on", null=True, blank=True)
    operational_on = models.DateField("operational on", null=True, blank=True)
    retired_on = models.DateField("retired on", null=True, blank=True)
    confidence = confidence_field()
    source = source_field()
    history = ManyVersions()

    class Meta:
        ordering = ["project__slug", "system"]
        constraints = [
            models.UniqueConstraint(fields=["project", "system"], name="chip_deployment_system"),
            models.CheckConstraint(
                condition=Q(chips=None) | Q(chips__gte=0, chips__lte=MAX_CHIPS),
                name="deployment_chips_in_range",
            ),
            one_of("bound", Bound, "chip_deployment_bound"),
            one_of("confidence", Confidence, "chip_deployment_confidence"),
        ]

    def __str__(self) -> str:
        return self.system
