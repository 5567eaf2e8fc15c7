"""What differs between the results of a date as they were published and as they are restated today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from portfolio.models import Publication, ResultSet
from portfolio.queries.memories import forgotten_by
from portfolio.queries.metric_tables import METRIC_TABLES, cell, csv_lines
from portfolio.queries.publications import Frozen, FrozenTable, digest, frozen, publications_as_of

# Beyond this many publications of one date, a page names the newest alone.
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell of one of the four tables that is not what was published; each value is text as in the CSV.

    A row that was published and is gone has an empty `column` and None as restated; one that came since has
    None as published.
    """

    table: str
    key: str
    column: str
    published: str | None
    restated: str | None


@dataclass(frozen=True, slots=True)
class Restated:
    """A publication of the date that is shown, and how many figures differ from it."""

    publication: Publication
    differences: int


def differences(found: Frozen, results: ResultSet) -> list[Difference]:
    """Return the differences of all tables, in the order of the tables, their rows and their columns."""
    differing: list[Difference] = []
    for table in METRIC_TABLES:
        published = found.tables.get(table.name)
        if published is None:
            continue
        rows = [[cell(value) for value in row] for row in table.published_rows(results)]
        if digest(csv_lines(table.columns, rows)) == digest([published.csv]):
            continue
        restated = {row[0]: dict(zip(table.columns, row, strict=True)) for row in rows}
        differing.extend(_differing(published, restated))
    return differing


def _differing(published: FrozenTable, restated: Mapping[str, Mapping[str, str]]) -> list[Difference]:
    then = {row[published.key]: row for row in published.rows}
    found: list[Difference] = []
    for key in [*then, *(key for key in restated if key not in then)]:
        if key not in restated:
            found.append(Difference(published.name, key, "", "", None))
        elif key not in then:
            found.append(Difference(published.name, key, "", None, ""))
        else:
            # A rules version may add columns, or leave some out.
            columns = [*then[key], *(name for name in restated[key] if name not in then[key])]
            found.extend(
                Difference(published.name, key, name, then[key].get(name), restated[key].get(name))
                for name in columns
                if then[key].get(name) != restated[key].get(name)
            )
    return found


def restated_of(results: ResultSet) -> list[Restated]:
    """Return the newest publications of the date of some results, with how many figures differ.

    One read where nothing was published of that date. The comparison is made once for each computation.
    """
    found = publications_as_of(results.as_of)[:MOST_NAMED]
    return [
        Restated(publication, _number(publication.pk, publication.checksum, results.pk, results.computed_at))
        for publication in found
    ]


@lru_cache(maxsize=256)
def _number(publication: int, checksum: str, results: int, computed_at: datetime) -> int:
    published = Publication.objects.get(pk=publication)
    return len(differences(frozen(published), ResultSet.objects.get(pk=results)))


forgotten_by(_number.cache_clear)
