"""Faults of a list that no single cell shows: keys given twice, what is unknown, lacking, or contradicts."""

from collections.abc import Iterator
from typing import Any

from portfolio.jobs.bundle_format import FILE_BY_NAME, Column, File
from portfolio.jobs.cells import shown
from portfolio.jobs.places import StageRow, over_limit
from portfolio.jobs.spreadsheets.matching import key_text
from portfolio.jobs.spreadsheets.plans import Plan
from portfolio.jobs.spreadsheets.reading import RowFault, address_of
from portfolio.jobs.spreadsheets.staging import LINES, SIGNS, Staging, execute, rows_of
from portfolio.jobs.spreadsheets.targets import SOURCE, Field, Target, targets
from portfolio.models import Project, ProjectStage, PublishedFigure
from portfolio.vocabulary import FigureKey, ProjectKind

Found = Iterator[tuple[int, RowFault]]


class Places:
    """Where the values of a column of records stand in the list."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.target: Target = targets()[plan.target]

    def field_of(self, file: File, column: str) -> Field | None:
        """Return the field that says a column of a file: its own, or that of the record it refers to."""
        for name in (f"{file.name}.{column}", SOURCE if column == SOURCE else ""):
            if name in self.target.fields:
                return self.target.fields[name]
        for one in file.references:
            if one.name == column and one.reference in {other.name for other in self.target.files}:
                return self.field_of(FILE_BY_NAME[one.reference], key_text(one))
        if column in ("slug", "name"):
            for one in self.target.own.references:
                if one.reference == file.name:
                    return self.field_of(self.target.own, one.name)
            for other in self.target.files:
                for one in other.references:
                    if one.reference == file.name:
                        return self.field_of(other, one.name)
        return None

    def key_of(self, file: File) -> str:
        """Return the part of a file's key that the list has a column for."""
        for name in file.key:
            one = self.field_of(file, name)
            if one and one.name in self.plan.fields and self.plan.fields[one.name].columns:
                return name
        return file.key[0]

    def once(self, file: File, column: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return the rows of a fault; the first alone where no column says it, so that it is of all rows."""
        one = self.field_of(file, column)
        fplan = self.plan.fields.get(one.name) if one else None
        return rows if fplan and fplan.columns else rows[:1]

    def fault(self, line: int, file: File, column: str, said: str, wrong: str, accepted: str) -> RowFault:
        """Return a fault at the cell of a column, or at the row where no cell says it."""
        one = self.field_of(file, column)
        fplan = self.plan.fields.get(one.name) if one else None
        label = one.label if one else column
        if fplan and fplan.columns:
            place = fplan.columns[0]
            names = self.plan.names
            label = names[place] if place < len(names) else label
            return RowFault(address_of(self.plan, place, line), label, said, wrong, accepted)
        return RowFault(f"row {line}", label, said, wrong, accepted)


def cross_faults(staging: Staging, plan: Plan) -> Found:
    """Yield each fault with its line. Rows that say the same as an earlier one are taken out first."""
    places = Places(plan)
    for file in staging.files:
        own = file is staging.target.own
        if not own or plan.repeats:
            _take_out_repeated(file)
        yield from _given_twice(file, places)
    for file in staging.files:
        for column in file.references:
            yield from _unknown(file, column, staging, places)
        yield from _lacking(file, places)
    yield from _other_currency(staging)
    yield from _places_exceeded(staging, places)


def _take_out_repeated(file: File) -> None:
    same = " AND ".join(f's."{name}" IS NOT DISTINCT FROM f."{name}"' for name in file.column_names)
    doubled = _first_lines(file)
    on = " AND ".join(f's."{name}" = d."{name}"' for name in file.key)
    execute(
        f"DELETE FROM staged_{file.name} WHERE line IN (SELECT s.line FROM staged_{file.name} AS s"
        f" JOIN {doubled} AS d ON {on} JOIN staged_{file.name} AS f ON f.line = d.first_line AND {same}"
        " WHERE s.line > d.first_line)"
    )


def _first_lines(file: File, also: str = "") -> str:
    names = ", ".join(f'"{name}"' for name in file.key)
    known = " AND ".join(f'"{name}" IS NOT NULL' for name in file.key)
    return (
        f"(SELECT {names}{also}, MIN(line) AS first_line FROM staged_{file.name} WHERE {known}"
        f" GROUP BY {names}{also} HAVING COUNT(*) > 1)"
    )


def _given_twice(file: File, places: Places) -> Found:
    on = " AND ".join(f's."{name}" = d."{name}"' for name in file.key)
    also = ""
    if file.repeatable:
        also = f", CASE WHEN kind = '{file.repeatable}' THEN amount END"
        twice = f"CASE WHEN s.kind = '{file.repeatable}' THEN s.amount END IS NOT DISTINCT FROM d.same_amount"
        on += f" AND {twice}"
    keys = ", ".join(f's."{name}"' for name in file.key)
    doubled = (
        _first_lines(file, also).replace("END, MIN", "END AS same_amount, MIN")
        if also
        else _first_lines(file)
    )
    for line, first, *key in rows_of(
        f"SELECT s.line, d.first_line, {keys} FROM staged_{file.name} AS s JOIN {doubled} AS d ON {on}"
        " WHERE s.line > d.first_line ORDER BY s.line"
    ):
        said = ", ".join(str(part) for part in key)
        wrong = f"{shown(said)} already stands in row {first}"
        if file is not places.target.own:
            wrong += ", which says something else of it"
        yield line, places.fault(line, file, places.key_of(file), said, wrong, "each key once")


def _unknown(file: File, column: Column, staging: Staging, places: Places) -> Found:
    target = FILE_BY_NAME[column.reference]
    key = target.key[0]
    staged = ""
    if column.reference in staging.bundle:
        staged = (
            f' AND NOT EXISTS (SELECT 1 FROM staged_{target.name} AS o WHERE o."{key}" = s."{column.name}")'
        )
    rows = rows_of(
        f'SELECT s.line, s."{column.name}" FROM staged_{file.name} AS s'
        f' LEFT JOIN {target.model._meta.db_table} AS t ON t."{key}" = s."{column.name}"'
        f' WHERE s."{column.name}" IS NOT NULL AND t.id IS NULL{staged} ORDER BY s.line'
    )
    what = target.name.removesuffix("s").replace("_", " ")
    accepted = f"the {key} or the name of a recorded one"
    for line, said in places.once(file, column.name, rows):
        wrong = f"there is no {what} {shown(str(said))}"
        yield line, places.fault(line, file, column.name, str(said), wrong, accepted)


def _lacking(file: File, places: Places) -> Found:
    """Yield what records need and neither the list nor what is recorded says."""
    for column in file.columns:
        if not column.required:
            continue
        rows = rows_of(f'SELECT line FROM staged_{file.name} WHERE "{column.name}" IS NULL ORDER BY line')
        for (line,) in places.once(file, column.name, rows):
            one = places.field_of(file, column.name)
            label = one.label if one else column.name
            accepted = "a value: choose a column for it, or one value for all rows"
            yield line, places.fault(line, file, column.name, "", f"{label} is empty", accepted)
    if file is places.target.own and not places.plan.repeats:
        for (line,) in rows_of(
            f"SELECT l.line FROM {LINES} AS l WHERE l.faulty = 0 AND NOT EXISTS"
            f" (SELECT 1 FROM staged_{file.name} AS s WHERE s.line = l.line) ORDER BY l.line"
        ):
            yield line, RowFault(f"row {line}", "row", "", "it says nothing", "a row of the list")


def _other_currency(staging: Staging) -> Found:
    """Yield the amounts whose sign is of another currency than that of their row."""
    own = staging.target.own.name
    if own == "cost_estimates":
        said = "e.currency"
    elif own == "contribution_events":
        said = "(SELECT c.currency FROM portfolio_contribution AS c WHERE c.reference = e.contribution)"
        if "contributions" in staging.bundle:
            staged = (
                "SELECT MIN(c.currency) FROM staged_contributions AS c WHERE c.reference = e.contribution"
            )
            said = f"COALESCE(({staged}), {said})"
    else:
        return
    for line, address, column, text, currency in rows_of(
        f"SELECT g.line, g.address, g.said_in, g.shown, {said} FROM {SIGNS} AS g"
        f" JOIN staged_{own} AS e ON e.line = g.line WHERE g.file = '{own}'"
        f" AND g.currencies NOT LIKE '%%,' || {said} || ',%%' ORDER BY g.line"
    ):
        wrong = f"{shown(text)} is written in another currency than {currency}, that of its row"
        yield line, RowFault(address, column, text, wrong, f"an amount in {currency}")


def _places_exceeded(staging: Staging, places: Places) -> Found:
    """Yield the stages that would select a gigafactory beyond the published limit (rule 11)."""
    if staging.target.own.name not in ("project_stages", "projects"):
        return
    figure = PublishedFigure.objects.filter(key=FigureKey.GIGAFACTORY_LIMIT).select_related("source").first()
    if figure is None or figure.value is None:
        return
    kinds = dict(Project.objects.order_by().values_list("slug", "kind"))
    if "projects" in staging.bundle:
        kinds.update(rows_of("SELECT slug, kind FROM staged_projects WHERE slug IS NOT NULL"))
    stages: dict[tuple[str, str, str], StageRow] = {}
    for project, stage, day in ProjectStage.objects.order_by().values_list(
        "project__slug", "stage", "reached_on"
    ):
        stages[project, stage, str(day)] = StageRow(str(day), project, stage, 0)
    if "project_stages" in staging.bundle:
        for project, stage, day, line in rows_of(
            "SELECT project, stage, reached_on, line FROM staged_project_stages"
            " WHERE project IS NOT NULL AND stage IS NOT NULL AND reached_on IS NOT NULL"
        ):
            stages.setdefault((project, stage, str(day)), StageRow(str(day), project, stage, line))
    limit = int(figure.value)
    counted = [row for row in stages.values() if kinds.get(row.project) == ProjectKind.AI_GIGAFACTORY]
    for excess in over_limit(counted, limit):
        lines = [excess.lines[project] for project in excess.newcomers if excess.lines[project]]
        file = staging.target.own
        line = max(lines or [row[0] for row in rows_of(f"SELECT MIN(line) FROM {LINES}")])
        column = "stage" if file.name == "project_stages" else "kind"
        wrong = f"{excess.sentence(limit)} (source of the limit: {figure.source})"
        yield line, places.fault(line, file, column, "", wrong, f"at most {limit} at any date")
