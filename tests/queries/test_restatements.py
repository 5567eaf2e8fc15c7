"""What differs from a publication is the same whether it is known from before an edit or compared anew."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from portfolio.jobs.facts import delete_fact, save_fact
from portfolio.jobs.past_dates import results_of
from portfolio.jobs.publications import publish_results
from portfolio.models import (
    ChipDeployment,
    ContributionEvent,
    CostEstimate,
    Envelope,
    Project,
    ProjectStage,
    Publication,
)
from portfolio.queries.memories import forget_everything
from portfolio.queries.publications import frozen
from portfolio.queries.restatements import Difference, differences, restated_of
from portfolio.vocabulary import EventKind, Stage
from tests.bundles import SMALL

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)


def change(fact: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(fact, name, value)
    save_fact(fact, "test")


def signed() -> ContributionEvent:
    return ContributionEvent.objects.filter(kind=EventKind.SIGNED, amount__gt=5).order_by("pk")[0]


def undo() -> None:
    change(signed(), amount=signed().amount - Decimal(5))  # type: ignore[operator]


EDITS: list[Callable[[], object]] = [
    lambda: change(signed(), amount=signed().amount + Decimal(5)),  # type: ignore[operator]
    lambda: change(CostEstimate.objects.order_by("pk")[0], amount=Decimal("12345.67")),
    undo,
    lambda: change(Project.objects.order_by("pk")[1], slug="called-otherwise"),
    lambda: change(ChipDeployment.objects.filter(chips__gt=0).order_by("pk")[0], chips=77),
    lambda: change(Envelope.objects.order_by("pk")[0], slug="an-envelope"),
    lambda: delete_fact(ProjectStage.objects.exclude(stage=Stage.SELECTED).order_by("pk")[0], "test"),
    lambda: change(Project.objects.order_by("pk")[0], name="Another name"),
]


def found() -> tuple[list[Difference], list[int]]:
    results = results_of(DAY)
    listed = differences(frozen(Publication.objects.order_by("pk")[0]), results)
    return listed, [restated.differences for restated in restated_of(results)]


def test_what_is_known_of_differences_is_what_there_is() -> None:
    call_command("load_portfolio", SMALL, verbosity=0)
    call_command("recompute", verbosity=0)
    publish_results("First", DAY)
    assert found() == ([], [0])
    numbers = []
    for place, edit in enumerate(EDITS):
        edit()
        if place == 2:
            publish_results("Second", DAY)
        known = found()
        forget_everything()
        assert found() == known
        assert len(known[0]) == known[1][-1]  # the first publication is the oldest
        numbers.append(len(known[0]))
    assert numbers[2] == 0, "what was undone"
    assert all(numbers[:2] + numbers[3:])
