"""What pages are made of, in one small read: unchanged as long as no page can have changed."""

from django.db import connection

from portfolio.queries.pages import pending_requests
from portfolio.queries.proposals import open_count
from portfolio.queries.publications import newest_publication
from portfolio.queries.restatements import newest_project_entry
from portfolio.queries.results import data_version
from portfolio.queries.settled_corrections import FIRST_COMPUTATION, first_computation
from portfolio.queries.snapshot import hold

PUBLISHED = "SELECT MAX(id) FROM portfolio_publication"
PROPOSALS = "SELECT COUNT(*) FROM portfolio_proposal WHERE status = 'open'"
PROJECTS = "SELECT MAX(history_id) FROM portfolio_historicalproject"
# Facts, results and what waits; alerts and their thresholds; publications; scenarios; proposals that wait;
# how people are called.
PARTS = (
    "SELECT MAX(number) FROM portfolio_dataversion",
    "SELECT MAX(id) FROM portfolio_recomputation",
    "SELECT COUNT(*) FROM portfolio_recomputerequest",
    "SELECT MAX(computed_at) FROM portfolio_resultset",
    "SELECT COUNT(*) FROM portfolio_resultset",
    "SELECT SUM(data_version) FROM portfolio_resultset",
    "SELECT MAX(id) FROM portfolio_alert",
    "SELECT MAX(acknowledged_at) FROM portfolio_alert",
    "SELECT MAX(evaluated_at) FROM portfolio_alertevaluation",
    "SELECT MAX(history_id) FROM portfolio_historicalalertthreshold",
    "SELECT MAX(id) FROM portfolio_verification",
    PUBLISHED,
    PROJECTS,
    FIRST_COMPUTATION,
    "SELECT MAX(changed_at) FROM portfolio_scenario",
    "SELECT COUNT(*) FROM portfolio_scenario",
    "SELECT MAX(id) FROM portfolio_scenariochange",
    "SELECT COUNT(*) FROM portfolio_scenariochange",
    "SELECT MAX(changed_at) FROM portfolio_savedview",
    "SELECT COUNT(*) FROM portfolio_savedview",
    PROPOSALS,
    "SELECT MAX(id) FROM portfolio_accesschange",
)


def fingerprint() -> str:
    """Return a text that differs once anything that pages show has changed."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'({part})' for part in PARTS)}")
        found = cursor.fetchone()
    version, _, waiting, *_ = found
    hold(data_version, version or 0)
    hold(pending_requests, waiting)
    hold(newest_publication, found[PARTS.index(PUBLISHED)] or 0)
    hold(first_computation, str(found[PARTS.index(FIRST_COMPUTATION)] or ""))
    hold(open_count, found[PARTS.index(PROPOSALS)])
    hold(newest_project_entry, found[PARTS.index(PROJECTS)] or 0)
    return "|".join(str(part) for part in found)
