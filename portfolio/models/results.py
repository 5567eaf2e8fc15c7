"""What jobs derive from facts: states, rollups, the result tables, and the record of recomputations."""

from typing import Any

from django.db import models
from django.db.models import Q

from portfolio.models.fields import EuroSumField, RatioField
from portfolio.models.funding import Contribution
from portfolio.models.programmes import Envelope
from portfolio.models.projects import Project
from portfolio.vocabulary import (
    EnvelopeKind,
    EventKind,
    FinancierKind,
    Outcome,
    ProjectKind,
    Stage,
    Trigger,
)


def _sum(name: str) -> EuroSumField:
    return EuroSumField(name, default=0)


def derived_from(model: type[models.Model], **options: Any) -> models.ForeignKey:
    """Return a reference of a derived row: written from facts, so the database need not check it."""
    return models.ForeignKey(model, models.CASCADE, related_name="+", db_constraint=False, **options)


def _ratio(name: str, places: int) -> RatioField:
    return RatioField(name, places=places, null=True)


class RecomputeRequest(models.Model):
    """A note, written with an edit, that results are out of date: of one project, or of everything."""

    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="+")
    reason = models.TextField()
    requested_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.reason


class DataVersion(models.Model):
    """One row, whose number moves with every committed change of a fact."""

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)


class FactChange(models.Model):
    """What a data version changed: figures of a project, or of any; from a date on, or on all dates.

    By these, results of past dates know what they lack.
    """

    version = models.PositiveBigIntegerField(db_index=True)
    project = derived_from(Project, null=True, db_index=False)
    since = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.version}: {self.project_id or 'everything'} from {self.since or 'the beginning'}"


class Recomputation(models.Model):
    """One run of the job that publishes results."""

    trigger = models.CharField(max_length=9, choices=Trigger.choices)
    as_of = models.DateField("as of")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    rules_version = models.CharField(max_length=20)
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    requests = models.PositiveIntegerField("requests answered", default=0)
    projects = models.PositiveIntegerField("projects recomputed", default=0)
    rows_changed = models.PositiveIntegerField("result rows changed", default=0)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["as_of"],
                condition=Q(trigger=Trigger.NEW_DAY, outcome=Outcome.SUCCEEDED),
                name="one_new_day_recomputation_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_trigger_display()}, {self.started_at:%Y-%m-%d %H:%M:%S}"


class ResultSet(models.Model):
    """The results of one date, from the facts of one data version. Pages lead with the newest date.

    Those of earlier dates are a cache of a bounded size, but for month ends, which are kept as time series.
    """

    as_of = models.DateField("as of", unique=True)
    data_version = models.PositiveBigIntegerField("data version", default=0)
    computed_at = models.DateTimeField("computed at")
    recomputation = models.ForeignKey(Recomputation, models.PROTECT, related_name="+")
    # When somebody waited for it last: a worker keeps what is looked at from being waited for at each edit.
    asked_at = models.DateTimeField("asked for", null=True, editable=False)

    class Meta:
        ordering = ["-as_of"]

    def __str__(self) -> str:
        return str(self.as_of)


class Verification(models.Model):
    """One comparison of all stored results with the facts."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    dates = models.PositiveIntegerField("dates compared")
    rows = models.PositiveIntegerField("result rows compared")
    differences = models.PositiveIntegerField("cells that differ")
    message = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M:%S}: {self.differences} cells differ"


class ContributionState(models.Model):
    """The state of a contribution today (rule 2), one row a contribution that has one."""

    contribution = models.OneToOneField(
        Contribution, models.CASCADE, primary_key=True, related_name="state_today", db_constraint=False
    )
    project = derived_from(Project)
    envelope = derived_from(Envelope, null=True, db_index=False)
    financier_kind = models.CharField(max_length=19, choices=FinancierKind.choices)
    guarantee = models.BooleanField()
    state = models.CharField(max_length=15, choices=EventKind.choices, null=True)  # noqa: DJ001 - no state yet
    decided_on = models.DateField(null=True)
    signed_on = models.DateField(null=True)
    amount_eur = EuroSumField("euro", null=True)
    disbursed_eur = _sum("disbursed")
    amount_unknown = models.BooleanField()
    no_exchange_rate = models.BooleanField()

    class Meta:
        # The contributions of an envelope by size, read from the index alone; and the largest of all.
        indexes = [
            models.Index(
                fields=["envelope", "amount_eur", "contribution"],
                condition=Q(envelope__isnull=False),
                name="state_by_envelope",
            ),
            models.Index(fields=["amount_eur"], condition=Q(amount_eur__gt=0), name="state_by_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.contribution_id}: {self.state}"


class Rollup(models.Model):
    """What the tables that stand behind a result set share."""

    result_set = derived_from(ResultSet, db_index=False)

    class Meta:
        abstract = True


class ProjectRollup(Rollup):
    """The sums of a project's contribution states, guarantees apart (rule 3)."""

    project = derived_from(Project, db_index=False)
    announced_eur = _sum("announced")
    under_appraisal_eur = _sum("under appraisal")
    approved_eur = _sum("approved")
    signed_eur = _sum("signed")
    disbursed_eur = _sum("disbursed")
    guaranteed_eur = _sum("guaranteed")
    signed_eu_budget_eur = _sum("signed, EU budget")
    signed_eib_group_eur = _sum("signed, EIB Group")
    signed_participating_state_eur = _sum("signed, participating states")
    signed_other_public_eur = _sum("signed, other public")
    signed_private_eur = _sum("signed, private")
    signed_in_envelopes_eur = _sum("signed, with an envelope")
    amount_unknown = models.BooleanField(default=False)
    no_exchange_rate = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result_set", "project"], name="project_rollup_row")]

    def __str__(self) -> str:
        return str(self.project_id)


class EnvelopeRollup(Rollup):
    """The sums of contribution states by envelope and project (rules 7 and 8)."""

    envelope = derived_from(Envelope, db_index=False)
    project = derived_from(Project, db_index=False)
    announced_eur = _sum("announced")
    under_appraisal_eur = _sum("under appraisal")
    approved_eur = _sum("approved")
    signed_eur = _sum("signed")
    disbursed_eur = _sum("disbursed")
    counted_lines = models.PositiveIntegerField(default=0)
    counted_signed_eur = _sum("signed, counted lines")
    amount_unknown = models.BooleanField(default=False)
    no_exchange_rate = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["result_set", "project", "envelope"], name="envelope_rollup_row")
        ]

    def __str__(self) -> str:
        return f"{self.envelope_id}/{self.project_id}"


class EnvelopeTotal(Rollup):
    """What all projects add up to at an envelope; an edit replaces one project's part of it (rules 7, 8)."""

    envelope = derived_from(Envelope, db_index=False)
    announced_eur = _sum("announced")
    under_appraisal_eur = _sum("under appraisal")
    approved_eur = _sum("approved")
    signed_eur = _sum("signed")
    disbursed_eur = _sum("disbursed")
    amount_unknown = models.PositiveIntegerField(default=0)
    no_exchange_rate = models.PositiveIntegerField(default=0)
    gross_eur = _sum("gross mobilised")
    mobilised_eur = _sum("mobilised")
    attributed_eur = _sum("attributed")
    counted_signed_eur = _sum("signed, counted lines")
    counted_no_cost_estimate = models.PositiveIntegerField(default=0)
    counted_no_exchange_rate = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result_set", "envelope"], name="envelope_total_row")]

    def __str__(self) -> str:
        return str(self.envelope_id)


class PortfolioTotal(Rollup):
    """Need and secured money of the running projects, or of the selected ones among them (rule 12)."""

    scope = models.CharField(max_length=8)
    need_eur = _sum("need")
    secured_eur = _sum("secured")
    secured_of_needed_eur = _sum("secured, of projects with a need")
    without_need = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result_set", "scope"], name="portfolio_total_row")]

    def __str__(self) -> str:
        return self.scope


class Result(models.Model):
    """What the rows of all result tables share."""

    # The constraint of each table begins with it. An index of it alone would mislead PostgreSQL into joining
    # two results by that, each row with each.
    result_set = models.ForeignKey(ResultSet, models.CASCADE, related_name="%(class)s_rows", db_index=False)

    class Meta:
        abstract = True


class ProjectCoverage(Result):
    """`project_coverage`: how far a project is funded, by whom, and how firmly (rules 3 to 6)."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="coverage_rows")
    stage = models.CharField(max_length=22, choices=Stage.choices, blank=True)
    need_eur = EuroSumField("need", null=True)
    announced_eur = _sum("announced")
    under_appraisal_eur = _sum("under appraisal")
    approved_eur = _sum("approved")
    signed_eur = _sum("signed")
    disbursed_eur = _sum("disbursed")
    secured_eur = _sum("secured")
    pipeline_eur = _sum("pipeline")
    guaranteed_eur = _sum("guaranteed")
    gap_eur = EuroSumField("gap", null=True)
    coverage = _ratio("coverage", 6)
    potential_coverage = _ratio("potential coverage", 6)
    eu_budget_share = _ratio("EU budget share", 6)
    eib_group_share = _ratio("EIB Group share", 6)
    participating_state_share = _ratio("participating state share", 6)
    other_public_share = _ratio("other public share", 6)
    private_share = _ratio("private share", 6)
    incomplete = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result_set", "project"], name="project_coverage_row")]

    def __str__(self) -> str:
        return str(self.project_id)


class EnvelopeUtilisation(Result):
    """`envelope_utilisation`: what counts against an envelope (rules 7 and 8)."""

    envelope = models.ForeignKey(Envelope, models.CASCADE, related_name="utilisation_rows")
    kind = models.CharField(max_length=19, choices=EnvelopeKind.choices)
    amount_eur = EuroSumField("amount")
    announced_eur = _sum("announced")
    under_appraisal_eur = _sum("under appraisal")
    approved_eur = _sum("approved")
    signed_eur = _sum("signed")
    disbursed_eur = _sum("disbursed")
    committed_eur = EuroSumField("committed", null=True)
    headroom_eur = EuroSumField("headroom", null=True)
    utilisation = _ratio("utilisation", 6)
    over_allocated = models.BooleanField(null=True)
    gross_mobilised_eur = EuroSumField("gross mobilised", null=True)
    mobilised_eur = EuroSumField("mobilised", null=True)
    attributed_eur = EuroSumField("attributed", null=True)
    multiplier = _ratio("multiplier", 4)
    progress = _ratio("progress", 6)
    expected_progress = _ratio("expected progress", 6)
    on_track = models.BooleanField(null=True)
    incomplete = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["result_set", "envelope"], name="envelope_utilisation_row")
        ]

    def __str__(self) -> str:
        return str(self.envelope_id)


class ChipComparison(Result):
    """`chip_comparison`: a project's chips against the claim and today's AI factories (rules 9, 10)."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="chip_rows")
    kind = models.CharField(max_length=14, choices=ProjectKind.choices)
    stage = models.CharField(max_length=22, choices=Stage.choices, blank=True)
    chips = models.BigIntegerField(null=True)
    planned_chips = models.BigIntegerField(default=0)
    contracted_chips = models.BigIntegerField(default=0)
    installed_chips = models.BigIntegerField(default=0)
    operational_chips = models.BigIntegerField(default=0)
    h100_equivalents = _ratio("H100 equivalents", 1)
    target_attainment = _ratio("target attainment", 6)
    ratio_to_existing_mean = _ratio("over the existing mean", 4)
    ratio_to_existing_median = _ratio("over the existing median", 4)
    ratio_to_existing_max = _ratio("over the existing largest", 4)
    ratio_to_implied = _ratio("over the implied existing", 4)
    incomplete = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result_set", "project"], name="chip_comparison_row")]
        indexes = [models.Index(fields=["result_set", "-chips"], name="chips_by_number")]

    def __str__(self) -> str:
        return str(self.project_id)


class PortfolioSummary(Result):
    """`portfolio_summary`: one metric of the whole portfolio (rules 11 and 12)."""

    metric = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    value = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["result_set", "metric"], name="portfolio_summary_row")]

    def __str__(self) -> str:
        return f"{self.metric} {self.value}"
