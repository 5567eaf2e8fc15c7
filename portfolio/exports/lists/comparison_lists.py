"""Lists that are part of something else: what was restated since a publication, the tables of a scenario."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from portfolio.exports.lists import result_columns
from portfolio.exports.lists.columns import Asked, Column, ListRows, Parameter
from portfolio.exports.lists.kinds import Kind, read_text
from portfolio.exports.lists.refusals import NoResults, NotAsPublished, NotThere
from portfolio.exports.lists.shared_columns import NONE, UNKNOWN, day, key, moment, text, word
from portfolio.exports.metric_tables import METRIC_TABLES, MetricTable
from portfolio.exports.scenario_tables import WORDS, compared_columns, compared_rows
from portfolio.jobs.publications import restated_results
from portfolio.models import Publication, Scenario
from portfolio.queries.correction_entries import Correction
from portfolio.queries.publications import Frozen, frozen, publication_of
from portfolio.queries.restatement_causes import explain
from portfolio.queries.restatements import differences
from portfolio.queries.scenarios import scenario_of
from portfolio.queries.what_if import what_if

NO_FACT = "no fact bears on it"
TABLES = tuple(table.name for table in METRIC_TABLES)
COLUMNS: dict[str, tuple[Column, ...]] = {
    "project_coverage": result_columns.COVERAGE,
    "envelope_utilisation": result_columns.UTILISATION,
    "chip_comparison": result_columns.CHIPS,
    "portfolio_summary": result_columns.SUMMARY,
}

RESTATED_COLUMNS = (
    word("table", TABLES, "The table of the figure."),
    key("key", "The key of its row."),
    key("column", "Its column.", empty="the row is gone, or was not published"),
    Column("published", Kind.CELL, "What was published.", empty="unknown, or the row was not published"),
    Column("restated", Kind.CELL, "What the facts say today.", empty="unknown, or the row is gone"),
    text("reason", "That the row is gone or new, or why no fact bears on it."),
    Column("fact", Kind.KEY, "The file of a fact that bears on it.", empty=NO_FACT),
    Column("record", Kind.NAME, "What that fact is about.", empty=NO_FACT),
    word("change", ("entered", "changed", "deleted"), "What was done with it.", empty=NO_FACT),
    moment("at", "When that was done.", empty=NO_FACT),
    text("by", "Who did it.", empty=f"{NO_FACT}, or nobody is known"),
    text("how", "By which door.", empty=f"{NO_FACT}, or {UNKNOWN}"),
    day("day", "The day of the fact.", empty=f"{NO_FACT}, or it has no day"),
    text("values", "What it said and says: “amount: 400000000.00 → 1.23”.", empty=NONE),
)


def publication_asked(slug: str) -> Publication:
    """Return the publication of an address; raise NotThere."""
    publication = publication_of(slug)
    if publication is None:
        detail = f"There is no publication “{slug}”. /api/v1/publications/ lists all."
        raise NotThere("Unknown publication", detail, parameter="published", value=slug)
    return publication


def refuse_tampered(found: Frozen) -> None:
    """Raise NotAsPublished for a publication that is not as it was published."""
    if found.faults:
        raise NotAsPublished(
            f"{' '.join(found.faults)} Do not rely on it: see verify_publications, and restore a backup.",
            found.publication.slug,
        )


def _prepare_restated(asked: Asked) -> Asked:
    publication = publication_asked(asked.parameters["publication"])
    results = restated_results(publication)
    if results is None:
        raise NoResults
    found = frozen(publication)
    refuse_tampered(found)
    return replace(asked, as_of=publication.as_of, dated=True, results=results, prepared=found)


def _restated(asked: Asked) -> Iterator[Mapping[str, Any]]:
    found = asked.prepared
    if asked.results is None:
        raise NoResults
    explained = explain(found.publication, differences(found, asked.results))
    for line in explained.differences:
        figure = line.difference
        cells = {
            "table": figure.table,
            "key": figure.key,
            "column": figure.column,
            "published": figure.published,
            "restated": figure.restated,
            "reason": line.told,
        }
        if not line.facts:
            yield {**dict.fromkeys(column.name for column in RESTATED_COLUMNS), **cells}
        for number in line.facts:
            yield {**cells, **_fact(explained.facts[number])}


def _fact(fact: Correction) -> dict[str, Any]:
    return {
        "fact": fact.fact,
        "record": fact.label,
        "change": fact.kind,
        "at": fact.at,
        "by": fact.by,
        "how": fact.how,
        "day": fact.day,
        "values": changed(fact),
    }


def changed(fact: Correction) -> str:
    """Return what a fact said and says, as one text: “amount: 400000000.00 → 1.23”."""
    return "; ".join(
        f"{change.name}: {'empty' if change.old is None else change.old}"
        f" → {'empty' if change.new is None else change.new}"
        for change in fact.fields
    )


RESTATED = ListRows(
    name="restated",
    title="Restated figures",
    meaning="Each figure that differs from a publication, with the facts that bear on it.",
    columns=RESTATED_COLUMNS,
    rows=_restated,
    prepare=_prepare_restated,
    dated=False,
    group="changes",
    address="publications/{publication}/restated",
    parameters=(Parameter("publication", "The key of the publication.", read_text, Kind.KEY, in_path=True),),
)


def _scenario_asked(slug: str) -> Scenario:
    scenario = scenario_of(slug)
    if scenario is None:
        raise NotThere("Unknown scenario", f"There is no scenario “{slug}”. It may have been deleted.")
    return scenario


def _scenario_rows(table: MetricTable) -> Callable[[Asked], Iterator[Mapping[str, Any]]]:
    def rows(asked: Asked) -> Iterator[Mapping[str, Any]]:
        if asked.results is None:
            raise NoResults
        found = what_if(_scenario_asked(asked.parameters["scenario"]), asked.results)
        for row in compared_rows(table, found):
            cells: dict[str, Any] = {table.columns[0]: row.key, "as_of": found.baseline.as_of}
            for cell in row.cells:
                cells[f"{cell.column}_baseline"] = cell.baseline
                cells[f"{cell.column}_scenario"] = cell.scenario
                if cell.column not in WORDS:
                    cells[f"{cell.column}_difference"] = cell.difference
            yield cells

    return rows


def _scenario_columns(table: MetricTable) -> tuple[Column, ...]:
    columns = {column.name: column for column in COLUMNS[table.name]}
    found = [replace(columns[name], of="") for name in (table.columns[0], "as_of")]
    for name in compared_columns(table):
        column = replace(columns[name], of="", filter=False)
        if column.kind == Kind.NUMBER:
            column = replace(column, kind=Kind.CELL)
        unknown = column.empty or "it is not known"
        found.append(replace(column, name=f"{name}_baseline", meaning=f"By the facts: {column.meaning}"))
        found.append(replace(column, name=f"{name}_scenario", meaning=f"By the scenario: {column.meaning}"))
        if name not in WORDS:
            found.append(
                replace(
                    column,
                    name=f"{name}_difference",
                    meaning=f"The scenario less the facts: {column.meaning}",
                    empty=unknown,
                )
            )
    return tuple(found)


def _scenario_list(table: MetricTable) -> ListRows:
    address = table.name.replace("_", "-")
    return ListRows(
        name=f"scenario-{address}",
        title=f"Scenario: {address.replace('-', ' ')}",
        meaning=f"The table {address} of a scenario: of each figure the facts, the scenario, the difference.",
        columns=_scenario_columns(table),
        key=(table.columns[0],),
        rows=_scenario_rows(table),
        of_results=True,
        group="scenarios",
        address=f"scenarios/{{scenario}}/{address}",
        parameters=(Parameter("scenario", "The key of the scenario.", read_text, Kind.KEY, in_path=True),),
    )


SCENARIO_LISTS = tuple(map(_scenario_list, METRIC_TABLES))
COMPARISON_LISTS = (RESTATED, *SCENARIO_LISTS)
