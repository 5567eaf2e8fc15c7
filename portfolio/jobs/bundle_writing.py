"""Writing a staged bundle into the database: set-based, with history, changing only what differs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection, models
from django.utils import timezone

from portfolio.jobs.bundle_format import FILE_BY_NAME, FILES, Column, File
from portfolio.jobs.bundle_reading import Staged
from portfolio.jobs.locks import hold_facts
from portfolio.models.fields import FoldedField

CHANGED = "id IN (SELECT changed_id FROM bundle_changed)"
FOLDED_AT_ONCE = 5_000


@dataclass(slots=True)
class Changes:
    """How many rows of a file were new, changed and removed."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def _execute(sql: str, params: Iterable[Any] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, tuple(params))
        return int(cursor.rowcount)


def _value(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
        return row[0] if row else None


def lock_facts() -> None:
    """Hold other writers off until the transaction ends, so that keys matched now stay matched.

    Readers go on. SQLite has one writer at a time by itself.
    """
    hold_facts(alone=True)
    if connection.vendor == "postgresql":
        tables = ", ".join(file.model._meta.db_table for file in FILES)
        _execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")


class Author(NamedTuple):
    """What history says of a change: why it was made, and by whom (a database id; None: by a command)."""

    reason: str
    person: int | None = None


def write(
    bundle: dict[str, Staged], replace: bool, author: Author, *, additive: bool = False
) -> dict[str, Changes]:
    """Bring the recorded rows to what the bundle says; return what changed, by file.

    Rows are matched by key. Rows of a dated file's owners that the file does not have go, and with
    `replace` every row that the bundle does not have. `additive`: none goes, and of what may stand twice
    (payments), those are the same whose amounts are, so that none is taken for another.
    """
    changes = {file.name: Changes() for file in FILES}
    writers = {name: _Writer(staged, author, additive) for name, staged in bundle.items()}
    for file in FILES:
        if file.name in writers:
            writers[file.name].upsert(changes[file.name])
    for file in reversed(FILES) if not additive else ():
        if file.name in writers:
            writers[file.name].remove(changes[file.name], replace)
        elif replace:
            changes[file.name].removed = _remove_where(file, "TRUE", author)
    return changes


class _Writer:
    """Writes one staged file."""

    def __init__(self, staged: Staged, author: Author, additive: bool) -> None:
        self.staged = staged
        self.file = staged.file
        self.table = self.file.model._meta.db_table
        self.author = author
        self.additive = additive
        self.was_empty = _value(f"SELECT 1 FROM {self.table} LIMIT 1") is None

    def upsert(self, changes: Changes) -> None:
        """Insert the rows with new keys and update those that differ, with history."""
        # An envelope refers to envelopes: its parent is set once all of them are there.
        later = [column for column in self.file.references if column.reference == self.file.name]
        columns = [column for column in self.file.columns if column not in later]
        newest = _value(f"SELECT MAX(id) FROM {self.table}") or 0
        if not self.was_empty:
            self._update(columns)
        changes.added = self._insert(columns)
        for column in later:
            self._point(column, newest)
        if not self.was_empty:
            changes.changed = self._history("~", CHANGED)
            _fold(self.file, CHANGED)
        self._history("+", f"id > {int(newest)}")
        _fold(self.file, f"id > {int(newest)}")
        if connection.vendor == "postgresql" and changes.added:
            _execute(f"ANALYZE {self.table}")

    def remove(self, changes: Changes, replace: bool) -> None:
        """Remove recorded rows that the file does not have: of the owners it names, or all of them."""
        if self.was_empty or not (replace or self.file.owner):
            return
        scope = "TRUE"
        if not replace:
            owner = self.file.owner
            column = next(column for column in self.file.columns if column.name == owner)
            target = FILE_BY_NAME[column.reference]
            scope = (
                f"m.{owner}_id IN (SELECT t.id FROM {target.model._meta.db_table} AS t"
                f' WHERE t."{target.key[0]}" IN (SELECT DISTINCT "{owner}" FROM {self.staged.table}))'
            )
        kept = f"SELECT m.id FROM {self._keyed()} AS m JOIN ({self._resolved()}) AS r ON {self._same_key()}"
        changes.removed += _remove_where(self.file, f"{scope} AND m.id NOT IN ({kept})", self.author)

    def _resolved(self) -> str:
        """Return the SELECT of the staged rows with references as ids, named as the model's columns."""
        joins, selected = [], ["s.line AS line"]
        for number, column in enumerate(self.file.columns):
            if column.reference and column.reference != self.file.name:
                target = FILE_BY_NAME[column.reference]
                alias = f"t{number}"
                kind = "JOIN" if column.required else "LEFT JOIN"
                joins.append(
                    f"{kind} {target.model._meta.db_table} AS {alias}"
                    f' ON {alias}."{target.key[0]}" = s."{column.name}"'
                )
                selected.append(f"{alias}.id AS {column.name}_id")
            else:
                selected.append(f's."{column.name}" AS "{column.name}"')
        selected.extend(self._derived())
        sql = f"SELECT {', '.join(selected)} FROM {self.staged.table} AS s {' '.join(joins)}"
        return self._numbered(f"({sql})") if self.file.repeatable else sql

    def _derived(self) -> list[str]:
        if self.file.name == "contribution_events":
            return ["CASE WHEN t0.currency = 'EUR' THEN s.amount END AS amount_eur"]
        if self.file.name == "cost_estimates":
            return ["CASE WHEN s.currency = 'EUR' THEN s.amount END AS amount_eur"]
        return []

    def _numbered(self, rows: str) -> str:
        """Return rows with `nth`, which tells apart those of one key where repetition is allowed."""
        keys = ", ".join([*self._key_columns(), *(["amount"] if self.additive else [])])
        return (
            f"SELECT q.*, CASE WHEN q.kind = '{self.file.repeatable}' THEN ROW_NUMBER() OVER ("
            f"PARTITION BY {keys} ORDER BY amount, confidence, source_id) ELSE 1 END AS nth FROM {rows} AS q"
        )

    def _keyed(self) -> str:
        return f"({self._numbered(self.table)})" if self.file.repeatable else self.table

    def _key_columns(self) -> list[str]:
        references = {column.name for column in self.file.references}
        return [f"{name}_id" if name in references else f'"{name}"' for name in self.file.key]

    def _same_key(self) -> str:
        columns = [*self._key_columns(), "nth"] if self.file.repeatable else self._key_columns()
        same = " AND ".join(f"m.{column} = r.{column}" for column in columns)
        if self.file.repeatable and self.additive:
            same += f" AND (m.kind <> '{self.file.repeatable}' OR m.amount IS NOT DISTINCT FROM r.amount)"
        return same

    @staticmethod
    def _stored(columns: Iterable[Column]) -> list[str]:
        return [f"{column.name}_id" if column.reference else f'"{column.name}"' for column in columns]

    def _update(self, columns: list[Column]) -> None:
        """Change the rows that differ; `bundle_changed` names them."""
        keys = set(self._key_columns())
        names = [name for name in self._stored(columns) if name not in keys]
        differs = " OR ".join(f"m.{name} IS DISTINCT FROM r.{name}" for name in names)
        _execute("DROP TABLE IF EXISTS bundle_changed")
        _execute(
            "CREATE TEMPORARY TABLE bundle_changed AS"
            f" SELECT m.id AS changed_id, {', '.join(f'r.{name} AS {name}' for name in names)}"
            f" FROM {self._keyed()} AS m JOIN ({self._resolved()}) AS r ON {self._same_key()} WHERE {differs}"
        )
        _execute(
            f"UPDATE {self.table} SET {', '.join(f'{name} = c.{name}' for name in names)}"
            f" FROM bundle_changed AS c WHERE {self.table}.id = c.changed_id"
        )

    def _insert(self, columns: list[Column]) -> int:
        names = self._stored(columns)
        derived = ["amount_eur"] if self._derived() else []
        into = ", ".join([*names, *derived])
        picked = ", ".join(f"r.{name}" for name in [*names, *derived])
        absent = ""
        if not self.was_empty:
            absent = f"LEFT JOIN {self._keyed()} AS m ON {self._same_key()} WHERE m.id IS NULL"
        return _execute(
            f"INSERT INTO {self.table} ({into})"
            f" SELECT {picked} FROM ({self._resolved()}) AS r {absent} ORDER BY r.line"
        )

    def _point(self, column: Column, newest: int) -> None:
        """Set a reference within the file's own table; `bundle_changed` names the older rows it changes."""
        target = FILE_BY_NAME[column.reference]
        wanted = (
            f"(SELECT p.id FROM {self.table} AS p JOIN {self.staged.table} AS s"
            f' ON p."{target.key[0]}" = s."{column.name}"'
            f' WHERE s."{target.key[0]}" = {self.table}."{target.key[0]}")'
        )
        stands = f'"{target.key[0]}" IN (SELECT "{target.key[0]}" FROM {self.staged.table})'
        differs = f"{stands} AND {column.name}_id IS DISTINCT FROM {wanted}"
        if not self.was_empty:
            _execute(
                f"INSERT INTO bundle_changed (changed_id) SELECT id FROM {self.table} WHERE {differs}"
                f" AND id <= {int(newest)} AND id NOT IN (SELECT changed_id FROM bundle_changed)"
            )
        _execute(f"UPDATE {self.table} SET {column.name}_id = {wanted} WHERE {differs}")

    def _history(self, kind: str, condition: str) -> int:
        return _write_history(self.file, kind, condition, self.author)


def _write_history(file: File, kind: str, condition: str, author: Author) -> int:
    """Copy the rows that meet a condition into the model's history: added (+), changed (~) or removed (-)."""
    history = file.model.history.model  # type: ignore[attr-defined]
    own = {"history_id", "history_date", "history_change_reason", "history_type", "history_user"}
    names = ", ".join(f'"{field.column}"' for field in history._meta.concrete_fields if field.name not in own)
    return _execute(
        f"INSERT INTO {history._meta.db_table}"
        f" ({names}, history_date, history_change_reason, history_type, history_user_id)"
        f" SELECT {names}, %s, %s, %s, %s FROM {file.model._meta.db_table} AS m"
        f" WHERE {condition} ORDER BY id",
        (timezone.now(), author.reason, kind, author.person),
    )


def _fold(file: File, condition: str) -> None:
    """Derive the folded columns of the rows that meet a condition, in batches."""
    fields = [field for field in file.model._meta.concrete_fields if isinstance(field, FoldedField)]
    if not fields:
        return
    table, names = file.model._meta.db_table, sorted({name for field in fields for name in field.of})
    read = (
        f"SELECT id, {', '.join(names)} FROM {table} WHERE {condition} AND id > %s"
        f" ORDER BY id LIMIT {FOLDED_AT_ONCE}"
    )
    write = f"UPDATE {table} SET {', '.join(f'{field.column} = %s' for field in fields)} WHERE id = %s"
    newest = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(read, (newest,))
            rows = [(row[0], dict(zip(names, row[1:], strict=True))) for row in cursor.fetchall()]
            if not rows:
                return
            newest = rows[-1][0]
            cursor.executemany(
                write,
                [
                    (*(field.folded_of(said[name] for name in field.of) for field in fields), id_)
                    for id_, said in rows
                ],
            )


def _remove_where(file: File, condition: str, author: Author) -> int:
    table = file.model._meta.db_table
    _execute("DROP TABLE IF EXISTS bundle_removed")
    _execute(
        "CREATE TEMPORARY TABLE bundle_removed AS"
        f" SELECT m.id AS removed_id FROM {table} AS m WHERE {condition}"
    )
    gone = "id IN (SELECT removed_id FROM bundle_removed)"
    count = int(_value("SELECT COUNT(*) FROM bundle_removed"))
    if count:
        _write_history(file, "-", gone, author)
        _remove_derived(file)
        _execute(f"DELETE FROM {table} WHERE {gone}")
    return count


def _remove_derived(file: File) -> None:
    """Remove what jobs derived from rows that go: results are recomputed, never left pointing at nothing."""
    for relation in file.model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel):
            continue
        child, column = relation.related_model._meta.db_table, relation.field.column
        gone = f"{column} IN (SELECT removed_id FROM bundle_removed)"
        if relation.on_delete is models.CASCADE:
            _execute(f"DELETE FROM {child} WHERE {gone}")
        elif relation.on_delete is models.SET_NULL:
            _execute(f"UPDATE {child} SET {column} = NULL WHERE {gone}")


def remove_rows(file: File, ids: str, author: Author) -> int:
    """Remove the rows whose ids a SELECT gives, with history; return how many."""
    return _remove_where(file, f"m.id IN ({ids})", author)


def restore_rows(file: File, versions: str, author: Author) -> int:
    """Bring rows back to versions of them, whose history ids a SELECT gives; return how many."""
    history = file.model.history.model  # type: ignore[attr-defined]
    names = [
        f'"{field.column}"'
        for field in file.model._meta.concrete_fields
        if field.name != "id" and field.name in {one.name for one in history._meta.concrete_fields}
    ]
    table = file.model._meta.db_table
    count = _execute(
        f"UPDATE {table} SET {', '.join(f'{name} = h.{name}' for name in names)}"
        f" FROM {history._meta.db_table} AS h WHERE {table}.id = h.id AND h.history_id IN ({versions})"
    )
    restored = f"id IN (SELECT h.id FROM {history._meta.db_table} AS h WHERE h.history_id IN ({versions}))"
    _fold(file, restored)
    _write_history(file, "~", restored, author)
    return count
