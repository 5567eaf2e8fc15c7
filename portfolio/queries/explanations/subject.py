"""What is explained: the published row of a key, and the records that it is about."""

from dataclasses import dataclass
from typing import Any

from portfolio.models import (
    ChipComparison,
    Envelope,
    EnvelopeUtilisation,
    PortfolioSummary,
    Project,
    ProjectCoverage,
    ResultSet,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A row of a metric table as published, with its project or its envelope (the summary has neither)."""

    results: ResultSet
    table: str
    key: str
    row: Any
    project: Project | None = None
    envelope: Envelope | None = None

    @property
    def name(self) -> str:
        """Return how the project or envelope is called; empty for the whole portfolio."""
        return str(self.project or self.envelope or "")

    @property
    def project_id(self) -> int:
        """Return the database id of the project; raise ValueError where the row is not of one."""
        if self.project is None:
            raise ValueError(f"{self.table} has no projects")
        return self.project.pk

    @property
    def of_envelope(self) -> Envelope:
        """Return the envelope; raise ValueError where the row is not of one."""
        if self.envelope is None:
            raise ValueError(f"{self.table} has no envelopes")
        return self.envelope


def find_subject(results: ResultSet, table: str, key: str) -> Subject | None:
    """Return the published row of a key with its records; None for an unknown key."""
    if table == "portfolio_summary":
        metric = PortfolioSummary.objects.filter(result_set=results, metric=key).first()
        return None if metric is None else Subject(results, table, key, metric)
    if table == "envelope_utilisation":
        rows = EnvelopeUtilisation.objects.select_related("envelope__source", "envelope__programme")
        row = rows.filter(result_set=results, envelope__slug=key).first()
        return None if row is None else Subject(results, table, key, row, envelope=row.envelope)
    model = ProjectCoverage if table == "project_coverage" else ChipComparison
    found: Any = (
        model._default_manager.select_related("project__source")
        .filter(result_set=results, project__slug=key)
        .first()
    )
    return None if found is None else Subject(results, table, key, found, project=found.project)
