"""Facts of the worked example, found or made, for tests of the write door."""

from datetime import date
from decimal import Decimal
from typing import Any

from portfolio.jobs.facts import save_fact
from portfolio.models import (
    Contribution,
    ContributionEvent,
    Project,
    ProjectStage,
    RecomputeRequest,
    Source,
)


def project(slug: str) -> Project:
    return Project.objects.get(slug=slug)


def event(reference: str, kind: str, **values: Any) -> ContributionEvent:
    found = ContributionEvent.objects.filter(contribution__reference=reference, kind=kind, **values).first()
    assert found is not None
    return found


def told(**values: Any) -> dict[str, Any]:
    return {"confidence": "reported", "source": Source.objects.get(key="example"), **values}


def new_event(reference: str, kind: str, day: date, amount: str | None) -> ContributionEvent:
    return ContributionEvent(
        contribution=Contribution.objects.get(reference=reference),
        kind=kind,
        occurred_on=day,
        amount=None if amount is None else Decimal(amount),
        **told(),
    )


def select(slug: str, day: date = date(2026, 11, 1)) -> ProjectStage:
    stage = ProjectStage(project=project(slug), stage="selected", reached_on=day, **told())
    save_fact(stage, "test")
    return stage


def five_selected() -> list[ProjectStage]:
    """Select three more gigafactories beside giga-a and giga-b; return their stages."""
    stages = []
    for number in range(1, 4):
        slug = f"G{number}"
        save_fact(
            Project(slug=slug, name=f"Giga {number}", kind="ai_gigafactory", source=told()["source"]), "test"
        )
        stages.append(select(slug, date(2026, 10, number)))
    save_fact(Project(slug="G6", name="Giga 6", kind="ai_gigafactory", source=told()["source"]), "test")
    return stages


def requested() -> list[str | None]:
    return list(RecomputeRequest.objects.order_by("id").values_list("project__slug", flat=True))
