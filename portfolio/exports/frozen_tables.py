"""A metric table as it was published: which publication is asked for, and its rows as a list."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from portfolio.exports.lists import Asked, ListRows, ListTable, ParameterRefused, Query
from portfolio.exports.lists.comparison_lists import publication_asked, refuse_tampered
from portfolio.exports.lists.pages import SHOWN_ONLY
from portfolio.models import Publication
from portfolio.queries.publications import Frozen, frozen

PUBLISHED = "published"


def as_published(query: Query) -> Frozen:
    """Return the publication that is asked for; raise NotThere, NotAsPublished or ParameterRefused."""
    publication = publication_asked(query.parameters[PUBLISHED])
    refuse_contradiction(publication, query)
    found = frozen(publication)
    refuse_tampered(found)
    return found


def is_whole(query: Query) -> bool:
    """Whether all rows and columns of a published table are asked for, in its own order."""
    shaping = set(query.given) - (SHOWN_ONLY - {"fields", "dialect"}) - {"as_of", PUBLISHED}
    return not shaping


def as_frozen(table: ListTable | ListRows, found: Frozen, query: Query) -> tuple[ListRows, Query]:
    """Return a metric table as a list of the rows that a publication froze, and what is asked of it.

    Raise ParameterRefused where a column is asked for that was not published.
    """
    frozen_list = _frozen_list(table, found)
    known = frozen_list.by_name
    asked_for = [
        *(("ordering", by.name) for by in query.ordering),
        *(
            (condition.filter.parameter, condition.filter.column.name)
            for condition in query.conditions
            if condition.filter.column
        ),
        *(("fields", column.name) for column in query.fields if "fields" in query.given),
    ]
    for parameter, name in asked_for:
        if name not in known:
            detail = f"{name} was not published: a publication holds {', '.join(known)}."
            raise ParameterRefused("Malformed parameter", parameter, query.given[parameter], detail)
    fields = query.fields if "fields" in query.given else frozen_list.columns
    return frozen_list, replace(query, fields=fields, as_of=found.publication.as_of)


def _frozen_list(table: ListTable | ListRows, found: Frozen) -> ListRows:
    text = found.tables[table.file_name]
    columns = tuple(column for column in table.usual if column.name in text.columns)

    def prepare(asked: Asked) -> Asked:
        publication = found.publication
        return replace(asked, as_of=publication.as_of, dated=True, data_version=publication.data_version)

    def rows(asked: Asked) -> Iterator[Mapping[str, Any]]:
        yield from text.rows

    return ListRows(
        name=table.name,
        title=table.title,
        meaning=table.meaning,
        columns=columns,
        key=table.key,
        parameters=table.parameters,
        prepare=prepare,
        rows=rows,
        group=table.group,
    )


def refuse_contradiction(publication: Publication, query: Query) -> None:
    """Raise ParameterRefused where another day is asked for than the one that was published."""
    if query.as_of and query.as_of != publication.as_of:
        raise ParameterRefused(
            "Contradicting parameters",
            "as_of",
            query.as_of.isoformat(),
            f"“{publication.slug}” was published as of {publication.as_of}, not {query.as_of}."
            " Leave out as_of, or published.",
        )
