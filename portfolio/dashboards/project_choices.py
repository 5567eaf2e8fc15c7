"""Filters of projects in addresses: read from them, written into them, and offered in forms."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from portfolio.dashboards.templatetags.figures import countries as country_names
from portfolio.dashboards.templatetags.figures import country_order
from portfolio.queries import project_list
from portfolio.queries.project_columns import NO_STAGE
from portfolio.queries.project_list import ANY_SELECTED, WITH_ALERTS, WITHOUT_ALERTS, Filters
from portfolio.vocabulary import COUNTRY_CODES, FundingState, ProjectKind, Stage

STAGES = {
    ANY_SELECTED: "Selected, any later stage too",
    **dict(Stage.choices),
    NO_STAGE: "No stage yet",
}
ALERTS = {WITH_ALERTS: "Has alerts", WITHOUT_ALERTS: "Has no alert"}
LONGEST_TEXT = 200
MOST_SHOWN = 8


def read_filters(asked: QueryDict) -> Filters:
    """Return the filters of a list's address; an unknown word narrows nothing."""

    def words(name: str, accepted: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for word in asked.getlist(name) if word in accepted))

    sort = asked.get("sort", "name")
    return Filters(
        text=asked.get("q", "").replace("\0", "").strip()[:LONGEST_TEXT],
        kinds=words("kind", ProjectKind.values),
        stages=words("stage", STAGES),
        countries=words("country", COUNTRY_CODES),
        funding=words("funding", FundingState.values),
        alerts=words("alerts", ALERTS),
        sort=sort.removeprefix("-") if sort.removeprefix("-") in project_list.SORTS else "name",
        descending=sort.startswith("-"),
    )


def written(filters: Filters) -> list[tuple[str, str]]:
    """Return filters as the parameters of an address, in one order whatever the one they came in."""
    sort = f"{'-' if filters.descending else ''}{filters.sort}"
    several = {
        "kind": filters.kinds,
        "stage": filters.stages,
        "country": filters.countries,
        "funding": filters.funding,
        "alerts": filters.alerts,
    }
    return [
        *([("q", filters.text)] if filters.text else []),
        *((name, word) for name, words in several.items() for word in words),
        *([("sort", sort)] if sort != "name" else []),
    ]


def project_choices() -> dict[str, Any]:
    """Return the kinds, stages and countries that a form of filters offers."""
    return {
        "kinds": ProjectKind.choices,
        "stages": list(STAGES.items()),
        "countries": sorted(project_list.countries(), key=country_order),
    }


@dataclass(frozen=True, slots=True)
class Choice:
    """A word that may be chosen, and how many projects it would keep beside the other filters."""

    value: str
    label: str
    number: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """The choices of one filter; `long` where they are too many to show before they are asked for."""

    name: str
    legend: str
    choices: list[Choice]

    @property
    def long(self) -> bool:
        return len(self.choices) > MOST_SHOWN

    @property
    def chosen(self) -> bool:
        return any(choice.chosen for choice in self.choices)


def facets(filters: Filters, counts: dict[str, Counter[str]]) -> list[Facet]:
    """Return the filters of a list with their counts, in the order in which they are offered."""
    codes = sorted({*project_list.countries(), *filters.countries}, key=country_order)
    offered = (
        ("kind", "Kind", dict(ProjectKind.choices), filters.kinds),
        ("funding", "Funding", dict(FundingState.choices), filters.funding),
        ("alerts", "Attention", ALERTS, filters.alerts),
        ("stage", "Stage", STAGES, filters.stages),
        ("country", "Country", {code: country_names(code) for code in codes}, filters.countries),
    )
    return [
        Facet(
            name,
            legend,
            [Choice(word, str(label), counts[name][word], word in chosen) for word, label in words.items()],
        )
        for name, legend, words, chosen in offered
    ]
