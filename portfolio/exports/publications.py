"""The list of publications, and what was restated since, as CSV."""

from collections.abc import Iterable, Iterator, Mapping

from portfolio.exports.fact_tables import neutral
from portfolio.exports.metric_tables import csv_lines
from portfolio.models import ResultSet
from portfolio.queries.corrections import Correction
from portfolio.queries.publications import Frozen, publications
from portfolio.queries.restatement_causes import Explained, explain
from portfolio.queries.restatements import differences

COLUMNS = (
    "slug",
    "name",
    "note",
    "as_of",
    "data_version",
    "rules_version",
    "published_at",
    "published_by",
    "checksum",
)
RESTATED = (
    "table",
    "key",
    "column",
    "published",
    "restated",
    "reason",
    "fact",
    "record",
    "change",
    "at",
    "by",
    "how",
    "day",
    "values",
)
FACT_COLUMNS = 8
FREE = frozenset({"name", "note", "published_by"})


def publications_csv() -> Iterable[str]:
    """Yield the list of publications, the newest first; `published_at` in UTC."""
    rows = publications().values_list(*COLUMNS)
    return csv_lines(COLUMNS, (_listed(dict(zip(COLUMNS, row, strict=True))) for row in rows))


def _listed(row: dict[str, object]) -> Iterator[object]:
    for name in COLUMNS:
        value = row[name]
        yield neutral(str(value)) if name in FREE else value


def differences_csv(found: Frozen, results: ResultSet) -> Iterable[str]:
    """Yield each figure that is restated, a line for each fact that bears on it.

    `column`, `published` and `restated` are empty for a row that was not published or is gone: `reason` says
    which. It also says where no fact bears on a figure.
    """
    explained = explain(found.publication, differences(found, results))
    return csv_lines(RESTATED, _lines(explained.differences, explained.facts))


def _lines(explained: Iterable[Explained], facts: Mapping[int, Correction]) -> Iterator[list[object]]:
    for line in explained:
        figure = line.difference
        cells = [figure.table, figure.key, figure.column, figure.published, figure.restated, line.told]
        if not line.facts:
            yield [*cells, *[""] * FACT_COLUMNS]
        for number in line.facts:
            fact = facts[number]
            yield [
                *cells,
                fact.fact,
                neutral(fact.label),
                fact.kind,
                fact.at.isoformat(timespec="seconds"),
                neutral(fact.by),
                neutral(fact.how),
                fact.day,
                neutral(changed(fact)),
            ]


def changed(fact: Correction) -> str:
    """Return what a fact said and says, as one text: “amount: 400000000.00 → 1.23”."""
    return "; ".join(
        f"{change.name}: {'empty' if change.old is None else change.old}"
        f" → {'empty' if change.new is None else change.new}"
        for change in fact.fields
    )
