"""The columns of an explanation as CSV: the operands of the figure's formula first, then every term."""

from portfolio import vocabulary
from portfolio.exports.lists.columns import Column
from portfolio.exports.lists.kinds import Kind
from portfolio.exports.lists.shared_columns import (
    NONE,
    NOT_YET,
    day,
    money,
    name,
    number,
    ref,
    text,
    whole,
    word,
)
from portfolio.rules.explanations import Role

FORMULA = "formula"
FIGURE, TERMS = "figure", "terms"
OPERAND = "the row is an operand of the formula"
NO_SUCH = f"{OPERAND}, or not about such a fact"
KINDS = (
    FIGURE,
    TERMS,
    "chip_deployment",
    "chip_model",
    "contribution",
    "cost_estimate",
    "day",
    "envelope",
    "metric",
    "payment",
    "project",
    "project_stage",
    "published_figure",
)

EXPLANATION_COLUMNS = (
    Column(
        "section", Kind.KEY, f"The section that the term is in; {FORMULA} for operands.", example="signed"
    ),
    word(
        "role",
        tuple(role.value for role in Role),
        "What the operand does in the formula.",
        empty="the row is a term",
    ),
    word("kind", KINDS, f"What the row is about: {FIGURE} and {TERMS} are operands, the others facts."),
    text("fact", "Which operand, or which fact: its key, or what else tells it from others.", empty=""),
    Column(
        "value",
        Kind.CELL,
        "What it adds, in the unit of its section.",
        empty="not known: see reason; or nothing",
    ),
    Column(
        "reason",
        Kind.REASONS,
        "Why the term adds nothing.",
        empty="it adds its value",
        choices=vocabulary.Reason,
    ),
    name("name", "What the operand, or the fact, is called.", empty=NONE),
    ref("project", "projects", "The project of the fact.", empty=NO_SUCH),
    text("financier", "The name of the financier.", empty=NO_SUCH),
    word("instrument", vocabulary.Instrument, "The kind of money.", empty=NO_SUCH),
    ref("envelope", "envelopes", "The envelope of the fact.", empty=NO_SUCH),
    Column("event", Kind.KEY, "The event, stage or status that decides.", empty=NO_SUCH, example="signed"),
    day("occurred_on", "The day of the deciding event, stage, status, estimate or figure.", empty=NO_SUCH),
    day("signed_on", "The day of the first signature since the last cancellation.", empty=NO_SUCH, rule="2"),
    word("confidence", vocabulary.Confidence, "How sure the fact is.", empty=NO_SUCH),
    money("amount", "The amount in its currency.", "currency", empty=f"not disclosed; {NO_SUCH}"),
    Column("currency", Kind.KEY, "The currency of the amount.", empty=NO_SUCH, example="EUR"),
    number(
        "per_euro",
        "Units of the currency for one euro.",
        "currency per EUR",
        rule="1",
        empty=f"the amount is in euro, or has no rate; {NO_SUCH}",
    ),
    day(
        "rate_on",
        "The day of that rate.",
        rule="1",
        empty=f"the amount is in euro, or has no rate; {NO_SUCH}",
    ),
    money("need_eur", "The need of the project.", rule="4", empty=f"not known; {NO_SUCH}"),
    whole("lines", "Counted lines of the project.", "contributions", rule="8", empty=NO_SUCH),
    money("signed_eur", "What these lines have signed.", rule="8", empty=NO_SUCH),
    money(
        "signed_in_envelopes_eur",
        "What all contributions to the project that have an envelope have signed.",
        rule="8",
        empty=NO_SUCH,
    ),
    ref("chip_model", "chip-models", "The model of the chips.", empty=f"not known; {NO_SUCH}"),
    whole("chips", "How many chips.", "chips", rule="9", empty=f"not known; {NO_SUCH}"),
    word("bound", vocabulary.Bound, "Whether the number of chips is exact.", empty=NO_SUCH),
    number(
        "bf16_dense_tflops",
        "The published dense BF16 speed of one chip.",
        "TFLOP/s",
        rule="9",
        empty=f"not known; {NO_SUCH}",
    ),
    day("planned_on", "The day on which the plan of the chips became public.", empty=NO_SUCH),
    day("contracted_on", "The day on which the chips were contracted.", empty=f"{NOT_YET}; {NO_SUCH}"),
    day("installed_on", "The day on which they were installed.", empty=f"{NOT_YET}; {NO_SUCH}"),
    day("operational_on", "The day on which they went into operation.", empty=f"{NOT_YET}; {NO_SUCH}"),
    day("starts_on", "The first day of the envelope.", empty=f"not known; {NO_SUCH}"),
    day("ends_on", "The last day of the envelope.", empty=f"not known; {NO_SUCH}"),
    text(
        "explained_at",
        "Where the figures that the row is made of are explained: addresses with a space between several.",
        empty="it is made of no other figure",
    ),
    ref("source", "sources", "The source of the fact.", empty=f"{OPERAND}, or a figure of its own"),
    text("source_title", "Who published the source, and what it is called.", empty="no source"),
    Column("source_link", Kind.LINK, "The address of the source.", empty="no source, or no address"),
)
