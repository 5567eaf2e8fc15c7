"""Reads of the pages of scenarios."""

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Count, QuerySet

from portfolio.models import ChipModel, Contribution, Envelope, Financier, Project, Scenario
from portfolio.queries.ordering import by_code_point, by_name
from portfolio.queries.together import read_together
from portfolio.vocabulary import EventKind, Instrument

# Beyond this many, a list to choose from is too long for a page, and the key is typed instead.
MOST_CHOICES = 300

Choice = tuple[str, str]


def all_scenarios() -> QuerySet[Scenario]:
    """Return scenarios with their owners and the number of their changes, the one changed last first."""
    counted = Scenario.objects.select_related("created_by").annotate(number=Count("changes"))
    return counted.order_by("-changed_at", "slug")


def scenario_of(slug: str) -> Scenario | None:
    """Return a scenario with its owner; None for an unknown address."""
    return Scenario.objects.select_related("created_by").filter(slug=slug).first()


def project_names() -> dict[str, str]:
    """Return the names of projects by slug."""
    return dict(Project.objects.order_by().values_list("slug", "name"))


def record_names(projects: Collection[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of some projects and of all envelopes, by slug; those not recorded are absent."""
    of_projects, of_envelopes = read_together(
        Project.objects.filter(slug__in=projects).order_by().values_list("slug", "name"),
        Envelope.objects.order_by().values_list("slug", "name"),
    )
    return dict(of_projects), dict(of_envelopes)


def envelope_names() -> dict[str, str]:
    """Return the names of envelopes by slug."""
    return dict(Envelope.objects.order_by().values_list("slug", "name"))


def choices_of(field: str, say: Callable[..., str]) -> list[Choice] | None:
    """Return key and name of the records that a field may name; None where they are too many to list.

    `say` fills in the places of a text, in the language of who reads.
    """
    found = CHOICES[field](say)
    return None if len(found) > MOST_CHOICES else found


def _named(rows: QuerySet[Any]) -> list[Choice]:
    found = rows.order_by(*by_name()).values_list("slug", "name")
    return list(found[: MOST_CHOICES + 1])


def contribution_choices(say: Callable[..., str]) -> list[Choice]:
    """Return the contributions that a field may name; `say` fills in the places of what each is called."""
    rows = Contribution.objects.order_by(*by_name("project"), by_code_point("reference")).values_list(
        "reference", "project__name", "financier__name", "instrument", "currency", "state_today__state"
    )
    return [
        (
            reference,
            say(
                "{1}: {2} of {3}, {4}, {5} ({6})",
                project,
                Instrument(instrument).label.lower(),
                financier,
                currency,
                EventKind(state).label.lower() if state else "no state",
                reference,
            ),
        )
        for reference, project, financier, instrument, currency, state in rows[: MOST_CHOICES + 1]
    ]


def _chip_models() -> list[Choice]:
    rows = ChipModel.objects.order_by(*by_name()).values_list("slug", "vendor", "name")
    return [(slug, f"{vendor} {name}".strip()) for slug, vendor, name in rows[: MOST_CHOICES + 1]]


CHOICES: dict[str, Callable[[Callable[..., str]], list[Choice]]] = {
    "project": lambda say: _named(Project.objects.all()),
    "contribution": contribution_choices,
    "envelope": lambda say: _named(Envelope.objects.all()),
    "financier": lambda say: _named(Financier.objects.all()),
    "chip_model": lambda say: _chip_models(),
}
