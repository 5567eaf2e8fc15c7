"""For which reasons the sums of the portfolio leave something out."""

from collections.abc import Iterable

from portfolio.rules.project_coverage import is_ended, is_selected

RUNNING, SELECTED = "running", "selected"


def left_out(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the reasons for which the portfolio's sums leave something out, by scope, `;` between them.

    `rows` are stage and reasons of each project: running ones count, or selected ones for their metrics.
    """
    found: dict[str, set[str]] = {RUNNING: set(), SELECTED: set()}
    for stage, incomplete in rows:
        if incomplete and not is_ended(stage):
            found[RUNNING] |= set(incomplete.split(";"))
        if incomplete and is_selected(stage):
            found[SELECTED] |= set(incomplete.split(";"))
    return {scope: ";".join(sorted(reasons)) for scope, reasons in found.items()}


def scope_of(metric: str) -> str:
    """Return which projects a metric of the portfolio adds up."""
    return SELECTED if "selected" in metric else RUNNING
