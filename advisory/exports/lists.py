"""The lists of advice that the API gives away. Meetings, notes and assessments are in none of them.

What is added up over all cases is for everybody who may read; anything more needs the right to see advice.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.db import models
from django.db.models import QuerySet

from advisory import vocabulary
from advisory.exports.explanation_list import EXPLANATIONS
from advisory.jobs.bundle_files import FILE_BY_NAME
from advisory.models import AdvisoryCase, AdvisoryFunnel, AdvisoryOutcome, AdvisoryReadiness
from advisory.queries.access import SEES_ADVICE, SEES_ASSESSMENTS, sees_advice
from advisory.rules.explained import FUNNEL as FUNNEL_RULES
from advisory.rules.explained import OUTCOMES as OUTCOME_RULES
from advisory.rules.explained import ColumnRule
from advisory.rules.funnel import OVERALL
from portfolio.exports.lists.columns import Asked, By, Column, ListTable
from portfolio.exports.lists.kinds import Kind
from portfolio.exports.lists.shared_columns import (
    NONE,
    NOT_YET,
    UNKNOWN,
    day,
    flag,
    key,
    money,
    number,
    ratio,
    ref,
    text,
    whole,
    word,
)
from portfolio.jobs.bundles import dated

SOURCE = ref("source", "sources", "Where it was published.", of="source__key", empty="it was not published")
COUNTRY = key("country", "The country (ISO 3166-1 alpha-2).", empty=NONE, example="PL")
PROJECT = ref("project", "projects", "The project.", of="project__slug", empty="there is no project yet")
AS_OF = day("as_of", "The day that the row is of.", of="result_set__as_of")
REQUEST = ref("request", "advisory-requests", "The request.", of="request__key")
DAYS = "working days"
SCORE = "score, 0 to 4"


def _score(name: str, meaning: str, empty: str) -> Column:
    return Column(name, Kind.MONEY, meaning, unit=SCORE, rule="A5", empty=empty)


def _incomplete() -> Column:
    return Column(
        "incomplete",
        Kind.REASONS,
        "Why something in the row is missing or a lower bound.",
        empty="nothing is missing",
        choices=vocabulary.FunnelReason,
    )


def _facts(name: str, title: str, meaning: str, *columns: Column) -> ListTable:
    file = FILE_BY_NAME[name]

    def rows(asked: Asked) -> QuerySet[Any]:
        found = file.model._default_manager.order_by()
        return found if asked.day is None else found.filter(dated(file, asked.day))

    return ListTable(
        name=name.replace("_", "-"),
        title=title,
        meaning=meaning,
        columns=columns,
        key=file.key,
        order=tuple(By(column, ranked=False) for column in file.key),
        rows=rows,
        group="advice",
        permission=SEES_ADVICE,
    )


def _of_a_day(model: type[models.Model]) -> Callable[[Asked], QuerySet[Any]]:
    return lambda asked: model._default_manager.filter(result_set=asked.results).order_by()


FACTS = (
    _facts(
        "advisory_providers",
        "Advisory providers",
        "Organisations that give advice.",
        key("key", "The key of the provider."),
        text("name", "The name of the provider.", empty=""),
        word("kind", vocabulary.ProviderKind, "The kind of the provider."),
        COUNTRY,
        SOURCE,
    ),
    _facts(
        "advisers",
        "Advisers",
        "People who lead engagements.",
        key("key", "The key of the adviser."),
        text("name", "The name of the adviser.", empty=""),
        ref("provider", "advisory-providers", "The provider of the adviser.", of="provider__key"),
    ),
    _facts(
        "adviser_capacities",
        "Capacities of advisers",
        "How many working days a month an adviser has for advice, since a day.",
        ref("adviser", "advisers", "The adviser.", of="adviser__key"),
        day("since", "The first day on which it holds."),
        number("days_per_month", "Days a month.", DAYS, rule="A8"),
    ),
    _facts(
        "advisory_requests",
        "Requests for advice",
        "Who asked for advice, for which project, and what for.",
        key("key", "The key of the request."),
        PROJECT,
        text("requester", "Who asks.", empty=""),
        COUNTRY,
        text("need", "What is asked for.", empty=""),
        day("received_on", "The day on which it was received."),
        SOURCE,
    ),
    _facts(
        "advisory_triages",
        "Decisions about requests",
        "What was decided about each request; the newest decision holds.",
        REQUEST,
        day("decided_on", "The day of the decision."),
        word("outcome", vocabulary.TriageOutcome, "What was decided.", rule="A1"),
        text("reason", "Why."),
        number("estimated_days", "How long the advice will take.", DAYS, empty=UNKNOWN),
        SOURCE,
    ),
    _facts(
        "advisory_engagements",
        "Engagements",
        "Advice that is given, or is to be given.",
        key("key", "The key of the engagement."),
        REQUEST,
        ref("provider", "advisory-providers", "Who advises.", of="provider__key"),
        word("kind", vocabulary.EngagementKind, "The kind of advice."),
        text("scope", "What it is about.", empty=""),
        ref("lead", "advisers", "Who leads it.", of="lead__key", empty=NONE),
        number("budget_days", "Its budget in days.", DAYS, empty=UNKNOWN),
        money("budget_eur", "Its budget in euro.", empty=UNKNOWN),
        day("starts_on", "The day on which it starts.", empty="not agreed yet"),
        day("ends_on", "The day on which it is planned to end, or ended.", empty=UNKNOWN),
        SOURCE,
    ),
    _facts(
        "advisory_work_packages",
        "Work packages",
        "The parts of engagements.",
        key("key", "The key of the work package."),
        ref("engagement", "advisory-engagements", "The engagement.", of="engagement__key"),
        text("title", "What is to be done.", empty=""),
        number("budget_days", "How long it takes.", DAYS, empty=UNKNOWN),
        day("due_on", "The day by which it is due.", empty=NONE),
        day("done_on", "The day on which it was done.", empty=NOT_YET),
    ),
    _facts(
        "advisory_deliverables",
        "Deliverables",
        "What work packages hand over.",
        key("key", "The key of the deliverable."),
        ref("work_package", "advisory-work-packages", "The work package.", of="work_package__key"),
        text("title", "What is handed over.", empty=""),
        day("due_on", "The day by which it is due.", empty=NONE, rule="A9"),
        day("done_on", "The day on which it was handed over.", empty=NOT_YET),
        Column("document", Kind.LINK, "The address of the document.", empty=NONE),
    ),
    _facts(
        "readiness_scales",
        "Scales of readiness",
        "Versions of the criteria by which readiness is assessed.",
        key("key", "The key of the scale."),
        text("name", "The name of the scale.", empty=""),
        day("in_use_from", "The day from which it is used."),
        number("ready_at", "The score from which on a project is ready.", SCORE, rule="A5"),
        SOURCE,
    ),
    _facts(
        "readiness_criteria",
        "Criteria of readiness",
        "What each scale looks at, and how much that weighs.",
        key("key", "The key of the criterion."),
        ref("scale", "readiness-scales", "The scale.", of="scale__key"),
        key("area", "The area, the same in all scales."),
        text("name", "The name of the criterion.", empty=""),
        number("weight", "Its weight.", "weight", rule="A4"),
        text("question", "What is asked."),
    ),
)


def _stated(said: Mapping[str, ColumnRule], *columns: Column) -> tuple[Column, ...]:
    """Return columns with what the rules say of each."""
    return tuple(
        replace(column, statement=said[column.name].statement) if column.name in said else column
        for column in columns
    )


def _reached(step: vocabulary.Step) -> Column:
    return day(f"{step}_on", f"Since when: {str(step.label).lower()}.", empty="not reached", rule="A1")


def _days_to(step: vocabulary.Step, empty: str = "no case has both days") -> Column:
    return ratio(
        f"median_days_to_{step}",
        f"Median days from the newest earlier step to “{str(step.label).lower()}”; one decimal.",
        "days",
        rule="A2",
        empty=empty,
    )


def _funnel(asked: Asked) -> QuerySet[Any]:
    """Return the rows of the funnel: of all cases together, and of projects for who may see advice."""
    rows = AdvisoryFunnel.objects.filter(result_set=asked.results).order_by()
    return rows if asked.seen >= EVERY_SCOPE else rows.filter(scope=OVERALL)


Step = vocabulary.Step
EVERY_SCOPE = frozenset({"every scope"})
WITHHELD = "withheld, since it would show a confidential assessment; or not known"
NO_WINDOW = "no project of the row has an engagement"

CASES = ListTable(
    name="advisory-cases",
    title="Cases of advice",
    meaning="How far each request has come. What follows from a single assessment is left out of account.",
    columns=(
        REQUEST,
        PROJECT,
        word("step", vocabulary.Step, "The furthest step that it has reached.", rule="A1", ranked=True),
        day("step_since", "Since when it stands there.", rule="A1"),
        whole("days_in_step", "How many days it has stood there.", "days", rule="A3"),
        flag("stalled", "Whether that is longer than the threshold of the step.", rule="A3"),
        day("received_on", "The day on which it was received.", rule="A1"),
        _reached(Step.ACCEPTED),
        _reached(Step.ENGAGEMENT_STARTED),
        _reached(Step.UNDER_APPRAISAL),
        _reached(Step.APPROVED),
        _reached(Step.SIGNED),
        _reached(Step.CLOSED),
        AS_OF,
    ),
    key=("request",),
    order=(By("request"),),
    rows=_of_a_day(AdvisoryCase),
    of_results=True,
    group="advice",
    permission=SEES_ADVICE,
)
FUNNEL = ListTable(
    name="advisory-funnel",
    title="Funnel of advice",
    meaning="How many cases reached each step, how long it took, and what was signed: overall; by project for"
    " who may see advice.",
    columns=_stated(
        FUNNEL_RULES,
        key("scope", "overall, without-project, or project. and its slug.", example="overall"),
        ref("project", "projects", "The project.", of="project__slug", empty="the row is of no one project"),
        whole("requests", "Cases.", "cases", rule="A1"),
        whole("accepted", "Cases that were accepted.", "cases", rule="A1"),
        whole("engagement_started", "Cases with an engagement that has started.", "cases", rule="A1"),
        whole("ready", "Cases that are ready.", "cases", rule="A5", empty=WITHHELD),
        whole("under_appraisal", "Cases under appraisal, or further.", "cases", rule="A1"),
        whole("approved", "Cases approved, or further.", "cases", rule="A1"),
        whole("signed", "Cases signed.", "cases", rule="A1"),
        whole("closed", "Cases that were closed.", "cases", rule="A1"),
        whole("stalled", "Cases that have stalled.", "cases", rule="A3"),
        _days_to(Step.ACCEPTED),
        _days_to(Step.ENGAGEMENT_STARTED),
        _days_to(Step.READY, WITHHELD),
        _days_to(Step.UNDER_APPRAISAL),
        _days_to(Step.APPROVED),
        _days_to(Step.SIGNED),
        _score("median_readiness_gain", "The median of what engagements gained in readiness.", WITHHELD),
        money("signed_within_12_months_eur", "Signed in the first 12 months.", rule="A6", empty=NO_WINDOW),
        money("signed_within_24_months_eur", "Signed in the first 24 months.", rule="A6", empty=NO_WINDOW),
        AS_OF,
        _incomplete(),
    ),
    key=("scope",),
    order=(By("scope"),),
    rows=_funnel,
    sees=lambda person: EVERY_SCOPE if sees_advice(person) else frozenset(),
    of_results=True,
    group="advice",
)
OUTCOMES = ListTable(
    name="advisory-outcomes",
    title="Signed after advice, and without",
    meaning="Projects with advice beside those without, 12 and 24 months on: no proof of a cause.",
    columns=_stated(
        OUTCOME_RULES,
        key("group", "advised or not_advised, and the months.", example="advised_12"),
        whole("months", "How long the window is.", "months", rule="A6"),
        whole("projects", "Projects whose window is over.", "projects", rule="A6"),
        whole(
            "windows_open",
            "Projects whose window is open; they count in nothing else.",
            "projects",
            rule="A6",
        ),
        whole("projects_signed", "Projects with a signature in the window.", "projects", rule="A6"),
        ratio("share_signed", "Those over projects.", rule="A6", empty="no window is over"),
        money("signed_eur", "What was signed in the windows.", rule="A6"),
        money("signed_per_project_eur", "That over projects.", rule="A6", empty="no window is over"),
        AS_OF,
        _incomplete(),
    ),
    key=("group",),
    order=(By("group"),),
    rows=_of_a_day(AdvisoryOutcome),
    of_results=True,
    group="advice",
)
READINESS = ListTable(
    name="advisory-readiness",
    title="Readiness gains",
    meaning="What each engagement gained in readiness. Confidential: for those who may see assessments.",
    columns=(
        ref("engagement", "advisory-engagements", "The engagement.", of="engagement__key"),
        PROJECT,
        day("first_on", "The day of the first assessment.", empty="there is none"),
        _score("first_lower", "Its score, at least.", "there is none"),
        _score("first_upper", "Its score, at most.", "there is none"),
        day("last_on", "The day of the newest assessment.", empty="there is no other"),
        _score("last_lower", "Its score, at least.", "there is no other"),
        _score("last_upper", "Its score, at most.", "there is no other"),
        _score("gain", "What was gained.", "incomplete says why"),
        _score("gain_lower", "What was gained, at least.", "incomplete says why"),
        _score("gain_upper", "What was gained, at most.", "incomplete says why"),
        AS_OF,
        _incomplete(),
    ),
    key=("engagement",),
    order=(By("engagement"),),
    rows=_of_a_day(AdvisoryReadiness),
    of_results=True,
    group="advice",
    permission=SEES_ASSESSMENTS,
)
LISTS = (*FACTS, CASES, FUNNEL, OUTCOMES, READINESS, EXPLANATIONS)
