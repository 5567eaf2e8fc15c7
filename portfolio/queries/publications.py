"""What was published: read from the frozen text alone, and checked against its checksums at every reading."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from io import StringIO

from django.db.models import Max, QuerySet

from portfolio.models import Publication
from portfolio.queries.metric_tables import METRIC_TABLES
from portfolio.queries.snapshot import in_this_snapshot, once_a_snapshot

MOST_NAMED = 3


def digest(texts: Iterable[str]) -> str:
    """Return the SHA-256, in hexadecimal, over texts one after the other in UTF-8."""
    return sha256("".join(texts).encode()).hexdigest()


@dataclass(frozen=True)
class FrozenTable:
    """A frozen table: the text of its CSV file, whether that is what was published, and what it says."""

    name: str
    csv: str
    sha256: str
    intact: bool

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """The rows by column, in the order of the file, each cell as its text."""
        return list(csv.DictReader(StringIO(self.csv, newline="")))

    @cached_property
    def columns(self) -> Sequence[str]:
        return next(csv.reader(StringIO(self.csv, newline="")), [])

    @property
    def address(self) -> str:
        """The table's name as addresses write it."""
        return self.name.replace("_", "-")

    @property
    def key(self) -> str:
        """The column that says what a row is about."""
        return self.columns[0]

    @property
    def by_project(self) -> bool:
        """Whether it has one row a project."""
        return self.key == "project"

    @cached_property
    def lines(self) -> dict[str, str]:
        """The lines of the file by what each is about, in its order: no cell has a line break."""
        _, *lines = self.csv.split("\r\n")
        return {line.partition(",")[0]: line for line in lines if line}

    def row(self, key: str) -> dict[str, str] | None:
        """Return a row by column; None where there is none of this key."""
        line = self.lines.get(key)
        return None if line is None else dict(zip(self.columns, next(csv.reader([line])), strict=True))


@dataclass(frozen=True)
class Frozen:
    """A publication with its tables by name; `faults` says what is not as it was published."""

    publication: Publication
    tables: dict[str, FrozenTable]
    faults: list[str]


def publications() -> QuerySet[Publication]:
    """Return all publications, the newest first."""
    return Publication.objects.order_by("-published_at", "-id")


def publication_of(slug: str) -> Publication | None:
    """Return a publication by its slug; none has a NUL, which PostgreSQL does not even look for."""
    return None if "\0" in slug else Publication.objects.filter(slug=slug).first()


@once_a_snapshot
def newest_publication() -> int:
    """Return the number of the newest publication, 0 where there is none; none is ever changed or removed."""
    return Publication.objects.aggregate(newest=Max("pk"))["newest"] or 0


def frozen_tables(publication: Publication, names: Iterable[str]) -> dict[str, FrozenTable]:
    """Return some frozen tables by name, in the order of tables; one that is missing is absent.

    Texts of thousands of lines are read once in a snapshot.
    """
    known = in_this_snapshot((frozen_tables, publication.pk), dict[str, FrozenTable | None])
    wanted = set(names)
    if missing := wanted - known.keys():
        stored = {table.name: table for table in publication.tables.filter(name__in=sorted(missing))}
        known |= dict.fromkeys(missing)
        for name, text in stored.items():
            known[name] = FrozenTable(name, text.csv, text.sha256, digest([text.csv]) == text.sha256)
    return {
        table.name: found
        for table in METRIC_TABLES
        if table.name in wanted and (found := known[table.name]) is not None
    }


def frozen(publication: Publication) -> Frozen:
    """Return what a publication froze, with its checksums verified."""
    tables = frozen_tables(publication, [table.name for table in METRIC_TABLES])
    faults: list[str] = []
    for table in METRIC_TABLES:
        found = tables.get(table.name)
        if found is None:
            faults.append(f"The table {table.name} is missing.")
        elif not found.intact:
            faults.append(f"The text of {table.name} is not the one that was published.")
    if not faults and digest(table.csv for table in tables.values()) != publication.checksum:
        faults.append("The four tables together are not those that were published.")
    return Frozen(publication, tables, faults)


def restated_by(since: date | None) -> str:
    """Return a sentence on the publications that a change from a day on bears on; empty where none."""
    if since is None:
        return ""
    reached = list(Publication.objects.filter(as_of__gte=since).order_by("as_of", "pk"))
    if not reached:
        return ""
    names = ", ".join(f"“{found.name}” as of {found.as_of}" for found in reached[:MOST_NAMED])
    more = f" and {len(reached) - MOST_NAMED} more" if len(reached) > MOST_NAMED else ""
    return (
        f"Dated {since}, this bears on what was published as {names}{more}. What was published stays as it"
        " is; pages of those dates show the figures as restated, with this change as a reason."
    )
