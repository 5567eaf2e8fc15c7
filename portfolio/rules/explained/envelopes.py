"""`envelope_utilisation`, column by column (rules 7 and 8)."""

from portfolio.rules.explained.parts import (
    AS_OF,
    COUNTED_PLACES,
    RATIO_PLACES,
    STATES,
    cell,
    copied,
    made_of,
    total_of,
)
from portfolio.rules.explanations import Aggregate, ColumnRule, Formula, Role, Terms, TermsOf, Unit
from portfolio.vocabulary import EnvelopeKind, EventKind

BUDGET, TARGET = EnvelopeKind.BUDGET.value, EnvelopeKind.MOBILISATION_TARGET.value
COMMITTED = (EventKind.APPROVED, EventKind.SIGNED)
COUNTED = (
    "A counted line is a signed contribution, not a guarantee, of a project that has not ended, signed on a"
    " day within the target's period."
)
AMOUNT = Terms(
    "envelope", "Envelope as recorded", TermsOf.ENVELOPE, ("amount_eur",), ("amount_eur",), Aggregate.SAME
)
COMMITTED_LINES = Terms(
    "committed",
    "Contributions approved or signed",
    TermsOf.CONTRIBUTIONS,
    ("committed_eur",),
    tuple(state.value for state in COMMITTED),
)
LINES = Terms("lines", "Counted lines", TermsOf.COUNTED_LINES)
PASSED = Terms("passed", "Days since the start", TermsOf.PERIOD, (), ("passed",), Aggregate.SAME, Unit.DAYS)
BEGUN = Terms("passed", "Days since the start", TermsOf.PERIOD, (), ("begun",), Aggregate.SAME, Unit.DAYS)
PERIOD = Terms("period", "Days of the period", TermsOf.PERIOD, (), ("period",), Aggregate.SAME, Unit.DAYS)


def _counted(column: str, behind: str = "") -> Terms:
    behinds = (behind,) if behind else ()
    return Terms("projects", "Counted projects", TermsOf.COUNTED_PROJECTS, behinds, (column,))


def _state(state: EventKind) -> ColumnRule:
    words = str(state.label)
    return made_of(
        words,
        (2, 7),
        f"The sum of the envelope's contributions that are {words.lower()}, guarantees and ended projects"
        " included, those of envelopes it contains left out. Each contribution is in one state only.",
        Terms(
            state.value, f"Contributions that are {words.lower()}", TermsOf.CONTRIBUTIONS, (), (state.value,)
        ),
    )


def _budget(label: str, statement: str, unit: Unit, formula: Formula, *terms: Terms) -> ColumnRule:
    return ColumnRule(label, (7,), statement, unit, formula, terms, BUDGET)


def _target(label: str, statement: str, unit: Unit, formula: Formula, *terms: Terms) -> ColumnRule:
    return ColumnRule(label, (8,), statement, unit, formula, terms, TARGET)


def _counted_sum(label: str, statement: str, column: str, *more: Terms) -> ColumnRule:
    projects = _counted(column)
    formula = Formula((total_of(Role.PLUS, projects),))
    return _target(label, f"{statement} {COUNTED}", Unit.EURO, formula, projects, *more)


ENVELOPE_UTILISATION: dict[str, ColumnRule] = {
    "envelope": copied("Envelope", (7,), "The key of the envelope, as recorded.", TermsOf.ENVELOPE, "slug"),
    "as_of": AS_OF,
    "kind": copied(
        "Kind",
        (7, 8),
        "Whether the envelope is a budget or a mobilisation target, as recorded.",
        TermsOf.ENVELOPE,
        "kind",
    ),
    "amount_eur": copied(
        "Amount", (7,), "The size of the envelope, as recorded.", TermsOf.ENVELOPE, "amount_eur", Unit.EURO
    ),
    **{f"{state}_eur": _state(state) for state in STATES},
    "disbursed_eur": made_of(
        "Disbursed",
        (2, 7),
        "The sum of all payments on the envelope's contributions, each converted at its own date, also after"
        " a cancellation.",
        Terms("payments", "Payments", TermsOf.PAYMENTS),
    ),
    "committed_eur": _budget(
        "Committed",
        "What is approved and what is signed, together.",
        Unit.EURO,
        Formula(tuple(cell(Role.PLUS, f"{state}_eur", str(state.label)) for state in COMMITTED)),
        *(
            Terms(
                state.value,
                f"Contributions that are {str(state.label).lower()}",
                TermsOf.CONTRIBUTIONS,
                (f"{state}_eur",),
                (state.value,),
            )
            for state in COMMITTED
        ),
    ),
    "headroom_eur": _budget(
        "Headroom",
        "The amount less what is committed; below zero when the envelope is over-allocated.",
        Unit.EURO,
        Formula((cell(Role.PLUS, "amount_eur", "Amount"), cell(Role.MINUS, "committed_eur", "Committed"))),
        AMOUNT,
        COMMITTED_LINES,
    ),
    "utilisation": _budget(
        "Utilisation",
        "What is committed over the amount.",
        Unit.RATIO,
        Formula(
            (cell(Role.PLUS, "committed_eur", "Committed"), cell(Role.OVER, "amount_eur", "Amount")),
            RATIO_PLACES,
        ),
        COMMITTED_LINES,
        AMOUNT,
    ),
    "over_allocated": _budget(
        "Over-allocated",
        "Whether what is committed exceeds the amount.",
        Unit.YES_NO,
        Formula((cell(Role.PLUS, "committed_eur", "Committed"), cell(Role.AGAINST, "amount_eur", "Amount"))),
        COMMITTED_LINES,
        AMOUNT,
    ),
    "gross_mobilised_eur": _counted_sum(
        "Mobilised, if counted by contract",
        "The need of each project once per counted line: what careless books report.",
        "gross",
        LINES,
    ),
    "mobilised_eur": _counted_sum(
        "Mobilised",
        "The need of each project with a counted line, each project once.",
        "mobilised",
        LINES,
    ),
    "attributed_eur": _counted_sum(
        "Attributed",
        "Per counted project, its need times the signed euro of its counted lines here over the signed euro"
        " of all its contributions that have an envelope, rounded down to the cent, then added up. Over all"
        " envelopes it never exceeds what the projects cost.",
        "attributed",
        LINES,
        Terms(
            "enveloped",
            "Signed money of these projects in any envelope",
            TermsOf.SHARED_LINES,
        ),
    ),
    "multiplier": _target(
        "Multiplier",
        f"What is mobilised over the signed euro of the counted lines. {COUNTED}",
        Unit.RATIO,
        Formula((cell(Role.PLUS, "mobilised_eur", "Mobilised"), total_of(Role.OVER, LINES)), COUNTED_PLACES),
        _counted("mobilised", "mobilised_eur"),
        LINES,
    ),
    "progress": _target(
        "Progress",
        "What is mobilised over the amount of the target.",
        Unit.RATIO,
        Formula(
            (cell(Role.PLUS, "mobilised_eur", "Mobilised"), cell(Role.OVER, "amount_eur", "Amount")),
            RATIO_PLACES,
        ),
        _counted("mobilised", "mobilised_eur"),
        AMOUNT,
    ),
    "expected_progress": _target(
        "Expected progress",
        "The part of the target's period that has passed: days since the start over days from start to end,"
        " held between 0 and 1.",
        Unit.RATIO,
        Formula((total_of(Role.PLUS, PASSED), total_of(Role.OVER, PERIOD)), RATIO_PLACES),
        PASSED,
        PERIOD,
    ),
    "on_track": _target(
        "On track",
        "Whether progress is at least the part of the period that has passed: mobilised over amount beside"
        " days passed over days of the period, both multiplied out. Empty before the first day.",
        Unit.YES_NO,
        Formula(
            (
                cell(Role.PLUS, "mobilised_eur", "Mobilised"),
                total_of(Role.TIMES, PERIOD),
                cell(Role.AGAINST, "amount_eur", "Amount"),
                total_of(Role.AGAINST, BEGUN),
            ),
            or_equal=True,
        ),
        _counted("mobilised", "mobilised_eur"),
        AMOUNT,
        BEGUN,
        PERIOD,
    ),
    "incomplete": made_of(
        "Incomplete",
        (1, 8),
        "Why something is missing from the row: the reasons of the deciding events and payments that lack an"
        " amount or a rate, and of counted projects without a need, sorted, each once. Empty: nothing is"
        " missing.",
        Terms(
            "lacking",
            "Facts that lack something",
            TermsOf.LACKING,
            (),
            ("envelope",),
            Aggregate.REASONS,
            Unit.REASONS,
        ),
    ),
}
