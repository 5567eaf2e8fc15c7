"""Publishing the change of a few projects: their rows anew, and their part of the totals replaced.

What it costs does not depend on the size of the portfolio. Where a change reaches further (a stage decides
about chips and places too), it says so, and everything is recomputed.
"""

from dataclasses import dataclass
from decimal import Decimal

from portfolio.jobs.publishing import publish_rows
from portfolio.jobs.state_tables import refresh
from portfolio.jobs.totals import (
    EnvelopeSums,
    envelope_totals,
    portfolio_totals,
    store_envelope_totals,
    store_portfolio_totals,
)
from portfolio.models import Project, ResultSet
from portfolio.models import ProjectCoverage as StoredCoverage
from portfolio.queries.joined_results import publish_joined
from portfolio.queries.projects import needs, stages
from portfolio.queries.results import NOTHING, envelope_terms
from portfolio.queries.rollups import EnvelopeLine, stored_rollups_of
from portfolio.rules.envelope_utilisation import (
    NO_ENVELOPE_FUNDING,
    NOTHING_MOBILISED,
    CountedProject,
    Mobilised,
    envelope_utilisation,
    mobilised_by,
)
from portfolio.rules.portfolio_summary import funding_metrics
from portfolio.rules.project_coverage import (
    NO_ESTIMATE,
    NO_FUNDING,
    Need,
    ProjectCoverage,
    ProjectFunding,
    is_ended,
    project_coverage,
)
from portfolio.vocabulary import Reason

# Beyond this many projects at once, refreshing all of them is cheaper than naming them.
MOST_PROJECTS = 500
COVERAGE_COLUMNS = [name for name in ProjectCoverage.__slots__ if name not in ("project", "as_of")]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where some projects stand: their rollups, and their rows of `project_coverage`, by project id."""

    funding: dict[int, ProjectFunding]
    lines: dict[tuple[int, int], EnvelopeLine]
    rows: dict[int, ProjectCoverage]

    def line(self, envelope: int, project: int) -> EnvelopeLine:
        nothing = EnvelopeLine(project, NO_ENVELOPE_FUNDING, 0, Decimal(0))
        return self.lines.get((envelope, project), nothing)

    def mobilised(self, envelope: int, project: int) -> Mobilised:
        """Return what a project adds at a mobilisation target (rule 8)."""
        line, row = self.line(envelope, project), self.rows[project]
        if not line.counted_lines or is_ended(row.stage):
            return NOTHING_MOBILISED
        in_envelopes = self.funding[project].signed_in_envelopes_eur
        counted = CountedProject(need_of(row), line.counted_lines, line.counted_signed_eur, in_envelopes)
        return mobilised_by(counted)


def need_of(row: ProjectCoverage) -> Need:
    """Return the need that a row of `project_coverage` states, with the reason where it is unknown."""
    if row.need_eur is not None:
        return Need(row.need_eur)
    unestimated = Reason.NO_COST_ESTIMATE in row.incomplete.split(";")
    return Need(None, Reason.NO_COST_ESTIMATE if unestimated else Reason.NO_EXCHANGE_RATE)


def publish_projects(results: ResultSet, projects: set[int], *, is_today: bool) -> int | None:
    """Publish what changed at some projects; return how many result rows changed.

    None where the change reaches beyond those projects' money: then nothing has been published.
    """
    if not projects:
        return 0
    ids = sorted(projects)
    slugs = dict(Project.objects.filter(pk__in=ids).values_list("pk", "slug"))
    before = _published(results, ids, slugs)
    if len(before.rows) < len(ids):
        return None
    refresh(results, ids, is_today=is_today)
    after = _computed(results, ids, slugs)
    if any(before.rows[id_].stage != after.rows[id_].stage for id_ in ids):
        return None
    changed = publish_rows(results, "project", after.rows)
    changed += _publish_envelopes(results, ids, before, after)
    changed += _publish_summary(results, ids, before, after)
    return changed + publish_joined(results, projects)


def _published(results: ResultSet, ids: list[int], slugs: dict[int, str]) -> Standing:
    rows = {
        project: ProjectCoverage(slugs[project], results.as_of, *values)
        for project, *values in StoredCoverage.objects.filter(
            result_set=results, project__in=list(slugs)
        ).values_list("project_id", *COVERAGE_COLUMNS)
    }
    return Standing(*stored_rollups_of(results, ids), rows)


def _computed(results: ResultSet, ids: list[int], slugs: dict[int, str]) -> Standing:
    as_of = results.as_of
    funding, lines = stored_rollups_of(results, ids)
    stage, need = stages(as_of, ids), needs(as_of, ids)
    rows = {
        id_: project_coverage(
            slugs[id_], as_of, stage.get(id_, ""), need.get(id_, NO_ESTIMATE), funding.get(id_, NO_FUNDING)
        )
        for id_ in ids
    }
    return Standing(funding, lines, rows)


def _publish_envelopes(results: ResultSet, ids: list[int], before: Standing, after: Standing) -> int:
    envelopes = {envelope for envelope, _ in (*before.lines, *after.lines)}
    if not envelopes:
        return 0
    stored = envelope_totals(results, envelopes)
    totals: dict[int, EnvelopeSums] = {}
    for envelope in envelopes:
        funding, mobilised = stored.get(envelope, NOTHING)
        for id_ in ids:
            funding = funding.changed(before.line(envelope, id_).funding, after.line(envelope, id_).funding)
            mobilised = mobilised.changed(before.mobilised(envelope, id_), after.mobilised(envelope, id_))
        totals[envelope] = (funding, mobilised)
    store_envelope_totals(results, totals, all_of_them=False)
    rows = {
        id_: envelope_utilisation(terms, results.as_of, *totals[id_])
        for id_, terms in envelope_terms(envelopes)
    }
    return publish_rows(results, "envelope", rows)


def _publish_summary(results: ResultSet, ids: list[int], before: Standing, after: Standing) -> int:
    funding = portfolio_totals(results)
    total = funding
    for id_ in ids:
        total = total.changed(before.rows[id_], -1).changed(after.rows[id_])
    if total == funding:
        return 0
    store_portfolio_totals(results, total)
    published, fresh = funding_metrics(funding), funding_metrics(total)
    differing = {metric: value for metric, value in fresh.items() if value != published[metric]}
    return publish_rows(results, "metric", differing)
