"""The columns of the four metric tables, as the rules write them, and what may be asked for beside them."""

from dataclasses import replace
from typing import Any

from portfolio import vocabulary
from portfolio.exports.lists.columns import Asked, Column
from portfolio.exports.lists.kinds import Kind
from portfolio.exports.lists.shared_columns import (
    INCOMPLETE,
    PROJECT,
    PROJECT_KIND,
    PROJECT_NAME,
    UNKNOWN,
    day,
    flag,
    key,
    money,
    name,
    number,
    ratio,
    ref,
    whole,
    word,
)
from portfolio.queries import project_columns
from portfolio.rules.explained import EXPLAINED
from portfolio.vocabulary import FinancierKind

NO_NEED = "the need is not known"
NO_RATIO = "the need is not known, or zero"
BUDGETS = "the envelope is no budget"
TARGETS = "the envelope is no mobilisation target"

AS_OF = day("as_of", "The day that the row is of.", of="result_set__as_of")
STAGE = word(
    "stage",
    vocabulary.Stage,
    "The newest stage of the project.",
    rule="0",
    empty="no stage is recorded",
    ranked=True,
)


def _stated(table: str, *columns: Column) -> tuple[Column, ...]:
    """Return columns of a metric table with what the rules say of each."""
    said = EXPLAINED[table]
    return tuple(
        column
        if (rule := said.get(column.name)) is None
        else replace(column, statement=rule.statement, rule=column.rule or ", ".join(map(str, rule.rules)))
        for column in columns
    )


def _state_sums(of: str, rule: str) -> tuple[Column, ...]:
    states = ("announced", "under_appraisal", "approved", "signed")
    return (
        *(
            money(f"{state}_eur", f"The sum of {of} that are {state.replace('_', ' ')}.", rule=rule)
            for state in states
        ),
        money("disbursed_eur", f"What was paid of {of}, each payment at its own rate.", rule=rule),
    )


def _share(kind: FinancierKind) -> Column:
    return ratio(
        f"{kind}_share",
        f"Signed money of this kind of financier over the need: {kind.label}.",
        rule="6",
        empty=NO_RATIO,
    )


COVERAGE = _stated(
    "project_coverage",
    PROJECT,
    AS_OF,
    STAGE,
    money(
        "need_eur",
        "What the project costs: its newest cost estimate in euro.",
        rule="4",
        empty="no cost estimate, or no exchange rate for it: see incomplete",
    ),
    *_state_sums("contributions other than guarantees", "3"),
    money("secured_eur", "Signed money, guarantees left out.", rule="3"),
    money("pipeline_eur", "Announced, under appraisal and approved money, guarantees left out.", rule="3"),
    money("guaranteed_eur", "Signed guarantees: cover for somebody else's money, in no other sum.", rule="3"),
    money("gap_eur", "The need less what is secured, never below zero.", rule="5", empty=NO_NEED),
    ratio("coverage", "Secured money over the need.", rule="5", empty=NO_RATIO),
    ratio("potential_coverage", "Secured money and the pipeline over the need.", rule="5", empty=NO_RATIO),
    *map(_share, FinancierKind),
    INCOMPLETE,
)

UTILISATION = _stated(
    "envelope_utilisation",
    ref("envelope", "envelopes", "The envelope.", of="envelope__slug"),
    AS_OF,
    word("kind", vocabulary.EnvelopeKind, "Whether it is a budget or a mobilisation target."),
    money("amount_eur", "The budget, or the investment to be mobilised."),
    *_state_sums("its contributions (guarantees included)", "7"),
    money("committed_eur", "Approved and signed money.", rule="7", empty=BUDGETS),
    money(
        "headroom_eur",
        "The amount less what is committed; below zero where it is over-allocated.",
        rule="7",
        empty=BUDGETS,
    ),
    ratio("utilisation", "What is committed over the amount.", rule="7", empty=BUDGETS),
    flag("over_allocated", "Whether more is committed than the amount.", rule="7", empty=BUDGETS),
    money(
        "gross_mobilised_eur",
        "The need of each project once a counted line: what careless books report.",
        rule="8",
        empty=TARGETS,
    ),
    money("mobilised_eur", "The need of each project with a counted line, once.", rule="8", empty=TARGETS),
    money(
        "attributed_eur",
        "Each project's need times the share of its signed money that was signed here, rounded down.",
        rule="8",
        empty=TARGETS,
    ),
    ratio(
        "multiplier",
        "What is mobilised over the signed money of counted lines; four decimals.",
        rule="8",
        empty=f"{TARGETS}, or no money is counted",
    ),
    ratio("progress", "What is mobilised over the amount.", rule="8", empty=TARGETS),
    ratio("expected_progress", "The part of its period that has passed.", rule="8", empty=TARGETS),
    flag(
        "on_track",
        "Whether progress is at least what is expected.",
        rule="8",
        empty=f"{TARGETS}, or its period has not begun",
    ),
    INCOMPLETE,
)

CHIPS = _stated(
    "chip_comparison",
    PROJECT,
    AS_OF,
    word("kind", vocabulary.ProjectKind, "The kind of the project."),
    STAGE,
    whole("chips", "Its chips of all statuses.", "chips", rule="9", empty="no number of chips is known"),
    *(
        whole(f"{status}_chips", f"Its chips that are {status}, and no further.", "chips", rule="9")
        for status in vocabulary.DeploymentStatus
    ),
    ratio(
        "h100_equivalents",
        "Its chips weighed by published dense BF16 speed over that of an H100; one decimal.",
        "H100 equivalents",
        rule="9",
        empty="the speed of a chip is not known",
    ),
    ratio(
        "target_attainment",
        "Its chips over the published number of a gigafactory.",
        rule="10",
        empty="its chips or the published figure are not known",
    ),
    *(
        ratio(
            f"ratio_to_existing_{measure}",
            meaning,
            rule="10",
            empty="its chips are not known, or there is no existing AI factory",
        )
        for measure, meaning in (
            ("mean", "Its chips over the mean of existing AI factories; four decimals."),
            ("median", "Its chips over the median of existing AI factories; four decimals."),
            ("max", "Its chips over the largest of existing AI factories; four decimals."),
        )
    ),
    ratio(
        "ratio_to_implied",
        "Its chips over what the published claim implies of an existing AI factory; four decimals.",
        rule="10",
        empty="its chips or a published figure are not known",
    ),
    replace(INCOMPLETE, rule="9"),
)

SUMMARY = (
    Column("metric", Kind.KEY, "The name of the metric.", rule="12", example="secured_selected_eur"),
    number(
        "value",
        "Its value: euro, a ratio or a number, as the metric says.",
        "that of the metric",
        rule="12",
        empty="not known",
    ),
    AS_OF,
)


def _open_alerts(asked: Asked) -> Any:
    if asked.results is None:
        raise TypeError("the alerts of a row are those of the day of its results")
    return project_columns.open_alerts(asked.results.as_of)


# What a reader may ask for with `fields`, and filter by: the tables themselves stay as the rules write them.
BESIDE_PROJECTS = (
    PROJECT_NAME,
    PROJECT_KIND,
    Column(
        "country",
        Kind.REASONS,
        "The countries of the project (ISO 3166-1 alpha-2) with semicolons between, the lead first.",
        of="project__countries",
        empty=UNKNOWN,
        choices=tuple(sorted(vocabulary.COUNTRY_CODES)),
        example="PL",
    ),
    word(
        "project_stage",
        (*map(str, vocabulary.Stage), project_columns.NO_STAGE),
        "The newest stage of the project, or that it has none.",
        of=project_columns.stage_or_none(),
        rule="0",
        ranked=True,
    ),
    word(
        "funding",
        vocabulary.FundingState,
        "Whether it has a gap, is fully funded, or has no known need.",
        of=project_columns.funding_state(),
        rule="5",
    ),
    name(
        "project_text",
        "Its name, key, city and host without case and accents, as they are searched.",
        of="project__folded_text",
        folded="project__folded_text",
    ),
    key(
        "project_folded_name",
        "Its name without case and accents, as pages order it.",
        of="project__folded_name",
        example="gigafactory north",
    ),
)
# These are of a day, and in no series.
OF_THE_DAY_OF_PROJECTS = (
    whole(
        "open_alerts",
        "Its alerts that were not resolved at the end of the day, without those about advice.",
        "alerts",
        of=_open_alerts,
    ),
)
BESIDE_ENVELOPES = (
    name("envelope_name", "The name of the envelope.", of="envelope__name"),
    ref("programme", "programmes", "The programme of the envelope.", of="envelope__programme__slug"),
)
BESIDE_CHIPS = (PROJECT_NAME,)
BESIDE_SUMMARY = (whole("position", "The place of the metric in the table."),)
