"""Loading and saving the whole portfolio as a bundle of CSV files."""

import csv
import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from django.db import connection, models, transaction
from django.db.models import Case, F, Q, Value, When

from portfolio.jobs.bundle_checks import cross_faults
from portfolio.jobs.bundle_format import FILES, File
from portfolio.jobs.bundle_reading import Fault, Progress, Staged, find_files, stage
from portfolio.jobs.bundle_writing import Author, Changes, lock_facts, write
from portfolio.jobs.exchange_rates import TooLarge, refresh_euro_values
from portfolio.jobs.requests import request_recompute
from portfolio.queries.ordering import by_code_point
from portfolio.queries.snapshot import one_snapshot
from portfolio.queries.streaming import streamed
from portfolio.vocabulary import EventKind

# The days that date a row: it exists from the first of them on. Rows of other files always do.
DATED_BY = {
    "project_stages": ("reached_on",),
    "cost_estimates": ("estimated_on",),
    "contribution_events": ("occurred_on",),
    "chip_deployments": ("planned_on", "contracted_on", "installed_on", "operational_on"),
    "exchange_rates": ("date",),
}


class BundleRefused(Exception):
    """A bundle that was not loaded, with every fault found in it, in the order of files and lines."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.file, fault.line))
        super().__init__("\n".join(map(str, self.faults)))


class SavingRefused(Exception):
    """A folder that a bundle cannot be saved into; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: rows read in all, and changes by file."""

    rows: int
    changes: dict[str, Changes]

    @property
    def changed(self) -> bool:
        return any(self.changes.values())


def load_portfolio(
    folder: Path, *, replace: bool = False, progress: Progress | None = None, reason: str = "load_portfolio"
) -> Loaded:
    """Load a bundle, all of it or nothing; raise BundleRefused with every fault found in one pass."""
    paths, faults = find_files(folder)
    with transaction.atomic():
        lock_facts()
        bundle: dict[str, Staged] = {}
        for file in FILES:
            if file.name in paths:
                bundle[file.name], found = stage(paths[file.name], file, progress)
                faults.extend(found)
        faults.extend(cross_faults(bundle, replace))
        if faults:
            raise BundleRefused(faults)
        changes = write(bundle, replace, Author(reason))
        loaded = Loaded(sum(staged.rows for staged in bundle.values()), changes)
        if loaded.changed:
            try:
                refresh_euro_values()
            except TooLarge as error:
                place = Fault(
                    "contribution_events.csv", 1, "amount", str(error), "an amount of money that exists"
                )
                raise BundleRefused([place]) from error
            request_recompute(None, reason)
        for staged in bundle.values():
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE {staged.table}")
    return loaded


def save_portfolio(
    folder: Path,
    announce: Callable[[str, int], None] | None = None,
    as_of: date | None = None,
    *,
    confidential: bool = False,
) -> None:
    """Write the portfolio as a bundle: every file of the format, each complete or not touched at all.

    `as_of`: only what exists on that day, so that the bundle's results are those of the portfolio that day.
    `confidential`: the confidential files too. Without that, a folder that holds one raises SavingRefused: it
    would no longer go with the others. Optional files without rows are left out, and removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [file for file in FILES if confidential or not file.confidential]
    _refuse_outdated(folder, files)
    with one_snapshot(), tempfile.TemporaryDirectory(dir=folder, prefix=".saving-") as temporary:
        saved_files = []
        for file in files:
            path = Path(temporary) / file.file_name
            with (
                path.open("w", encoding="utf-8", newline="") as out,
                closing(saved_rows(file, as_of)) as saved,
            ):
                rows = write_rows(file, saved, out)
            if file.optional and not rows:
                continue
            saved_files.append(file)
            if announce:
                announce(file.file_name, rows)
        for file in files:
            if file in saved_files:
                (Path(temporary) / file.file_name).replace(folder / file.file_name)
            else:
                (folder / file.file_name).unlink(missing_ok=True)


def write_rows(file: File, rows: Iterable[list[str]], out: TextIO) -> int:
    """Write a file of the bundle, its header first; return how many rows it has."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(file.column_names)
    number = 0
    for row in rows:
        writer.writerow(row)
        number += 1
    return number


def _refuse_outdated(folder: Path, files: list[File]) -> None:
    left = [file.file_name for file in FILES if file not in files and (folder / file.file_name).exists()]
    if left:
        raise SavingRefused(
            f"{folder} holds {', '.join(left)} of an earlier save, with confidential records."
            " Save with --confidential, or name another folder."
        )


def saved_rows(file: File, as_of: date | None = None) -> Generator[list[str], None, None]:
    """Yield a file's rows as text, in the order of saved bundles; with `as_of`, those that exist that day."""
    fields = [
        f"{column.name}__{_target_key(column.reference)}" if column.reference else column.name
        for column in file.columns
    ]
    writers = [column.write for column in file.columns]
    rows = file.model._default_manager.order_by(*_order(file))
    if as_of is not None:
        rows = rows.filter(dated(file, as_of))
    with streamed(rows, fields) as stored:
        for row in stored:
            yield [
                "" if value is None or value == "" else write(value)
                for write, value in zip(writers, row, strict=True)
            ]


def dated(file: File, as_of: date) -> Q:
    """Return the condition of a file's rows that exist on a day; rows that no day dates always do."""
    dates = DATED_BY.get(file.name, file.dated_by)
    exists = Q() if not dates else Q(**{f"{dates[0]}__lte": as_of})
    for name in dates[1:]:
        exists |= Q(**{f"{name}__lte": as_of})
    for name in file.within:
        exists &= Q(**{f"{name}__lte": as_of}) | Q(**{f"{name}__isnull": True})
    return exists


def _target_key(reference: str) -> str:
    return next(file.key[0] for file in FILES if file.name == reference)


def _order(file: File) -> list[Any]:
    """Return the order of a file's rows: by key; events by contribution, date, ladder, amount."""
    references = {column.name: column.reference for column in file.references}
    if file.repeatable:
        ladder = Case(*(When(kind=kind, then=Value(place)) for place, kind in enumerate(EventKind)))
        return [
            by_code_point("contribution__reference"),
            "occurred_on",
            ladder,
            F("amount").asc(nulls_first=True),
            "confidence",
            by_code_point("source__key"),
        ]
    return [
        by_code_point(f"{name}__{_target_key(references[name])}")
        if name in references
        else _ordered(file, name)
        for name in file.key
    ]


def _ordered(file: File, name: str) -> Any:
    return name if isinstance(file.model._meta.get_field(name), models.DateField) else by_code_point(name)
