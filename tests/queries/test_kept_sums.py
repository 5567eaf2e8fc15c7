"""What is kept by project and brought up to date after an edit is what all published rows come to."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.jobs.alert_thresholds import save_threshold
from portfolio.jobs.facts import delete_fact, save_fact
from portfolio.jobs.past_dates import results_of
from portfolio.jobs.recompute import answer_requests, recompute
from portfolio.models import (
    AlertThreshold,
    ChipComparison,
    ChipDeployment,
    ContributionEvent,
    CostEstimate,
    Project,
    ProjectCoverage,
    ProjectStage,
    ResultSet,
)
from portfolio.queries.chip_speeds import selected_speeds
from portfolio.queries.coverage_sums import projects_counted, selected_funding, selected_gigafactories
from portfolio.queries.existing_factories import existing_baseline, existing_chips
from portfolio.queries.explanations import held_lists
from portfolio.queries.memories import forget_everything
from portfolio.queries.parts import Row, SumsByProject
from portfolio.queries.project_facets import facet_counts, totals_of
from portfolio.queries.project_list import WITH_ALERTS, Filters, project_rows, totals
from portfolio.queries.results import published_set
from portfolio.queries.row_numbers import KEPT, number_of
from portfolio.queries.series import MOST_MONTHS, series_dates
from portfolio.queries.snapshot import reading
from portfolio.rules.chip_comparison import Baseline
from portfolio.rules.dates import month_ends, today
from portfolio.vocabulary import ENDED_STAGES, SELECTED_STAGES, EventKind, ProjectKind
from tests.bundles import load, saved
from tests.edits import Edits
from tests.loaded import load_illustrative, load_small
from tests.strategies import Rows, as_of_dates, bundles

pytestmark = pytest.mark.django_db
ZERO = Decimal("0.00")
COLUMNS = ("planned_on", "contracted_on", "installed_on", "operational_on")


@settings(max_examples=6)
@given(bundles(), st.integers(0, 10**9), as_of_dates())
def test_sums_follow_every_edit(rows: Rows, seed: int, past: Any) -> None:
    with TemporaryDirectory() as folder, transaction.atomic():
        load(saved(rows, Path(folder)), replace=True)
        recompute()
        forget_everything()
        edits, told = Edits(Random(seed)), list[str]()
        for _ in range(5):
            newest = published_set()
            assert newest is not None
            for results in (newest, results_of(past)):
                with reading():
                    assert kept(results) == from_rows(results), told
                    assert selected_speeds(results) == speeds_anew(results), told
            with reading():
                assert series_dates(today()) == dates_from_facts(), told
                for model in KEPT:
                    assert number_of(model) == model._default_manager.count(), told
            told.append(edits.make())
            answer_requests()
        transaction.set_rollback(True)


def kept(results: ResultSet) -> dict[str, Any]:
    funding = selected_funding(results)
    return {
        "need": funding.need_eur,
        "secured": funding.secured_eur,
        "secured without need": funding.secured_without_need_eur,
        "selected without need": funding.without_need,
        "counted": tuple(projects_counted(results)),
        "gigafactories": selected_gigafactories(results),
        "largest": [row.project.slug for row in existing_chips(results, 3)],
        "baseline": existing_baseline(results),
    }


def from_rows(results: ResultSet) -> dict[str, Any]:
    rows = list(ProjectCoverage.objects.filter(result_set=results).select_related("project"))
    selected = [row for row in rows if row.stage in SELECTED_STAGES]
    running = [row for row in rows if row.stage not in ENDED_STAGES]
    needed = [row for row in selected if row.need_eur is not None]
    others = [row for row in selected if row.need_eur is None]
    large = [row for row in running if row.project.kind == ProjectKind.AI_GIGAFACTORY]
    chips = ChipComparison.objects.filter(result_set=results, kind=ProjectKind.AI_FACTORY)
    present = [
        (row.installed_chips + row.operational_chips, row.project.slug)
        for row in chips.filter(stage__in=SELECTED_STAGES).select_related("project")
        if row.installed_chips + row.operational_chips
    ]
    return {
        "need": sum((row.need_eur or ZERO for row in needed), ZERO),
        "secured": sum((row.secured_eur for row in needed), ZERO),
        "secured without need": sum((row.secured_eur for row in others), ZERO),
        "selected without need": len(others),
        "counted": (
            len(rows),
            len(running),
            len([row for row in running if row.need_eur is None]),
            len([row for row in large if row.stage not in SELECTED_STAGES]),
        ),
        "gigafactories": sorted(row.project_id for row in large if row.stage in SELECTED_STAGES),
        "largest": [slug for _, slug in sorted(present, key=lambda pair: (-pair[0], pair[1]))[:3]],
        "baseline": Baseline.of(number for number, _ in present),
    }


def speeds_anew(results: ResultSet) -> Any:
    """Return them as a process reads them that knows nothing yet."""
    known = dict(held_lists._held)
    held_lists._held.clear()
    found = selected_speeds(results)
    held_lists._held.clear()
    held_lists._held.update(known)
    return found


def dates_from_facts() -> Any:
    days = {
        *ContributionEvent.objects.values_list("occurred_on", flat=True),
        *CostEstimate.objects.values_list("estimated_on", flat=True),
        *ProjectStage.objects.values_list("reached_on", flat=True),
        *(day for row in ChipDeployment.objects.values_list(*COLUMNS) for day in row if day),
    }
    return month_ends(min(days), today())[-MOST_MONTHS:] if days else []


@settings(max_examples=6)
@given(bundles(), st.integers(0, 10**9), st.one_of(st.none(), as_of_dates()))
def test_a_text_narrows_what_is_kept(rows: Rows, seed: int, past: Any) -> None:
    with TemporaryDirectory() as folder, transaction.atomic():
        load(saved(rows, Path(folder)), replace=True)
        recompute()
        forget_everything()
        random = Random(seed)
        edits, told = Edits(random), list[str]()
        for _ in range(4):
            results = results_of(past) if past else published_set()
            assert results is not None
            names = "".join(Project.objects.values_list("name", flat=True)) or "a"
            filters = Filters(text=random.choice(names).strip() or "a")
            with reading():
                found = project_rows(results, filters)
                assert totals_of(results, filters) == totals(found), (filters.text, told)
                kinds = Counter(row.project.kind for row in found)
                assert facet_counts(results, filters)["kind"] == kinds, (filters.text, told)
            told.append(edits.make())
            answer_requests()
        transaction.set_rollback(True)


def day_one() -> date:
    with reading():
        return series_dates(today())[0]


def test_a_series_begins_with_the_first_fact_wherever_that_moves() -> None:
    load_small()
    usual = day_one()
    first = ContributionEvent.objects.order_by("occurred_on").select_related("source")[0]
    earlier = ContributionEvent(contribution=first.contribution, kind=EventKind.DISBURSED, amount=Decimal(1))
    earlier.occurred_on, earlier.confidence = usual - timedelta(400), "reported"
    earlier.source = first.source
    save_fact(earlier, "test")
    assert day_one() == month_ends(earlier.occurred_on, today())[0]
    earlier.occurred_on += timedelta(100)
    save_fact(earlier, "test")
    assert day_one() == month_ends(earlier.occurred_on, today())[0]
    delete_fact(earlier, "test")
    assert day_one() == usual


def test_existing_factories_follow_an_edit_of_their_chips() -> None:
    load_small()
    results = published_set()
    assert results is not None
    with reading():
        largest = existing_chips(results, 1)[0]
    systems = ChipDeployment.objects.filter(project=largest.project, operational_on__lte=today())
    system = systems.filter(chips__gt=0).order_by("pk")[0]
    system.chips = (system.chips or 0) + 100_000
    save_fact(system, "test")
    answer_requests()
    results = published_set()
    assert results is not None
    with reading():
        found = existing_chips(results, 1)[0]
        assert found.project == largest.project
        assert found.installed_chips + found.operational_chips >= 100_000
        assert existing_baseline(results).largest == found.installed_chips + found.operational_chips


def test_sums_of_some_projects_are_of_all_of_them() -> None:
    load_small()
    rows = {1: [("a", 2), ("b", 5)], 2: [("a", 3)], 3: [("a", 40)]}

    def read(results: ResultSet, projects: list[int] | None) -> list[Row]:
        return [(project, (key,), (1, number)) for project in rows for key, number in rows[project]]

    results = published_set()
    assert results is not None
    parts = SumsByProject(read).parts(results)
    assert parts.of_projects([1, 2, 9]) == {("a",): (2, 5), ("b",): (1, 5)}
    assert parts.of_projects([]) == {}


def test_choices_of_alerts_follow_a_changed_threshold(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    load_illustrative()
    results = published_set()
    assert results is not None
    counted = []
    for value in (100_000, 1):
        for threshold in AlertThreshold.objects.all():
            threshold.value = value
            with django_capture_on_commit_callbacks(execute=True):
                save_threshold(threshold, "test")
        with reading():
            counted.append(facet_counts(results, Filters())["alerts"])
        with_alerts = project_rows(results, Filters(alerts=(WITH_ALERTS,)))
        assert counted[-1][WITH_ALERTS] == len(with_alerts)
    assert counted[0] != counted[1]
