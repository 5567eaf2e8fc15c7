"""Keeping the stored contribution states and their rollups at today."""

from collections.abc import Collection
from datetime import date

from django.db import connection

from portfolio.models import ContributionState, EnvelopeRollup, ProjectRollup
from portfolio.queries.rollups import ENVELOPE_SUMS, PROJECT_SUMS, envelope_rollups, project_rollups
from portfolio.queries.states import STATE_COLUMNS, states

STATE_TABLE = ContributionState._meta.db_table


def refresh_states(as_of: date, projects: Collection[int] | None) -> None:
    """Bring the stored states to a day: of all contributions, or of those of some projects.

    All are derived afresh; only rows that differ are written.
    """
    some = None if projects is None else sorted(projects)
    if some == []:
        return
    statement = states(as_of, some)
    names = ", ".join(STATE_COLUMNS)
    equal = " AND ".join(f"f.{name} IS NOT DISTINCT FROM {STATE_TABLE}.{name}" for name in STATE_COLUMNS[1:])
    where, params = _of_projects(some)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS fresh_states")
        cursor.execute(
            f"CREATE TEMPORARY TABLE fresh_states AS WITH s({names}) AS ({statement.sql}) SELECT * FROM s",
            statement.params,
        )
        cursor.execute("CREATE INDEX fresh_states_key ON fresh_states (contribution_id)")
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE fresh_states")
        cursor.execute(
            f"DELETE FROM {STATE_TABLE} {where or 'WHERE TRUE'}"
            " AND NOT EXISTS (SELECT 1 FROM fresh_states AS f"
            f" WHERE f.contribution_id = {STATE_TABLE}.contribution_id AND {equal})",
            params,
        )
        cursor.execute(
            f"INSERT INTO {STATE_TABLE} ({names}) SELECT {names} FROM fresh_states AS f WHERE NOT EXISTS"
            f" (SELECT 1 FROM {STATE_TABLE} AS s WHERE s.contribution_id = f.contribution_id)"
        )
        cursor.execute("DROP TABLE fresh_states")


def refresh_rollups(projects: Collection[int] | None) -> None:
    """Sum the stored states again: of all projects, or of some."""
    some = None if projects is None else sorted(projects)
    if some == []:
        return
    where, params = _of_projects(some)
    source = f"(SELECT * FROM {STATE_TABLE} {where})"
    project_columns = ", ".join(["project_id", *PROJECT_SUMS])
    envelope_columns = ", ".join(["envelope_id", "project_id", *ENVELOPE_SUMS])
    project_table, envelope_table = ProjectRollup._meta.db_table, EnvelopeRollup._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {project_table} {where}", params)
        cursor.execute(f"INSERT INTO {project_table} ({project_columns}) {project_rollups(source)}", params)
        cursor.execute(f"DELETE FROM {envelope_table} {where}", params)
        cursor.execute(
            f"INSERT INTO {envelope_table} ({envelope_columns}) {envelope_rollups(source)}", params
        )


def _of_projects(projects: list[int] | None) -> tuple[str, list[int]]:
    if projects is None:
        return "", []
    return f"WHERE project_id IN ({', '.join(['%s'] * len(projects))})", projects
