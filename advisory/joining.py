"""Every place where advice joins the portfolio, which knows nothing of it."""

from advisory.exports.lists import LISTS
from advisory.jobs import bundle_checks, bundle_files, fact_rules, results
from advisory.queries import alerts
from advisory.queries.access import SEES_ADVICE
from advisory.queries.comparison import compare
from portfolio.dashboards.joined_pages import join_project_panel, join_subject
from portfolio.exports.lists import join_lists
from portfolio.jobs.bundle_checks import join_check
from portfolio.jobs.bundle_format import join_files
from portfolio.jobs.fact_kinds import join_facts
from portfolio.queries.alert_findings import join_findings
from portfolio.queries.alert_readers import reserve_alerts
from portfolio.queries.joined_results import JoinedResults, join_results
from portfolio.vocabulary import AlertSubject


def join() -> None:
    """Tell the portfolio of the files, facts, results, alerts and pages of advice; once, at the start."""
    join_files(bundle_files.FILES)
    join_check(bundle_checks.cross_faults)
    for model, kind in fact_rules.KINDS.items():
        join_facts(model, kind)
    join_results(JoinedResults(results.publish, compare))
    join_findings(alerts.findings)
    reserve_alerts(AlertSubject.ADVICE, SEES_ADVICE)
    join_lists("advice", "Advice", LISTS)
    join_project_panel("advisory/components/project_panel_of.html")
    join_subject(AlertSubject.ADVICE, "advice-request")
