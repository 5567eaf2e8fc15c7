"""What differs between the results of a date as they were published and as they are restated today."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

from django.db.models import Max

from portfolio.models import Project, Publication, ResultSet
from portfolio.queries.memories import forgotten_by
from portfolio.queries.metric_tables import METRIC_TABLES, PATHS, MetricTable, cell
from portfolio.queries.page_facts import publications_as_of
from portfolio.queries.parts import Parts, Ranking, Row, SumsByProject
from portfolio.queries.publications import Frozen, FrozenTable, frozen_tables
from portfolio.queries.remembered import Memory
from portfolio.queries.snapshot import once_a_snapshot
from portfolio.queries.together import read_together
from portfolio.queries.versions import history_of

# Beyond this many publications of one date, a page names the newest alone.
MOST_NAMED = 3
BY_PROJECT = tuple(table for table in METRIC_TABLES if table.by_project)
# Rows of more projects are streamed.
MOST_TOGETHER = 500
Values = tuple[Any, ...]
GONE = 0  # no database id: it stands for projects that are no longer recorded
_PROJECTS: Any = history_of(Project)


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
    """Return the differences of all tables, in the order of the tables, their rows and their columns.

    Of the newest publications of a date it is known which projects differ, and only their rows are read.
    """
    projects = _differing_projects(found.publication, results)
    differing: list[Difference] = []
    rows = _rows([table for table in METRIC_TABLES if table.name in found.tables], results, projects)
    for table in METRIC_TABLES:
        published = found.tables.get(table.name)
        if published is not None:
            of_some = projects if table.by_project else None
            compared = dict(_compared(table, published, rows[table.name], of_some))
            order = {key: place for place, key in enumerate(published.lines)}
            for key in sorted(compared, key=lambda key: order.get(key, len(order))):
                differing.extend(compared[key])
    return differing


def _rows(
    tables: Collection[MetricTable],
    results: ResultSet,
    projects: Collection[int] | None,
    *,
    with_ids: bool = False,
) -> dict[str, Iterable[Values]]:
    """Return the published rows of some tables by name, by key; of few projects, together.

    Rows of tables by project are those of these projects (database ids), or of all.
    """
    wanted = None if projects is None else set(projects) - {GONE}
    found: dict[str, Iterable[Values]] = {
        table.name: table.published_rows(results, wanted if table.by_project else None, with_ids=with_ids)
        for table in tables
    }
    if wanted is not None and len(wanted) <= MOST_TOGETHER:
        keyed = [table for table in tables if table.columns[0] in PATHS]
        reads = (
            table.read(results, wanted if table.by_project else None, with_ids=with_ids) for table in keyed
        )
        for table, rows in zip(keyed, read_together(*reads), strict=True):
            found[table.name] = sorted(rows, key=itemgetter(0))  # by the code points of keys
    return found


def _compared(
    table: MetricTable, published: FrozenTable, rows: Iterable[Values], projects: Collection[int] | None
) -> Iterator[tuple[str, list[Difference]]]:
    """Yield the rows that differ, by key, of some projects (database ids) or of all; then those gone."""
    lines, same_columns = published.lines, list(published.columns) == list(table.columns)
    there = set[str]()
    for values in rows:
        cells = [cell(value) for value in values]
        key = cells[0]
        there.add(key)
        if same_columns and lines.get(key) == ",".join(cells):
            continue
        found = _differences_of(published, key, dict(zip(table.columns, cells, strict=True)))
        if found:
            yield key, found
    if projects is None or GONE in projects:
        if projects is not None:
            there = set(Project.objects.order_by().values_list("slug", flat=True))
        for key in lines:
            if key not in there:
                yield key, [Difference(published.name, key, "", "", None)]


def _differences_of(published: FrozenTable, key: str, now: Mapping[str, str]) -> list[Difference]:
    then = published.row(key)
    if then is None:
        return [Difference(published.name, key, "", None, "")]
    # A rules version may add columns, or leave some out.
    columns = [*then, *(name for name in now if name not in then)]
    return [
        Difference(published.name, key, name, then.get(name), now.get(name))
        for name in columns
        if then.get(name) != now.get(name)
    ]


def _read_numbers(results: ResultSet, projects: list[int] | None) -> Iterator[Row]:
    """Yield how many figures of each project differ from the newest publications of the date, by these.

    What differs of projects that are no longer recorded stands under GONE.
    """
    ids = dict[str, int]()

    def noted(rows: Iterable[Values]) -> Iterator[Values]:
        for *values, project in rows:
            ids[values[0]] = project
            yield tuple(values)

    for publication in _named(results):
        tables = _tables_of(publication)
        kept = [table for table in BY_PROJECT if table.name in tables]
        rows = _rows(kept, results, projects, with_ids=True)
        for table in kept:
            for key, found in _compared(table, tables[table.name], noted(rows[table.name]), projects):
                yield ids.get(key, GONE), (publication.pk,), (len(found),)


@lru_cache(maxsize=MOST_NAMED)
def _tables_of(publication: Publication) -> dict[str, FrozenTable]:
    """Return the frozen tables, which never change; a publication's own page checks that anew."""
    return frozen_tables(publication, [table.name for table in METRIC_TABLES])


forgotten_by(_tables_of.cache_clear)
_NUMBERS = SumsByProject(_read_numbers)


@once_a_snapshot
def newest_project_entry() -> int:
    """Return the number of the newest entry in the history of projects, which moves as keys come and go."""
    return _PROJECTS.objects.aggregate(newest=Max("history_id"))["newest"] or 0


def _numbers(results: ResultSet, named: list[Publication]) -> Parts:
    """Return how many figures in tables by project differ from the newest publications of the date."""
    return _NUMBERS.parts(results, (newest_project_entry(), *(publication.pk for publication in named)))


def _differing_projects(publication: Publication, results: ResultSet) -> Collection[int] | None:
    """Return the projects that differ from a publication (database ids); None where that is not known."""
    named = _named(results)
    if publication not in named:
        return None
    of_it = Ranking(publication.pk, lambda key: key == (publication.pk,), 0)
    return [project for project, number in _numbers(results, named).ranked(of_it).items() if number]


def _named(results: ResultSet) -> list[Publication]:
    return publications_as_of(results.as_of)[:MOST_NAMED]


def restated_of(results: ResultSet) -> list[Restated]:
    """Return the newest publications of the date of some results, with how many figures differ.

    The comparison is made once for each computation.
    """
    named = _named(results)
    return [
        Restated(
            publication,
            _KNOWN.get(
                (publication.pk, results.pk, results.computed_at),
                partial(_number, publication, results, named),
            ),
        )
        for publication in named
    ]


_KNOWN: Memory[int] = Memory()


def _number(publication: Publication, results: ResultSet, named: list[Publication]) -> int:
    tables = _tables_of(publication)
    others = [table for table in METRIC_TABLES if not table.by_project and table.name in tables]
    rows = read_together(*(table.read(results) for table in others))
    of_projects = _numbers(results, named).total.get((publication.pk,), (0,))[0]
    return of_projects + sum(
        len(found)
        for table, values in zip(others, rows, strict=True)
        for _, found in _compared(table, tables[table.name], values, None)
    )
