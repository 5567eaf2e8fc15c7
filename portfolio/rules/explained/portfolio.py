"""`portfolio_summary`, metric by metric (rules 10 to 12)."""

from portfolio.rules.explained.parts import (
    COUNTED_PLACES,
    RATIO_PLACES,
    copied,
    figure,
    made_of,
    metric,
    total_of,
)
from portfolio.rules.explanations import Aggregate, ColumnRule, Formula, Operand, Role, Terms, TermsOf, Unit
from portfolio.vocabulary import FigureKey

RUNNING, SELECTED = "running", "selected"
CLAIMED = figure(FigureKey.CHIPS_PER_GIGAFACTORY, "Published number of chips in a gigafactory")
LIMIT = figure(FigureKey.GIGAFACTORY_LIMIT, "Published limit of gigafactories")
WHO = {
    RUNNING: "projects that have not ended (one without a stage counts)",
    SELECTED: "selected projects: those at a stage from selected to operational",
}
BASELINE = (
    "The existing baseline is every selected AI factory with chips installed or operational, each with that"
    " number."
)


def _projects(name: str, title: str, column: str, who: str, need: str = "") -> Terms:
    """Return terms that are one cell of each project; with `need`, of those with or without one."""
    unit = Unit.EURO if column.endswith("_eur") else Unit.NUMBER
    return Terms(name, title, TermsOf.PROJECTS, (), (column, who, need), unit=unit)


LABELS = {
    RUNNING: ("Need", "Secured", "Coverage"),
    SELECTED: ("Need, selected projects", "Secured, selected projects", "Coverage, selected projects"),
}


def _count(label: str, what: str, kind: str) -> ColumnRule:
    choice = ("stage", SELECTED, "")
    terms = Terms("projects", f"Selected {what}", TermsOf.PROJECTS, (), choice, unit=Unit.NUMBER, kind=kind)
    return made_of(label, (11, 12), f"The number of {what} at a stage from selected to operational.", terms)


def _funding(who: str) -> dict[str, ColumnRule]:
    suffix, labels = ("", LABELS[RUNNING]) if who == RUNNING else ("_selected", LABELS[SELECTED])
    secured = _projects("secured", "Secured, of projects with a need", "secured_eur", who, "with")
    need = _projects("need", "Need", "need_eur", who, "with")
    return {
        f"need{suffix}_eur": made_of(
            labels[0],
            (12,),
            f"The needs of {WHO[who]}. A project without a need adds nothing.",
            _projects("projects", "Needs", "need_eur", who),
        ),
        f"secured{suffix}_eur": made_of(
            labels[1],
            (12,),
            f"What is secured at {WHO[who]}; projects without a need count too.",
            _projects("projects", "Secured", "secured_eur", who),
        ),
        f"coverage{suffix}": ColumnRule(
            labels[2],
            (12,),
            f"What is secured over the need, both added up over {WHO[who]}; only over those with a need.",
            Unit.RATIO,
            Formula((total_of(Role.PLUS, secured), total_of(Role.OVER, need)), RATIO_PLACES),
            (secured, need),
        ),
    }


def _baseline(name: str, aggregate: Aggregate = Aggregate.SUM, choice: str = "chips") -> Terms:
    title = "Existing AI factories"
    return Terms(name, title, TermsOf.FACTORIES, (), (choice,), aggregate, Unit.NUMBER)


def _claimed_over(label: str, statement: str, *divisor: Operand) -> ColumnRule:
    return ColumnRule(
        label,
        (12,),
        statement,
        Unit.RATIO,
        Formula((total_of(Role.PLUS, CLAIMED), *divisor), COUNTED_PLACES),
        (CLAIMED,),
    )


TOTAL = metric(Role.OVER, "existing_chips_total", "Chips of existing AI factories")
FACTORIES = metric(Role.UNDER, "existing_chips_known_factories", "Existing AI factories")
_running, _selected = _funding(RUNNING), _funding(SELECTED)

PORTFOLIO_SUMMARY: dict[str, ColumnRule] = {
    "ai_factories_selected": _count("AI factories selected", "AI factories", "ai_factory"),
    "gigafactories_selected": _count("Gigafactories selected", "AI gigafactories", "ai_gigafactory"),
    "gigafactory_slots_free": ColumnRule(
        "Gigafactory places free",
        (11, 12),
        "The published limit less the selected gigafactories; unknown without the figure.",
        Unit.NUMBER,
        Formula(
            (
                total_of(Role.PLUS, LIMIT),
                metric(Role.MINUS, "gigafactories_selected", "Gigafactories selected"),
            )
        ),
        (LIMIT,),
    ),
    "need_eur": _running["need_eur"],
    "secured_eur": _running["secured_eur"],
    "coverage": _running["coverage"],
    "projects_without_need": made_of(
        "Projects without a need",
        (12,),
        f"How many of {WHO[RUNNING]} have no known need.",
        Terms(
            "projects",
            "Projects without a need",
            TermsOf.PROJECTS,
            (),
            ("need_eur", RUNNING, "without"),
            unit=Unit.NUMBER,
        ),
    ),
    "need_selected_eur": _selected["need_selected_eur"],
    "secured_selected_eur": _selected["secured_selected_eur"],
    "coverage_selected": _selected["coverage_selected"],
    "existing_chips_known_factories": made_of(
        "Existing AI factories",
        (10, 12),
        f"How many AI factories are in the existing baseline. {BASELINE}",
        _baseline("factories", choice="one"),
    ),
    "existing_chips_total": made_of(
        "Chips of existing AI factories",
        (10, 12),
        f"The chips of the existing baseline, added up. {BASELINE}",
        _baseline("factories"),
    ),
    "existing_chips_mean": ColumnRule(
        "Mean of existing AI factories",
        (10, 12),
        f"The chips of the existing baseline over the number of its AI factories. {BASELINE}",
        Unit.NUMBER,
        Formula(
            (
                metric(Role.PLUS, "existing_chips_total", "Chips of existing AI factories"),
                metric(Role.OVER, "existing_chips_known_factories", "Existing AI factories"),
            ),
            2,
        ),
        (
            Terms(
                "factories",
                "Existing AI factories",
                TermsOf.FACTORIES,
                ("existing_chips_total",),
                ("chips",),
                unit=Unit.NUMBER,
            ),
        ),
    ),
    "existing_chips_median": made_of(
        "Median of existing AI factories",
        (10, 12),
        f"The middle one of the existing baseline by chips, or the mean of the middle two. {BASELINE}",
        _baseline("factories", Aggregate.MEDIAN),
    ),
    "existing_chips_max": made_of(
        "Largest existing AI factory",
        (10, 12),
        f"The chips of the largest AI factory of the existing baseline. {BASELINE}",
        _baseline("factories", Aggregate.LARGEST),
    ),
    "gigafactory_chips_total": made_of(
        "Chips of selected gigafactories",
        (12,),
        "The chips of selected gigafactories, whatever their status. An unknown number adds nothing.",
        Terms(
            "gigafactories",
            "Selected gigafactories",
            TermsOf.GIGAFACTORIES,
            unit=Unit.NUMBER,
        ),
    ),
    "claimed_over_existing_mean": _claimed_over(
        "Claimed, over the existing mean",
        "The published number of chips in a gigafactory over the mean of the existing baseline.",
        TOTAL,
        FACTORIES,
    ),
    "claimed_over_existing_median": _claimed_over(
        "Claimed, over the existing median",
        "The published number of chips in a gigafactory over the median of the existing baseline.",
        metric(Role.OVER, "existing_chips_median", "Median of existing AI factories"),
    ),
    "claimed_over_existing_max": _claimed_over(
        "Claimed, over the existing largest",
        "The published number of chips in a gigafactory over the largest of the existing baseline.",
        metric(Role.OVER, "existing_chips_max", "Largest existing AI factory"),
    ),
}

METRIC = copied(
    "Metric", (12,), "The name of the metric; the table has a row for each.", TermsOf.METRIC, "metric"
)
