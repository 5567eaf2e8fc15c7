"""`chip_comparison`, column by column (rules 9 and 10)."""

from portfolio.rules.explained.parts import (
    AS_OF,
    COUNTED_PLACES,
    PROJECT,
    RATIO_PLACES,
    STAGE,
    cell,
    copied,
    figure,
    made_of,
    metric,
    total_of,
)
from portfolio.rules.explanations import Aggregate, ColumnRule, Formula, Operand, Role, Terms, TermsOf, Unit
from portfolio.vocabulary import DeploymentStatus, FigureKey

ALL = tuple(status.value for status in DeploymentStatus)
DEPLOYED = Terms(
    "deployments",
    "Deployments",
    TermsOf.DEPLOYMENTS,
    ("chips",),
    ALL,
    Aggregate.KNOWN_SUM,
    Unit.NUMBER,
)
WEIGHED = Terms(
    "weighed",
    "Chips times speed",
    TermsOf.DEPLOYMENTS,
    (),
    ALL,
    Aggregate.WHOLE_SUM,
    Unit.TFLOPS,
    kind="weighed",
)
REFERENCE = Terms(
    "reference",
    "Speed of the reference chip",
    TermsOf.REFERENCE_CHIP,
    (),
    (),
    Aggregate.SAME,
    Unit.TFLOPS,
)
CLAIMED = figure(FigureKey.CHIPS_PER_GIGAFACTORY, "Published number of chips in a gigafactory")
VERSUS = figure(FigureKey.CHIPS_VS_EXISTING, "Published “times an existing AI factory”")
CHIPS = cell(Role.PLUS, "chips", "Chips", Unit.NUMBER)


def _status(status: DeploymentStatus) -> ColumnRule:
    words = str(status.label).lower()
    return made_of(
        f"Chips {words}",
        (9,),
        f"The chips of the project's deployments whose furthest status is {words}. A deployment has the"
        " furthest status whose date has come, and none once it is retired. One without a number adds"
        " nothing.",
        Terms(
            status.value, f"Deployments {words}", TermsOf.DEPLOYMENTS, (), (status.value,), unit=Unit.NUMBER
        ),
    )


def _over_baseline(label: str, statement: str, *divisor: Operand) -> ColumnRule:
    return ColumnRule(
        label,
        (10,),
        statement,
        Unit.RATIO,
        Formula((CHIPS, *divisor), COUNTED_PLACES),
        (DEPLOYED,),
    )


CHIP_COMPARISON: dict[str, ColumnRule] = {
    "project": PROJECT,
    "as_of": AS_OF,
    "kind": copied(
        "Kind",
        (9,),
        "Whether the project is an AI factory or an AI gigafactory, as recorded.",
        TermsOf.PROJECT,
        "kind",
    ),
    "stage": STAGE,
    "chips": made_of(
        "Chips",
        (9,),
        "The chips of all the project's deployments that exist, whatever their status. One without a number"
        " adds nothing; without any known number the sum is unknown. One package is one chip.",
        Terms("deployments", "Deployments", TermsOf.DEPLOYMENTS, (), ALL, Aggregate.KNOWN_SUM, Unit.NUMBER),
    ),
    **{f"{status}_chips": _status(status) for status in DeploymentStatus},
    "h100_equivalents": ColumnRule(
        "H100 equivalents",
        (9,),
        "Chips times the published dense BF16 speed of their model, over that of an H100 SXM. One unknown"
        " speed leaves it unknown.",
        Unit.RATIO,
        Formula((total_of(Role.PLUS, WEIGHED), total_of(Role.OVER, REFERENCE)), 1),
        (WEIGHED, REFERENCE),
    ),
    "target_attainment": ColumnRule(
        "Of the claim",
        (10,),
        "The project's chips over the published number of chips in a gigafactory.",
        Unit.RATIO,
        Formula((CHIPS, total_of(Role.OVER, CLAIMED)), RATIO_PLACES),
        (DEPLOYED, CLAIMED),
    ),
    "ratio_to_existing_mean": _over_baseline(
        "Over the existing mean",
        "The project's chips over the mean of the existing baseline: the chips installed or operational of"
        " selected AI factories over their number, unrounded.",
        metric(Role.OVER, "existing_chips_total", "Chips of existing AI factories"),
        metric(Role.UNDER, "existing_chips_known_factories", "Existing AI factories"),
    ),
    "ratio_to_existing_median": _over_baseline(
        "Over the existing median",
        "The project's chips over the median of the existing baseline.",
        metric(Role.OVER, "existing_chips_median", "Median of existing AI factories"),
    ),
    "ratio_to_existing_max": _over_baseline(
        "Over the existing largest",
        "The project's chips over those of the largest AI factory of the existing baseline.",
        metric(Role.OVER, "existing_chips_max", "Largest existing AI factory"),
    ),
    "ratio_to_implied": ColumnRule(
        "Over the implied existing",
        (10,),
        "The project's chips over the size of an existing AI factory that the published claim implies: its"
        " number of chips over its “times an existing factory”.",
        Unit.RATIO,
        Formula((CHIPS, total_of(Role.OVER, CLAIMED), total_of(Role.UNDER, VERSUS)), COUNTED_PLACES),
        (DEPLOYED, CLAIMED, VERSUS),
    ),
    "incomplete": made_of(
        "Incomplete",
        (9,),
        "Why something is missing from the row: a deployment without a number, no known number at all, or"
        " a counted deployment whose model, or its speed, is unknown. Empty: nothing is missing.",
        Terms(
            "lacking",
            "Facts that lack something",
            TermsOf.LACKING,
            (),
            ("chips",),
            Aggregate.REASONS,
            Unit.REASONS,
        ),
    ),
}
