"""Holding staged rows against what is recorded: set by set, the same SQL for SQLite and PostgreSQL."""

from portfolio.jobs.bundle_format import FILE_BY_NAME, Column, File
from portfolio.jobs.spreadsheets.plans import Plan
from portfolio.jobs.spreadsheets.staging import Staging, execute
from portfolio.jobs.spreadsheets.targets import SOURCE


def key_text(column: Column) -> str:
    """Return the column that names a row of the file that a column refers to."""
    return FILE_BY_NAME[column.reference].key[0]


def matched(file: File, condition: str) -> str:
    """Return the FROM clause that puts each staged row (s) beside the recorded one of its key (m), if any.

    Of what may stand twice (payments), rows are the same where their amounts are: an import adds what is
    missing, and never takes one payment for another.
    """
    name, table = file.name, file.model._meta.db_table
    joins, same = [], []
    references = {column.name: column for column in file.references}
    for number, part in enumerate(file.key):
        if part in references:
            target = FILE_BY_NAME[references[part].reference].model._meta.db_table
            joins.append(
                f'LEFT JOIN {target} AS k{number} ON k{number}."{key_text(references[part])}" = s."{part}"'
            )
            same.append(f'm."{part}_id" = k{number}.id')
        else:
            same.append(f'm."{part}" = s."{part}"')
    recorded = table
    if file.repeatable:
        owner = references[file.owner]
        target = FILE_BY_NAME[owner.reference].model._meta.db_table
        recorded = (
            f"(SELECT q.*, CASE WHEN q.kind = '{file.repeatable}' THEN ROW_NUMBER() OVER (PARTITION BY"
            f" {file.owner}_id, kind, occurred_on, amount ORDER BY id) ELSE 1 END AS nth FROM {table} AS q"
            f" WHERE q.{file.owner}_id IN (SELECT o.id FROM {target} AS o JOIN staged_{name} AS s"
            f' ON o."{key_text(owner)}" = s."{file.owner}" WHERE {condition}))'
        )
        same.append(f"(m.kind <> '{file.repeatable}' OR m.amount IS NOT DISTINCT FROM s.amount)")
        same.append("m.nth = 1")  # within a list, the same payment twice is a fault
    return (
        f"FROM staged_{name} AS s {' '.join(joins)} LEFT JOIN {recorded} AS m ON {' AND '.join(same)}"
        f" WHERE {condition}"
    )


def recorded_value(column: Column) -> str:
    """Return the SQL of what is recorded in a column, a reference as the key of the row it refers to."""
    if not column.reference:
        return f'm."{column.name}"'
    target = FILE_BY_NAME[column.reference].model._meta.db_table
    return f'(SELECT o."{key_text(column)}" FROM {target} AS o WHERE o.id = m."{column.name}_id")'


def fill_from_records(staging: Staging, plan: Plan) -> None:
    """Let staged rows say what is recorded where the list says nothing.

    That is so for columns that the list does not have; for its empty cells as well, unless a person wants
    them to make a value unknown.
    """
    for file in staging.files:
        kept = [
            column for column in file.columns if column.name not in file.key and _is_kept(file, column, plan)
        ]
        if not kept:
            continue
        picked = ", ".join(f'{recorded_value(column)} AS "{column.name}"' for column in kept)
        condition = "m.id IS NOT NULL" + (f" AND s.kind <> '{file.repeatable}'" if file.repeatable else "")
        execute("DROP TABLE IF EXISTS import_recorded")
        execute(
            f"CREATE TEMPORARY TABLE import_recorded AS SELECT s.line AS line, {picked}"
            f" {matched(file, 'TRUE')} AND {condition}"
        )
        execute("CREATE INDEX import_recorded_line ON import_recorded (line)")
        filled = ", ".join(
            f'"{one.name}" = COALESCE(staged_{file.name}."{one.name}", r."{one.name}")' for one in kept
        )
        execute(
            f"UPDATE staged_{file.name} SET {filled} FROM import_recorded AS r"
            f" WHERE staged_{file.name}.line = r.line"
        )
        execute("DROP TABLE import_recorded")


def _is_kept(file: File, column: Column, plan: Plan) -> bool:
    if plan.keep_blanks or column.required:
        return True
    named = plan.fields.get(f"{file.name}.{column.name}") or (
        plan.fields.get(SOURCE) if column.name == SOURCE else None
    )
    return not named


def blank_what_is_empty(staging: Staging) -> None:
    """Give columns that hold a text in any case the empty one, as bundles do."""
    for file in staging.files:
        for column in file.columns:
            field = file.model._meta.get_field(column.name)
            if not column.reference and not field.null and not column.required:
                execute(f'UPDATE staged_{file.name} SET "{column.name}" = \'\' WHERE "{column.name}" IS NULL')
