"""The preview of an import: every row with its outcome, and what the records would raise alerts about."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from portfolio.jobs.bundle_format import FILE_BY_NAME
from portfolio.jobs.cells import CellFault
from portfolio.jobs.spreadsheets.checks import cross_faults
from portfolio.jobs.spreadsheets.kinds import FileRefused
from portfolio.jobs.spreadsheets.matching import blank_what_is_empty, fill_from_records
from portfolio.jobs.spreadsheets.outcomes import Digest, outcomes
from portfolio.jobs.spreadsheets.plans import Plan, plan_from
from portfolio.jobs.spreadsheets.progress import Attempt
from portfolio.jobs.spreadsheets.reading import ListReader, Looked, RowFault, address_of, look_at
from portfolio.jobs.spreadsheets.staging import FAULTS, LINES, Staging, execute, rows_of
from portfolio.jobs.spreadsheets.targets import FieldKind, targets
from portfolio.jobs.spreadsheets.uploads import file_of
from portfolio.jobs.spreadsheets.warnings import warnings_of
from portfolio.models import ImportRow, SpreadsheetImport
from portfolio.rules import date_conventions, number_conventions
from portfolio.vocabulary import ImportStatus, RowOutcome

BATCH = 1_000
MOST_WARNINGS = 200
Stored = tuple[int, str, str, str, str]
EXPLAIN = {FieldKind.NUMBER: number_conventions.why, FieldKind.DATE: date_conventions.why}
NAMES = {FieldKind.NUMBER: number_conventions.MARKS, FieldKind.DATE: date_conventions.ORDERS}


def preview(taken: SpreadsheetImport, attempt: Attempt) -> None:
    """Make the preview of an import as its plan says; one that was made before is replaced."""
    plan = plan_from(taken.plan)
    with file_of(taken) as path, staged(path, taken.kind, plan, attempt) as (staging, looked):
        counts, digest = _store(taken, plan, staging, attempt, looked.rows)
        warnings = [] if counts[RowOutcome.FAULTY] else warnings_of(staging, attempt, MOST_WARNINGS)
    found = {**taken.found, "evidence": evidence_words(plan, looked), "words": _unlisted(looked)}
    with transaction.atomic():
        held = attempt.held()
        held.found, held.digest, held.warnings = found, digest, warnings
        held.rows = sum(counts.values())
        held.new, held.changed = counts[RowOutcome.NEW], counts[RowOutcome.CHANGED]
        held.unchanged, held.faulty = counts[RowOutcome.UNCHANGED], counts[RowOutcome.FAULTY]
        held.left_out = counts[RowOutcome.LEFT_OUT]
        held.status, held.message, held.step, held.worked_on_at = ImportStatus.PREVIEWED, "", "", None
        held.save()


@contextmanager
def staged(path: Path, kind: str, plan: Plan, attempt: Attempt) -> Iterator[tuple[Staging, Looked]]:
    """Stage the rows of a list, complete what they say from what is recorded, and note their faults."""
    if plan.target not in targets():
        raise FileRefused("Choose what the list is.")
    if not any(fplan.columns for fplan in plan.fields.values()):
        raise FileRefused("No column is mapped to a field yet: say what the columns mean.")
    looked = look_at(path, kind, plan, lambda rows: attempt.says("Looking at the columns", rows))
    reader = ListReader(plan, looked)
    staging = Staging(reader.target)
    try:
        for number, read in enumerate(reader.rows(path, kind)):
            read.faults.extend(reader.fixed_faults if number == 0 else ())
            staging.add(read)
            if number % 500 == 0:
                attempt.says("Reading rows", number, looked.rows)
        _stage_new_source(plan, staging)
        staging.flush()
        attempt.says("Comparing with the records", looked.rows, looked.rows, at_once=True)
        fill_from_records(staging, plan)
        for line, fault in cross_faults(staging, plan):
            staging.fault(line, fault)
        staging.flush()
        blank_what_is_empty(staging)
        yield staging, looked
    finally:
        staging.drop()


def _stage_new_source(plan: Plan, staging: Staging) -> None:
    """Stage the source that is recorded with the rows, as of line 0; its faults are of the first row."""
    if not plan.new_source or staging.target.own.name == "sources":
        return
    file = FILE_BY_NAME["sources"]
    record: dict[str, Any] = {}
    for column in file.columns:
        text = str(getattr(plan.new_source, column.name, "")).strip()
        try:
            record[column.name] = column.parse(text) if text else None
        except CellFault as fault:
            said = RowFault(
                "", f"New source: {column.name.replace('_', ' ')}", text, fault.wrong, fault.accepted
            )
            staging.flush()
            execute(f"INSERT INTO {FAULTS} SELECT MIN(line), %s, %s, %s, %s, %s FROM {LINES}", tuple(said))
    if record.get("key"):
        staging.record(0, file, record)


def _store(
    taken: SpreadsheetImport, plan: Plan, staging: Staging, attempt: Attempt, rows: int
) -> tuple[dict[str, int], str]:
    """Write the rows of the preview in batches; return how many there are of each outcome, and the digest."""
    counts = dict.fromkeys(RowOutcome.values, 0)
    digest = Digest()
    with transaction.atomic():
        attempt.held()
        ImportRow.objects.filter(of=taken).delete()
    waiting: list[Stored] = [
        (number, RowOutcome.LEFT_OUT.value, "", "[]", "[]") for number in sorted(set(plan.left_out))
    ]
    counts[RowOutcome.LEFT_OUT] = len(waiting)
    for done, outcome in enumerate(outcomes(staging)):
        counts[outcome.outcome] += 1
        waiting.append(digest.add(outcome))
        if len(waiting) >= BATCH:
            _write(attempt, waiting)
            attempt.says("Writing the preview", done, rows)
            waiting = []
    _write(attempt, waiting)
    return counts, digest.text


def _write(attempt: Attempt, rows: list[Stored]) -> None:
    """Write a batch. With models it would take three times as long, and there may be a hundred thousand."""
    columns = "of_id, number, outcome, key, changes, faults"
    with transaction.atomic(), connection.cursor() as cursor:
        attempt.held()
        cursor.executemany(
            f"INSERT INTO {ImportRow._meta.db_table} ({columns}) VALUES (%s, %s, %s, %s, %s, %s)",
            [(attempt.pk, *row) for row in rows],
        )


def digest_of(staging: Staging) -> str:
    """Return what identifies the outcomes of staged rows."""
    digest = Digest()
    for outcome in outcomes(staging):
        digest.add(outcome)
    return digest.text


def has_faults() -> bool:
    """Whether any staged row is faulty."""
    return bool(rows_of(f"SELECT 1 FROM {FAULTS} LIMIT 1"))


def evidence_words(plan: Plan, looked: Looked) -> list[dict[str, Any]]:
    """Return for each column of numbers or days how it is read, in words, with the cells that show it."""
    target = targets()[plan.target]
    said = []
    for name, rule in looked.rules.items():
        one = target.fields[name]
        column = plan.fields[name].columns[0]
        names, explain = NAMES[one.kind], EXPLAIN[one.kind]
        shows = [
            f"{address_of(plan, column, example.row)}: {explain(example.text, way)}"
            for way in sorted(rule.evidence.examples, key=lambda way: way != rule.way)
            for example in rule.evidence.examples[way]
        ]
        said.append(
            {
                "field": name,
                "label": one.label,
                "column": plan.names[column] if column < len(plan.names) else address_of(plan, column, 0),
                "kind": one.kind.value,
                "read": names.get(rule.way, ""),
                "chosen": rule.chosen,
                "asks": rule.asks,
                "mixed": rule.mixed,
                "shows": shows,
                "counts": {names[way]: count for way, count in rule.evidence.counts.items()},
                "either": rule.evidence.either,
                "either_shown": [
                    f"{address_of(plan, column, one.row)}: “{one.text}”"
                    for one in rule.evidence.either_examples
                ],
                "scale": plan.fields[name].scale,
            }
        )
    return said


def _unlisted(looked: Looked) -> dict[str, list[list[Any]]]:
    """Return the words that are in no list, by field, with how often they stand in the column."""
    return {
        name: [[word, count] for word, count in words.items()]
        for name, words in looked.words.items()
        if words
    }
