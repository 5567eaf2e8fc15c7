"""Why a figure of the funnel or of the outcomes is what it is: its terms as a list of the API."""

from collections.abc import Iterator, Mapping
from typing import Any

from advisory.queries.access import SEES_ADVICE
from advisory.queries.explanations import NothingToExplain, explain
from portfolio.exports.lists.columns import Asked, ListRows, Parameter
from portfolio.exports.lists.kinds import Kind, read_text, text_of
from portfolio.exports.lists.refusals import NoResults, NotThere
from portfolio.exports.lists.shared_columns import day, key, text, whole

WORDS = ("table", "scope", "column")


def _rows(asked: Asked) -> Iterator[Mapping[str, Any]]:
    if asked.results is None:
        raise NoResults
    table, scope, column = (str(asked.parameters[word]) for word in WORDS)
    try:
        # Terms of confidential figures are for pages, which know their reader.
        found = explain(asked.results, table.replace("-", "_"), scope, column, confidential=False)
    except NothingToExplain as error:
        raise NotThere("Nothing to explain", str(error)) from error
    if found.withheld:
        raise NotThere("Confidential", f"What {column} is made of is confidential.")
    money = column.endswith("_eur")
    for place, term in enumerate(found.terms, start=1):
        yield {
            "position": place,
            "of": "project" if term.is_project else "case",
            "key": term.key,
            "days": ", ".join(f"{label} {on.isoformat()}" for label, on in term.days),
            "adds": text_of(Kind.MONEY if money else Kind.WHOLE, term.value),
            "rule": found.rule.rule,
            "as_of": asked.as_of,
        }


def _word(name: str, meaning: str) -> Parameter:
    return Parameter(name, meaning, read_text, Kind.KEY, in_path=True)


EXPLANATIONS = ListRows(
    name="advice-explanations",
    title="Explained figures of advice",
    meaning="The cases or projects that a figure of the funnel or of the outcomes is made of.",
    columns=(
        whole("position", "The place of the term."),
        text("of", "Whether the term is a case or a project.", empty=""),
        key("key", "The key of the request or of the project."),
        text("days", "The days that bear on it."),
        text("adds", "What it adds to the figure: euro, days, or one.", empty=""),
        text("rule", "The rule of the figure (docs/advice.md).", empty=""),
        day("as_of", "The day that the figure is of."),
    ),
    key=("position",),
    rows=_rows,
    of_results=True,
    group="advice",
    permission=SEES_ADVICE,
    address="advice-explanations/{table}/{scope}/{column}",
    parameters=(
        _word("table", "advisory-funnel or advisory-outcomes."),
        _word("scope", "The key of the row: a scope, or a group."),
        _word("column", "The column."),
    ),
)
