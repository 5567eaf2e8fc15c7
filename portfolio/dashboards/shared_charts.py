"""The charts that other sites may show and people may take away: where each stands, and its list."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SharedChart:
    """A chart: its name in addresses, the page that it is of, and the list that has its figures.

    `of` is the parameter by which that list is narrowed to the record that the chart is about; empty for a
    chart of the whole portfolio. `in_browser`: only the browser can draw it.
    """

    name: str
    page: str
    title: str
    listed: str
    of: str = ""
    in_browser: bool = False
    height: int = 480


CHARTS = {
    chart.name: chart
    for chart in (
        SharedChart("overview", "overview", "Selected projects over time", "portfolio-summary-series"),
        SharedChart(
            "project-funding", "project", "Funding over time", "project-coverage-series", of="project"
        ),
        SharedChart(
            "project-coverage", "project", "Coverage over time", "project-coverage-series", of="project"
        ),
        SharedChart(
            "envelope",
            "envelope",
            "What counts against it over time",
            "envelope-utilisation-series",
            of="envelope",
        ),
        SharedChart("envelopes", "envelopes", "Envelopes and targets", "envelope-utilisation", height=720),
        SharedChart("chips", "chips", "Chips, against the claim", "chip-comparison", height=720),
        SharedChart("map", "map", "Map of projects", "projects", height=760),
        SharedChart("timeline", "timeline", "Timeline of projects", "milestones", height=760),
        SharedChart("flows", "flows", "Funding flows", "contributions", in_browser=True, height=680),
    )
}
