"""What the forms of pages about projects offer."""

from typing import Any

from portfolio.dashboards.templatetags.figures import countries as country_names
from portfolio.queries import project_list
from portfolio.vocabulary import ProjectKind, Stage


def project_choices() -> dict[str, Any]:
    """Return the kinds, stages and countries that a form of filters offers."""
    return {
        "kinds": ProjectKind.choices,
        "stages": [
            ("any_selected", "Selected, any later stage too"),
            *Stage.choices,
            ("none", "No stage yet"),
        ],
        "countries": sorted(project_list.countries(), key=country_names),
    }
