"""Faults of a bundle that concern several rows: keys, references, circles of envelopes, places taken."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from django.db import connection

from portfolio.jobs.bundle_format import FILE_BY_NAME, Column
from portfolio.jobs.bundle_reading import Fault, Staged
from portfolio.jobs.cells import shown
from portfolio.jobs.places import StageRow, over_limit
from portfolio.models import Envelope, Project, ProjectStage, PublishedFigure
from portfolio.vocabulary import FigureKey, ProjectKind

Bundle = dict[str, Staged]
Check = Callable[[Bundle, bool], Iterable[Fault]]

_of_other_apps: list[Check] = []


def join_check(check: Check) -> None:
    """Add a check of another app's files, when it starts: it is given what `cross_faults` is given."""
    if check not in _of_other_apps:
        _of_other_apps.append(check)


def _rows(sql: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def cross_faults(bundle: Bundle, replace: bool) -> Iterator[Fault]:
    """Yield every fault that no single row shows. `replace`: rows of the database will not stay."""
    for staged in bundle.values():
        yield from _keys_given_twice(staged)
        for column in staged.file.references:
            yield from _unknown_references(staged, column, bundle, replace)
    yield from _circles(bundle, replace)
    yield from _places(bundle, replace)
    for check in _of_other_apps:
        yield from check(bundle, replace)


def _keys_given_twice(staged: Staged) -> Iterator[Fault]:
    file = staged.file
    names = ", ".join(f'"{name}"' for name in file.key)
    known = " AND ".join(f'"{name}" IS NOT NULL' for name in file.key)
    if file.repeatable:
        known += f" AND kind <> '{file.repeatable}'"
    doubled = (
        f"SELECT {names}, MIN(line) AS first_line FROM {staged.table} WHERE {known}"
        f" GROUP BY {names} HAVING COUNT(*) > 1"
    )
    same = " AND ".join(f's."{name}" = d."{name}"' for name in file.key)
    shown_key = ", ".join(f's."{name}"' for name in file.key)
    rows = _rows(
        f"SELECT s.line, d.first_line, {shown_key}"
        f" FROM {staged.table} AS s JOIN ({doubled}) AS d ON {same}"
        " WHERE s.line > d.first_line ORDER BY s.line"
    )
    for line, first, *key in rows:
        cell = ", ".join(str(part) for part in key)
        yield Fault(
            file.file_name,
            line,
            ", ".join(file.key),
            f"{shown(cell)} already stands in line {first}",
            "each key once",
        )


def _unknown_references(staged: Staged, column: Column, bundle: Bundle, replace: bool) -> Iterator[Fault]:
    target = FILE_BY_NAME[column.reference]
    joins, absent = [], []
    if column.reference in bundle:
        joins.append(
            f'LEFT JOIN {bundle[column.reference].table} AS t ON t."{target.key[0]}" = s."{column.name}"'
        )
        absent.append(f't."{target.key[0]}" IS NULL')
    if not replace:
        table = target.model._meta.db_table
        joins.append(f'LEFT JOIN {table} AS d ON d."{target.key[0]}" = s."{column.name}"')
        absent.append("d.id IS NULL")
    rows = _rows(
        f'SELECT s.line, s."{column.name}" FROM {staged.table} AS s {" ".join(joins)}'
        f' WHERE s."{column.name}" IS NOT NULL AND {" AND ".join(absent or ["TRUE"])} ORDER BY s.line'
    )
    where = f"a {target.key[0]} that stands in {target.file_name}" + (
        "" if replace else " or is already recorded"
    )
    for line, value in rows:
        yield Fault(staged.file.file_name, line, column.name, f"{shown(value)} is unknown", where)


def _circles(bundle: Bundle, replace: bool) -> Iterator[Fault]:
    if "envelopes" not in bundle:
        return
    parents: dict[str, str | None] = {}
    if not replace:
        parents.update(Envelope.objects.values_list("slug", "parent__slug"))
    staged = _rows(
        f"SELECT line, slug, parent FROM {bundle['envelopes'].table} WHERE slug IS NOT NULL ORDER BY line"
    )
    parents.update({slug: parent for _, slug, parent in staged})
    told: set[str] = set()
    for line, slug, _ in staged:
        circle = _circle(slug, parents)
        if circle and not told & set(circle):
            told.update(circle)
            path = " in ".join([*circle, slug])
            yield Fault(
                "envelopes.csv",
                line,
                "parent",
                f"envelopes contain each other in a circle: {path}",
                "no circle",
            )


def _circle(slug: str, parents: dict[str, str | None]) -> list[str]:
    """Return the envelopes from one back to itself, or nothing."""
    path = {slug: None}
    parent = parents.get(slug)
    while parent and parent not in path:
        path[parent] = None
        parent = parents.get(parent)
    return list(path) if parent == slug else []


def _places(bundle: Bundle, replace: bool) -> Iterator[Fault]:
    """Yield a fault for each stage that would select a gigafactory beyond the published limit (rule 11)."""
    limit = _limit(bundle, replace)
    if limit is None:
        return
    turned = _turned_into_gigafactories(bundle)
    for excess in over_limit(_gigafactory_stages(bundle, replace), limit.value):
        newest = max(excess.lines[project] for project in excess.newcomers)
        newest = newest or max(excess.lines.values())
        kinds = [turned[project] for project in excess.lines if project in turned]
        if newest:
            place = "project_stages.csv", newest, "stage"
        elif kinds:
            place = "projects.csv", max(kinds), "kind"
        else:
            place = "published_figures.csv", limit.line, "value"
        wrong = f"{excess.sentence(limit.value)} (source of the limit: {limit.source})"
        yield Fault(*place, wrong, f"at most {limit.value} at any date")


def _turned_into_gigafactories(bundle: Bundle) -> dict[str, int]:
    """Return the lines of recorded projects that are no gigafactory yet and that the bundle makes one."""
    if "projects" not in bundle:
        return {}
    rows = _rows(
        f"SELECT s.slug, s.line FROM {bundle['projects'].table} AS s"
        f" JOIN {Project._meta.db_table} AS p ON p.slug = s.slug WHERE s.kind = %s AND p.kind <> s.kind",
        (ProjectKind.AI_GIGAFACTORY,),
    )
    return dict(rows)


class _Limit(NamedTuple):
    """The published limit that will hold, the line it stands in (0: it is recorded), and its source's key."""

    value: int
    line: int
    source: str


def _limit(bundle: Bundle, replace: bool) -> _Limit | None:
    if "published_figures" in bundle:
        rows = _rows(
            f"SELECT value, line, source FROM {bundle['published_figures'].table} WHERE key = %s",
            (FigureKey.GIGAFACTORY_LIMIT,),
        )
        if rows:
            value, line, source = rows[0]
            return _Limit(int(value), line, source) if value and value.isdigit() else None
    if replace:
        return None
    figure = PublishedFigure.objects.select_related("source").filter(key=FigureKey.GIGAFACTORY_LIMIT).first()
    return None if figure is None or figure.value is None else _Limit(int(figure.value), 0, figure.source.key)


def _gigafactory_stages(bundle: Bundle, replace: bool) -> Iterator[StageRow]:
    kinds: dict[str, str] = {} if replace else dict(Project.objects.order_by().values_list("slug", "kind"))
    if "projects" in bundle:
        kinds.update(_rows(f"SELECT slug, kind FROM {bundle['projects'].table} WHERE slug IS NOT NULL"))
    named: set[str] = set()
    if "project_stages" in bundle:
        table = bundle["project_stages"].table
        complete = "project IS NOT NULL AND stage IS NOT NULL AND reached_on IS NOT NULL"
        for line, project, stage, reached_on in _rows(
            f"SELECT line, project, stage, reached_on FROM {table} WHERE {complete}"
        ):
            named.add(project)
            if kinds.get(project) == ProjectKind.AI_GIGAFACTORY:
                yield StageRow(str(reached_on), project, stage, line)
    if replace:
        return
    recorded = ProjectStage.objects.order_by().values_list("project__slug", "stage", "reached_on")
    for project, stage, reached_on in recorded:
        if project not in named and kinds.get(project) == ProjectKind.AI_GIGAFACTORY:
            yield StageRow(str(reached_on), project, stage, 0)
