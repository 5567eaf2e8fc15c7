"""A portfolio made row by row, for tests of one rule at a time."""

from collections.abc import Iterable
from pathlib import Path

from tests.bundles import load, row, saved, table
from tests.strategies import FINANCIERS, Row, Rows

TOLD = {"confidence": "reported", "source": "src"}


class Made:
    """A bundle that grows; amounts and dates are texts as in the files."""

    def __init__(self) -> None:
        self.rows: Rows = {
            "sources": [row("sources", key="src", title="Source")],
            "programmes": [row("programmes", slug="P1", name="Programme", source="src")],
            "financiers": [
                row("financiers", slug=slug, name=slug, kind=kind) for slug, kind in FINANCIERS.items()
            ],
        }

    def add(self, name: str, /, **cells: str) -> "Made":
        self.rows.setdefault(name, []).append(row(name, **cells))
        return self

    def project(
        self,
        slug: str = "p",
        kind: str = "ai_factory",
        *,
        need: str = "",
        stages: Iterable[tuple[str, str]] = (),
    ) -> "Made":
        """Add a project, with the need estimated on the first day, and its stages as (stage, day)."""
        self.add("projects", slug=slug, name=slug, kind=kind, source="src")
        for stage, day in stages:
            self.add("project_stages", project=slug, stage=stage, reached_on=day, **TOLD)
        return self.estimate(slug, "2020-01-01", need) if need else self

    def estimate(self, project: str, day: str, amount: str, currency: str = "EUR") -> "Made":
        return self.add(
            "cost_estimates", project=project, estimated_on=day, amount=amount, currency=currency, **TOLD
        )

    def envelope(
        self,
        slug: str,
        kind: str = "budget",
        amount: str = "1000",
        starts_on: str = "2025-01-01",
        ends_on: str = "2025-12-31",
    ) -> "Made":
        return self.add(
            "envelopes",
            slug=slug,
            programme="P1",
            name=slug,
            kind=kind,
            amount_eur=amount,
            starts_on=starts_on,
            ends_on=ends_on,
            **TOLD,
        )

    def target(self, slug: str, **terms: str) -> "Made":
        return self.envelope(slug, "mobilisation_target", **terms)

    def contribution(
        self,
        reference: str,
        *events: tuple[str, str, str],
        project: str = "p",
        financier: str = "EU",
        instrument: str = "grant",
        envelope: str = "",
        currency: str = "EUR",
    ) -> "Made":
        """Add a contribution with its events as (kind, day, amount)."""
        self.add(
            "contributions",
            reference=reference,
            project=project,
            financier=financier,
            instrument=instrument,
            envelope=envelope,
            currency=currency,
            source="src",
        )
        for kind, day, amount in events:
            self.add(
                "contribution_events",
                contribution=reference,
                kind=kind,
                occurred_on=day,
                amount=amount,
                **TOLD,
            )
        return self

    def rate(self, currency: str, day: str, per_euro: str) -> "Made":
        return self.add("exchange_rates", currency=currency, date=day, per_euro=per_euro)

    def figure(self, key: str, value: str) -> "Made":
        return self.add("published_figures", key=key, programme="P1", value=value, **TOLD)

    def model(self, slug: str, tflops: str) -> "Made":
        return self.add("chip_models", slug=slug, name=slug, bf16_dense_tflops=tflops, source="src")

    def chips(
        self, system: str, count: str, model: str = "h100-sxm", *, project: str = "p", **days: str
    ) -> "Made":
        """Add a deployment, planned on the first day, its number exact, unless told otherwise."""
        days = {"planned_on": "2020-01-01", "bound": "exact", **days}
        return self.add(
            "chip_deployments",
            project=project,
            system=system,
            chip_model=model,
            chips=count,
            **days,
            **TOLD,
        )

    def table(self, folder: Path, name: str, as_of: str = "2026-06-30") -> dict[str, Row]:
        """Load the portfolio and return the rows of a metric table by key."""
        load(saved(self.rows, folder / "bundle"), replace=True)
        return table(folder / "out", name, as_of)

    def coverage(self, folder: Path, as_of: str = "2026-06-30") -> Row:
        """Return the only project's row of `project_coverage`."""
        return self.table(folder, "project_coverage", as_of)["p"]

    def summary(self, folder: Path, as_of: str = "2026-06-30") -> dict[str, str]:
        """Return the values of `portfolio_summary` by metric."""
        found = self.table(folder, "portfolio_summary", as_of)
        return {metric: cells["value"] for metric, cells in found.items()}
