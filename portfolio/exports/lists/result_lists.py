"""The result tables of a day, their series at month ends, and the states of contributions behind them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import models
from django.db.models import Case, QuerySet, TextField, Value, When

from portfolio import vocabulary
from portfolio.exports.lists import result_columns
from portfolio.exports.lists.columns import Asked, By, Column, ListTable, Parameter
from portfolio.exports.lists.kinds import Kind, read_text
from portfolio.exports.lists.shared_columns import (
    NONE,
    PROJECT,
    PROJECT_KIND,
    PROJECT_NAME,
    day,
    money,
    name,
    ref,
    word,
)
from portfolio.models import (
    ChipComparison,
    ContributionState,
    EnvelopeUtilisation,
    PortfolioSummary,
    ProjectCoverage,
)
from portfolio.queries.contribution_states import states_behind
from portfolio.queries.derived_tables import rows_of

SERIES = "-series"
PUBLISHED = Parameter(
    "published",
    "The key of a publication: the table as it was published.",
    read_text,
    Kind.KEY,
)


def _of_a_day(model: type[models.Model]) -> Callable[[Asked], QuerySet[Any]]:
    return lambda asked: model._default_manager.filter(result_set=asked.results).order_by()


def _of_month_ends(model: type[models.Model]) -> Callable[[Asked], QuerySet[Any]]:
    return lambda asked: model._default_manager.filter(result_set__in=asked.sets).order_by()


def _table(
    name: str,
    title: str,
    meaning: str,
    model: type[models.Model],
    columns: tuple[Column, ...],
    beside: tuple[Column, ...],
    order: str = "",
    of_the_day: tuple[Column, ...] = (),
) -> tuple[ListTable, ListTable]:
    """Return a metric table, and its series at month ends, which has no columns `of_the_day`."""
    key = columns[0].name
    of_both = columns + tuple(replace(column, on_request=True) for column in beside)
    of_a_day = ListTable(
        name=name,
        title=title,
        meaning=meaning,
        columns=of_both + tuple(replace(column, on_request=True) for column in of_the_day),
        key=(key,),
        order=(By(order or key),),
        rows=_of_a_day(model),
        of_results=True,
        group="results",
        parameters=(PUBLISHED,),
    )
    series = replace(
        of_a_day,
        columns=of_both,
        parameters=(),
        name=name + SERIES,
        title=f"{title}: series",
        meaning=f"{meaning} At every month end up to the day asked for.",
        key=(key, "as_of"),
        order=(By(order or key), By("as_of")),
        rows=_of_month_ends(model),
        series=True,
    )
    return of_a_day, series


def _reasons() -> Case:
    """Return why the euro value of a contribution is not known, or a lower bound."""
    no_rate, unknown = vocabulary.Reason.NO_EXCHANGE_RATE, vocabulary.Reason.AMOUNT_UNKNOWN
    return Case(
        When(amount_unknown=True, no_exchange_rate=True, then=Value(f"{unknown};{no_rate}")),
        When(amount_unknown=True, then=Value(str(unknown))),
        When(no_exchange_rate=True, then=Value(str(no_rate))),
        default=Value(""),
        output_field=TextField(),
    )


def _states(asked: Asked) -> QuerySet[Any]:
    if asked.results is None:
        raise TypeError("the states of contributions are of results")
    return rows_of(ContributionState, states_behind(asked.results))


STATES = ListTable(
    name="contribution-states",
    title="Contribution states",
    meaning="The state of every contribution as of a day: every total of the result tables is made of these.",
    columns=(
        ref("contribution", "contributions", "The contribution.", of="contribution__reference"),
        PROJECT,
        ref("envelope", "envelopes", "The envelope it counts against.", of="envelope__slug", empty=NONE),
        ref("financier", "financiers", "The financier.", of="contribution__financier__slug"),
        word("financier_kind", vocabulary.FinancierKind, "The kind of the financier."),
        word(
            "instrument",
            vocabulary.Instrument,
            "The kind of money; a guarantee is in no sum of a project but guaranteed_eur.",
            of="contribution__instrument",
            rule="3",
        ),
        word(
            "state",
            vocabulary.EventKind,
            "The state that its newest event decides.",
            rule="2",
            empty="payments alone are recorded",
            ranked=True,
        ),
        day("decided_on", "The day of the deciding event.", rule="2", empty="no state"),
        day(
            "signed_on",
            "The day of its first signature since its last cancellation.",
            rule="2",
            empty="it is not signed",
        ),
        money(
            "amount_eur",
            "What its state is worth in euro; zero where it was cancelled.",
            rule="2",
            empty="not known: see incomplete; or no state",
        ),
        money("disbursed_eur", "The sum of its payments of known euro value.", rule="2"),
        replace(result_columns.INCOMPLETE, of=_reasons(), rule="1"),
        PROJECT_NAME,
        PROJECT_KIND,
        name("financier_name", "The name of the financier.", of="contribution__financier__name"),
        Column(
            "currency",
            Kind.KEY,
            "The currency of its events: three capital letters (ISO 4217).",
            of="contribution__currency",
            example="EUR",
        ),
        ref("source", "sources", "The source of the contribution.", of="contribution__source__key"),
    ),
    key=("contribution",),
    order=(By("contribution"),),
    rows=_states,
    of_results=True,
    group="results",
)

METRIC_LISTS = (
    _table(
        "project-coverage",
        "Project coverage",
        "How far each project is funded, by whom, and how firmly.",
        ProjectCoverage,
        result_columns.COVERAGE,
        result_columns.BESIDE_PROJECTS,
        of_the_day=result_columns.OF_THE_DAY_OF_PROJECTS,
    ),
    _table(
        "envelope-utilisation",
        "Envelope utilisation",
        "What counts against each envelope.",
        EnvelopeUtilisation,
        result_columns.UTILISATION,
        result_columns.BESIDE_ENVELOPES,
    ),
    _table(
        "chip-comparison",
        "Chip comparison",
        "The chips of each project beside the published claim and today's AI factories.",
        ChipComparison,
        result_columns.CHIPS,
        result_columns.BESIDE_CHIPS,
    ),
    _table(
        "portfolio-summary",
        "Portfolio summary",
        "The whole portfolio, one row a metric.",
        PortfolioSummary,
        result_columns.SUMMARY,
        result_columns.BESIDE_SUMMARY,
        "position",
    ),
)

RESULT_LISTS = (
    *(of_a_day for of_a_day, _ in METRIC_LISTS),
    *(series for _, series in METRIC_LISTS),
    STATES,
)
