"""Splits of cells that this process has worked out, for as long as the facts behind them stay as they are."""

from collections.abc import Hashable
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection

from portfolio.models import (
    ChipDeployment,
    ChipModel,
    Project,
    ProjectStage,
    PublishedFigure,
    ResultSet,
    Source,
)
from portfolio.queries.memories import forgotten_by
from portfolio.queries.results import data_version
from portfolio.queries.snapshot import is_reading
from portfolio.queries.splits import Scope, cell_changes, scope_of
from portfolio.queries.versions import history_of
from portfolio.rules.replay import CellChange

MOST_SPLITS = 16
# What splits of chips and places rest on: edits of money, which are most, leave it as it is.
BEHIND_CHIPS = (ChipDeployment, ChipModel, Project, ProjectStage, PublishedFigure, Source)


def changes_of_cell(
    before: ResultSet, until: date, table: str, key: str, column: str
) -> tuple[CellChange, ...]:
    """Return what each fact after the day of some results, up to `until`, changed in one cell.

    The results have to be those of the facts as they are: of the current data version, in one snapshot.
    """
    scope, cell = scope_of(table, key, column), (table, key, column)
    if not is_reading():
        return _changes(before, until, scope, cell)
    behind = data_version() if scope.followed.money else _chip_facts()
    return _known(before.as_of, until, cell, behind)


@lru_cache(maxsize=MOST_SPLITS)
def _known(since: date, until: date, cell: tuple[str, str, str], behind: Hashable) -> tuple[CellChange, ...]:
    return _changes(ResultSet.objects.get(as_of=since), until, scope_of(*cell), cell)


forgotten_by(_known.cache_clear)


def _changes(
    before: ResultSet, until: date, scope: Scope, cell: tuple[str, str, str]
) -> tuple[CellChange, ...]:
    with cell_changes(before, until, scope) as changes:
        return tuple(change for change in changes if (change.table, change.key, change.column) == cell)


def _chip_facts() -> tuple[Any, ...]:
    """Return what differs once a fact behind chips or places has: how long its history is, and its newest.

    The number alone tells of a change that was numbered early and committed late.
    """
    tables = [history_of(model)._meta.db_table for model in BEHIND_CHIPS]
    parts = [f"(SELECT MAX(history_id) FROM {table}), (SELECT COUNT(*) FROM {table})" for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}")
        return tuple(cursor.fetchone())
