"""Reads made together give what each gives alone."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import F, QuerySet, Value
from django.test.utils import CaptureQueriesContext

from portfolio.models import (
    ChipDeployment,
    Contribution,
    ContributionEvent,
    ContributionState,
    CostEstimate,
    Milestone,
    Project,
    ProjectStage,
    ResultSet,
)
from portfolio.queries.contribution_states import states_behind
from portfolio.queries.derived_tables import rows_of
from portfolio.queries.project_amounts import rate_of
from portfolio.queries.projects import STAGE_PLACE
from portfolio.queries.results import published_set
from portfolio.queries.together import read_together
from portfolio.queries.versions import history_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small")]


def reads() -> list[QuerySet[Any]]:
    """Return queries of many kinds: joined, annotated, ordered by a place, downwards, without rows."""
    results = published_set()
    assert results is not None
    return [
        ProjectStage.objects.select_related("source").order_by("-reached_on", STAGE_PLACE, "pk"),
        CostEstimate.objects.annotate(per_euro=rate_of("currency")).order_by("amount", "-pk"),
        Project.objects.none(),
        ChipDeployment.objects.select_related("source", "chip_model").order_by("-chips", "system", "pk"),
        Milestone.objects.filter(project__slug="nobody").order_by("pk"),
        Contribution.objects.select_related("financier", "envelope", "source").order_by("reference"),
        ContributionEvent.objects.annotate(
            per_euro=rate_of("contribution__currency"), word=Value("said"), twice=F("pk") * 2
        ).order_by(F("amount").desc(nulls_last=True), "pk"),
        rows_of(ContributionState, states_behind(results)).order_by("-amount_eur", "contribution"),
        # Moments, where reads before have dates.
        history_of(Project)._default_manager.select_related("history_user").order_by("history_id"),
        ResultSet.objects.select_related("recomputation").order_by("as_of"),
    ]


def told(record: Any) -> Any:
    """Return everything that a record and those joined to it say."""
    if record is None:
        return None
    said = {name: value for name, value in vars(record).items() if name not in ("_state", "row_place")}
    return said, {name: told(other) for name, other in record._state.fields_cache.items()}


def test_models_come_as_they_would_alone() -> None:
    alone = [[told(record) for record in rows] for rows in reads()]
    asked = reads()
    with CaptureQueriesContext(connection) as captured:
        together = read_together(*asked)
    assert len(captured) == 1
    assert [[told(record) for record in rows] for rows in together] == alone
    assert [bool(rows) for rows in alone] == [True, True, False, True, False, *[True] * 5]


def test_values_come_as_they_would_alone() -> None:
    def asked() -> list[QuerySet[Any]]:
        return [
            Project.objects.order_by().values_list("pk", "slug", "kind"),
            ProjectStage.objects.order_by().values_list("reached_on", "source__key", "project_id"),
            Project.objects.order_by().values_list("slug", flat=True),
            ContributionEvent.objects.order_by().values_list("pk", "amount", "amount_eur", "occurred_on"),
        ]

    together = read_together(*asked())
    assert [sorted(rows) for rows in together] == [sorted(rows) for rows in asked()]


def test_nothing_is_read_where_no_row_can_be() -> None:
    with CaptureQueriesContext(connection) as captured:
        assert read_together(Project.objects.none(), Milestone.objects.filter(pk__in=[])) == [[], []]
    assert not captured
