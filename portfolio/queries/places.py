"""Where projects stand, as few numbers a project as a map needs, and how many each country has."""

from array import array
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Count, FloatField, QuerySet
from django.db.models.functions import Cast

from portfolio.models import Project, ProjectCoverage, ResultSet
from portfolio.queries import project_list
from portfolio.queries.ordering import by_code_point
from portfolio.queries.remembered import Memory, remembered
from portfolio.queries.results import data_version
from portfolio.queries.versions import state_of_kind


class Places(NamedTuple):
    """The projects with coordinates, in degrees: side by side, one entry a project, by database id.

    Positions are drawn, never added up, so they are floats.
    """

    projects: "array[int]"
    longitudes: "array[float]"
    latitudes: "array[float]"


class Standing(NamedTuple):
    """Where projects stand, how many of them each country has, and how many there are."""

    places: Places
    countries: tuple["CountryCount", ...]
    number: int


def standing(results: ResultSet, filters: project_list.Filters) -> Standing:
    """Return what a map says of the projects that the filters keep.

    What is asked of projects alone is read once until one of them changes: most edits are of other records.
    """
    if filters.stages or filters.funding or filters.alerts or results.data_version != data_version():
        return _read_at_facts(results, filters)
    key = (results.pk, state_of_kind(Project), filters)
    return _of_projects.get(key, lambda: _standing(results, filters))


def _standing(results: ResultSet, filters: project_list.Filters) -> Standing:
    rows = listed(results, filters, None)
    return Standing(_places(results, filters), tuple(by_country(rows)), rows.count())


_of_projects: Memory[Standing] = Memory()
_read_at_facts = remembered(_standing)


def _places(results: ResultSet, filters: project_list.Filters) -> Places:
    rows = project_list.project_rows(results, filters).filter(
        project__latitude__isnull=False, project__longitude__isnull=False
    )
    found = Places(array("q"), array("d"), array("d"))
    columns = (
        Cast("project__longitude", FloatField()),
        Cast("project__latitude", FloatField()),
    )
    for project, longitude, latitude in rows.order_by("project_id").values_list("project_id", *columns):
        found.projects.append(project)
        found.longitudes.append(longitude)
        found.latitudes.append(latitude)
    return found


class CountryCount(NamedTuple):
    """How many projects of each kind a country has part in."""

    country: str
    factories: int
    gigafactories: int

    @property
    def number(self) -> int:
        """How many of both kinds."""
        return self.factories + self.gigafactories


def by_country(rows: QuerySet[ProjectCoverage]) -> list[CountryCount]:
    """Return the countries of these projects; one of several countries counts in each. One query."""
    counts: Counter[tuple[str, str]] = Counter()
    grouped = rows.order_by().values_list("project__countries", "project__kind").annotate(number=Count("pk"))
    for codes, kind, number in grouped:
        for code in codes.split(";"):
            counts[code, kind] += number
    return [
        CountryCount(code, counts[code, "ai_factory"], counts[code, "ai_gigafactory"])
        for code in {code for code, _ in counts}
    ]


def listed(
    results: ResultSet, filters: project_list.Filters, only: Collection[int] | None
) -> QuerySet[ProjectCoverage]:
    """Return the rows of the projects that the filters keep, by country and name; of some (database ids)."""
    rows = project_list.project_rows(results, filters)
    if only is not None:
        rows = rows.filter(project__in=only)
    return rows.order_by("project__countries", "project__folded_name", by_code_point("project__slug"))


def rows_of(results: ResultSet, projects: Collection[int]) -> dict[int, ProjectCoverage]:
    """Return the rows of some projects by database id."""
    rows = ProjectCoverage.objects.filter(result_set=results, project__in=projects).select_related("project")
    return {row.project_id: row for row in rows}
