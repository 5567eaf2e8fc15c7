"""A recomputation of everything finds whatever is wrong in the tables behind results, and corrects it."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import connection, models, transaction
from hypothesis import given

from portfolio.jobs import state_tables
from portfolio.jobs.recompute import recompute
from portfolio.models import ContributionState, EnvelopeRollup, Project, ProjectRollup
from portfolio.queries import second_connection, wrong_states
from portfolio.queries.states import STATE_COLUMNS, states
from tests.bundles import load, saved
from tests.loaded import load_small
from tests.strategies import Rows, as_of_dates, bundles
from tests.test_incremental import derived

TABLES = (ContributionState, ProjectRollup, EnvelopeRollup)
COLUMNS = [
    (model, field.attname)
    for model in TABLES
    for field in model._meta.concrete_fields
    if not field.primary_key and field.name != "result_set"
]


def another(field: models.Field, value: Any) -> Any:
    """Return a value that a column may have, other than the one it has."""
    if field.choices:
        return next(choice for choice, _ in field.choices if choice != value)
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateField):
        return None if value else date(2026, 1, 1)
    return (value or 0) + 1000


def change(model: type[models.Model], column: str) -> None:
    """Make one cell of a table wrong."""
    field: Any = model._meta.get_field(column)
    row = model._default_manager.order_by("pk")[1]
    model._default_manager.filter(pk=row.pk).update(**{column: another(field, getattr(row, column))})


def add_a_row(model: type[models.Model]) -> None:
    """Add a row that no fact says: a copy of another under a key of its own."""
    row: Any = model._default_manager.order_by("pk")[0]
    if model is ContributionState:
        row.pk = 10**6
    else:
        row.pk, row.project_id = None, 10**6
    row._state.adding = True
    row.save(force_insert=True)


@pytest.fixture
def small(db: None) -> None:
    load_small()


@pytest.fixture
def small_committed(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The small portfolio, with two connections at work on SQLite; counts what the second one has read."""
    monkeypatch.setattr(state_tables, "WORTH_TWO", 0)
    beside: list[int] = []
    take = second_connection._on_its_own_connection

    def counted(work: Any) -> Any:
        beside.append(1)
        return take(work)

    monkeypatch.setattr(second_connection, "_on_its_own_connection", counted)
    load_small()
    return beside


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("model", "column"), COLUMNS)
def test_a_wrong_cell_is_corrected(model: type[models.Model], column: str) -> None:
    right = derived()
    change(model, column)
    assert derived() != right
    recompute()
    assert derived() == right


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("model", TABLES)
def test_lacking_and_superfluous_rows_are_corrected(model: type[models.Model]) -> None:
    right = derived()
    model._default_manager.order_by("pk")[0].delete()
    recompute()
    assert derived() == right
    add_a_row(model)
    assert derived() != right
    recompute()
    assert derived() == right
    model._default_manager.all().delete()
    recompute()
    assert derived() == right


def test_two_connections_find_the_same(small_committed: list[int]) -> None:
    right = derived()
    for model, column in COLUMNS:
        change(model, column)
    recompute()
    assert derived() == right
    for model in TABLES:
        add_a_row(model)
        recompute()
        assert derived() == right
    recompute()
    assert derived() == right
    assert bool(small_committed) == (connection.vendor == "sqlite")


def test_facts_not_committed_yet_are_read_where_they_were_written(small_committed: list[int]) -> None:
    right = derived()
    small_committed.clear()
    with transaction.atomic():
        Project.objects.get(slug="giga-a").contributions.update(instrument="guarantee")
        recompute()
        changed = derived()
        transaction.set_rollback(True)
    assert changed != right
    assert not small_committed
    assert derived() == right


def rows_by_key(sql: str, params: list[Any]) -> dict[int, tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {row[0]: tuple(map(written, row)) for row in cursor.fetchall()}


def written(value: Any) -> str:
    """Return a value as one text, whatever SQLite's columns make of what is stored."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def of_day(as_of: date) -> dict[int, tuple[str, ...]]:
    """Return the states of a day, derived afresh by the statement that verification uses."""
    return rows_by_key(*states(as_of))


def stored_rows() -> dict[int, tuple[str, ...]]:
    return rows_by_key(f"SELECT {', '.join(STATE_COLUMNS)} FROM {ContributionState._meta.db_table}", [])


def looked_at(as_of: date) -> wrong_states.WrongStates:
    """Return the stored states that are not those of a day, looked for in three parts."""
    found = []
    with connection.cursor() as cursor:
        for look in wrong_states.looks_at_states(as_of, 3):
            cursor.execute(look.sql, look.params)
            found.append(list(cursor.fetchall()))
    return wrong_states.wrong_states(found, ContributionState.objects.count())


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL compares as it derives")
@given(rows=bundles(), stored=as_of_dates(), asked=as_of_dates())
def test_the_quick_look_finds_what_the_statement_of_states_says(
    rows: Rows, stored: date, asked: date
) -> None:
    with TemporaryDirectory() as folder, transaction.atomic():
        load(saved(rows, Path(folder)), replace=True)
        ContributionState.objects.all().delete()
        state_tables._make_states_equal(stored)
        assert not looked_at(stored)
        before, after = of_day(stored), of_day(asked)
        found = looked_at(asked)
        assert set(found.contributions) == {key for key, row in after.items() if before.get(key) != row}
        assert found.superfluous == len(before.keys() - after.keys())
        state_tables._correct_states(found, asked)
        assert stored_rows() == after
        transaction.set_rollback(True)
