"""`project_coverage`, column by column (rules 0 and 2 to 6)."""

from portfolio.rules.explained.parts import (
    AS_OF,
    PROJECT,
    RATIO_PLACES,
    SIGNED,
    STAGE,
    STATES,
    cell,
    made_of,
    total_of,
)
from portfolio.rules.explanations import Aggregate, ColumnRule, Formula, Role, Terms, TermsOf, Unit
from portfolio.vocabulary import EventKind, FinancierKind

PIPELINE = (EventKind.ANNOUNCED, EventKind.UNDER_APPRAISAL, EventKind.APPROVED)
NEED = Terms("estimate", "Deciding cost estimate", TermsOf.ESTIMATE, (), (), Aggregate.KNOWN_SUM)
NEED_BEHIND = Terms(
    "estimate", "Deciding cost estimate", TermsOf.ESTIMATE, ("need_eur",), (), Aggregate.KNOWN_SUM
)
SIGNED_BEHIND = Terms("signed", "Signed contributions", TermsOf.CONTRIBUTIONS, ("secured_eur",), SIGNED)
PIPELINE_BEHIND = Terms(
    "pipeline",
    "Contributions announced, under appraisal or approved",
    TermsOf.CONTRIBUTIONS,
    ("pipeline_eur",),
    tuple(state.value for state in PIPELINE),
)


def _state(state: EventKind) -> ColumnRule:
    words = str(state.label)
    return made_of(
        words,
        (2, 3),
        f"The sum of the project's contributions that are {words.lower()}, guarantees left out. The newest"
        " event of a contribution other than a payment decides its state and its amount, so that each is in"
        " one state only; an amount is converted at the newest rate on or before its day.",
        Terms(
            state.value, f"Contributions that are {words.lower()}", TermsOf.CONTRIBUTIONS, (), (state.value,)
        ),
    )


def _share(kind: FinancierKind) -> ColumnRule:
    words = str(kind.label)
    signed = Terms("signed", f"Signed, {words}", TermsOf.CONTRIBUTIONS, (), SIGNED, kind=kind.value)
    return ColumnRule(
        f"{words} share",
        (6,),
        f"Signed money of financiers of the kind “{words}” over the need, guarantees left out."
        " The five shares add up to coverage before rounding.",
        Unit.RATIO,
        Formula((total_of(Role.PLUS, signed), cell(Role.OVER, "need_eur", "Need")), RATIO_PLACES),
        (signed, NEED_BEHIND),
    )


PROJECT_COVERAGE: dict[str, ColumnRule] = {
    "project": PROJECT,
    "as_of": AS_OF,
    "stage": STAGE,
    "need_eur": made_of(
        "Need",
        (4,),
        "The newest cost estimate, in euro at the newest rate on or before its own date. Without an estimate,"
        " or without a rate, the need is unknown; there is no falling back to an older estimate.",
        NEED,
    ),
    **{f"{state}_eur": _state(state) for state in STATES},
    "disbursed_eur": made_of(
        "Disbursed",
        (2, 3),
        "The sum of all payments on the project's contributions, each converted at its own date, also after"
        " a cancellation; guarantees left out.",
        Terms("payments", "Payments", TermsOf.PAYMENTS),
    ),
    "secured_eur": ColumnRule(
        "Secured",
        (3,),
        "Secured is what is signed. Guarantees are cover for somebody else's money, and left out.",
        Unit.EURO,
        Formula((cell(Role.PLUS, "signed_eur", "Signed"),)),
        (Terms("signed", "Signed contributions", TermsOf.CONTRIBUTIONS, ("signed_eur",), SIGNED),),
    ),
    "pipeline_eur": ColumnRule(
        "Pipeline",
        (3,),
        "The pipeline is what is announced, under appraisal or approved. A contribution stands in one of"
        " them only, so nothing is added up twice.",
        Unit.EURO,
        Formula(tuple(cell(Role.PLUS, f"{state}_eur", str(state.label)) for state in PIPELINE)),
        tuple(
            Terms(
                state.value,
                f"Contributions that are {str(state.label).lower()}",
                TermsOf.CONTRIBUTIONS,
                (f"{state}_eur",),
                (state.value,),
            )
            for state in PIPELINE
        ),
    ),
    "guaranteed_eur": made_of(
        "Guaranteed",
        (3,),
        "The sum of signed guarantees. A guarantee is cover for somebody else's money, not money: it stands"
        " here and in no other sum, share or ratio of the row.",
        Terms("guarantees", "Signed guarantees", TermsOf.CONTRIBUTIONS, (), SIGNED, kind="guarantee"),
    ),
    "gap_eur": ColumnRule(
        "Gap",
        (5,),
        "The need less what is secured, never below zero. Without a need there is no gap to tell.",
        Unit.EURO,
        Formula(
            (cell(Role.PLUS, "need_eur", "Need"), cell(Role.MINUS, "secured_eur", "Secured")),
            not_below_zero=True,
        ),
        (NEED_BEHIND, SIGNED_BEHIND),
    ),
    "coverage": ColumnRule(
        "Coverage",
        (5,),
        "What is secured over the need.",
        Unit.RATIO,
        Formula(
            (cell(Role.PLUS, "secured_eur", "Secured"), cell(Role.OVER, "need_eur", "Need")), RATIO_PLACES
        ),
        (SIGNED_BEHIND, NEED_BEHIND),
    ),
    "potential_coverage": ColumnRule(
        "Potential coverage",
        (5,),
        "What is secured and what is in the pipeline, together, over the need.",
        Unit.RATIO,
        Formula(
            (
                cell(Role.PLUS, "secured_eur", "Secured"),
                cell(Role.PLUS, "pipeline_eur", "Pipeline"),
                cell(Role.OVER, "need_eur", "Need"),
            ),
            RATIO_PLACES,
        ),
        (SIGNED_BEHIND, PIPELINE_BEHIND, NEED_BEHIND),
    ),
    **{f"{kind}_share": _share(kind) for kind in FinancierKind},
    "incomplete": made_of(
        "Incomplete",
        (1, 4),
        "Why something is missing from the row: the reasons of the deciding events, payments and cost"
        " estimate that lack an amount or a rate, sorted, each once. What lacks something adds nothing, so"
        " that a sum is a lower bound. Empty: nothing is missing.",
        Terms(
            "lacking",
            "Facts that lack something",
            TermsOf.LACKING,
            (),
            ("project",),
            Aggregate.REASONS,
            Unit.REASONS,
        ),
    ),
}
