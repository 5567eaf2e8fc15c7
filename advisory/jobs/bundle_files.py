"""The files of advice in the portfolio bundle."""

from dataclasses import replace
from decimal import Decimal

from advisory import models, vocabulary
from advisory.queries.access import SEES_ADVICE
from portfolio.jobs import cells
from portfolio.jobs.bundle_format import Column as BundleColumn
from portfolio.jobs.bundle_format import File, Row, day, key, money, number, ref, text, word
from portfolio.jobs.cells import CellFault, shown
from portfolio.models.fields import plain

SOURCE = ref("source", "sources", required=False)
COUNTRY = BundleColumn("country", cells.country)
RECEIVED = "received_on"
LONGEST_ACCOUNT = 150
LEVELS = {str(level): level for level in range(vocabulary.MOST_LEVEL + 1)}
MOST_DAYS = Decimal(100_000)


def _days(cell: str) -> str:
    accepted = f"a number of working days from 0 to {MOST_DAYS}, with a decimal point"
    value = cells.exact_decimal(cell)
    if not 0 <= Decimal(value) <= MOST_DAYS:
        raise CellFault(f"{shown(cell)} is out of range", accepted)
    return value


def _ready_at(cell: str) -> str:
    value = cells.exact_decimal(cell)
    if not 0 <= Decimal(value) <= vocabulary.MOST_LEVEL:
        raise CellFault(f"{shown(cell)} is out of range", f"a score from 0 to {vocabulary.MOST_LEVEL}")
    return value


def _weight(cell: str) -> int:
    accepted = "a number above 0, at most 6 decimals"
    try:
        return cells.rate(cell)
    except CellFault as fault:
        raise CellFault(fault.wrong.replace("a rate of", "a weight of"), accepted) from None


def _level(cell: str) -> int:
    if cell not in LEVELS:
        raise CellFault(f"{shown(cell)} is not a level", "0, 1, 2, 3 or 4, or an empty cell where unknown")
    return LEVELS[cell]


def _account(cell: str) -> str:
    if len(cell) > LONGEST_ACCOUNT:
        raise CellFault(f"{shown(cell)} is too long", f"at most {LONGEST_ACCOUNT} characters")
    return cell


def _check_engagement(row: Row) -> list[tuple[str, str, str]]:
    starts_on, ends_on = row["starts_on"], row["ends_on"]
    if ends_on and not starts_on:
        return [("starts_on", "empty, but the engagement has an end", "the day on which it starts")]
    if ends_on and ends_on < starts_on:
        return [("ends_on", f"{ends_on} is before starts_on, {starts_on}", "that day or a later one")]
    return []


def _told(column: BundleColumn, meaning: str) -> BundleColumn:
    """Return a column that no list of the API has, with what it means."""
    return replace(column, meaning=meaning)


def _days_column(name: str, *, required: bool = False) -> BundleColumn:
    return number(name, _days, required=required)


_FILES: tuple[File, ...] = (
    File(
        "advisory_providers",
        models.AdvisoryProvider,
        ("key",),
        (key("key"), text("name", required=True), word("kind", vocabulary.ProviderKind), COUNTRY, SOURCE),
        optional=True,
    ),
    File(
        "advisers",
        models.Adviser,
        ("key",),
        (
            key("key"),
            text("name", required=True),
            ref("provider", "advisory_providers"),
            _told(BundleColumn("account", _account), "The user name that the adviser signs in with."),
        ),
        optional=True,
    ),
    File(
        "adviser_capacities",
        models.AdviserCapacity,
        ("adviser", "since"),
        (
            ref("adviser", "advisers"),
            day("since", required=True),
            _days_column("days_per_month", required=True),
        ),
        owner="adviser",
        optional=True,
        dated_by=("since",),
    ),
    File(
        "advisory_requests",
        models.AdvisoryRequest,
        ("key",),
        (
            key("key"),
            ref("project", "projects", required=False),
            text("requester", required=True),
            COUNTRY,
            text("need", required=True),
            day("received_on", required=True),
            SOURCE,
        ),
        optional=True,
        dated_by=(RECEIVED,),
    ),
    File(
        "advisory_triages",
        models.AdvisoryTriage,
        ("request", "decided_on"),
        (
            ref("request", "advisory_requests"),
            day("decided_on", required=True),
            word("outcome", vocabulary.TriageOutcome),
            text("reason"),
            _days_column("estimated_days"),
            SOURCE,
        ),
        owner="request",
        optional=True,
        dated_by=("decided_on",),
        within=(f"request__{RECEIVED}",),
    ),
    File(
        "advisory_engagements",
        models.AdvisoryEngagement,
        ("key",),
        (
            key("key"),
            ref("request", "advisory_requests"),
            ref("provider", "advisory_providers"),
            word("kind", vocabulary.EngagementKind),
            text("scope", required=True),
            ref("lead", "advisers", required=False),
            _days_column("budget_days"),
            money("budget_eur"),
            day("starts_on"),
            day("ends_on"),
            SOURCE,
        ),
        check=_check_engagement,
        optional=True,
        within=(f"request__{RECEIVED}",),
    ),
    File(
        "advisory_work_packages",
        models.AdvisoryWorkPackage,
        ("key",),
        (
            key("key"),
            ref("engagement", "advisory_engagements"),
            text("title", required=True),
            _days_column("budget_days"),
            day("due_on"),
            day("done_on"),
        ),
        optional=True,
        within=(f"engagement__request__{RECEIVED}",),
    ),
    File(
        "advisory_deliverables",
        models.AdvisoryDeliverable,
        ("key",),
        (
            key("key"),
            ref("work_package", "advisory_work_packages"),
            text("title", required=True),
            day("due_on"),
            day("done_on"),
            text("document"),
        ),
        optional=True,
        within=(f"work_package__engagement__request__{RECEIVED}",),
    ),
    File(
        "advisory_meetings",
        models.AdvisoryMeeting,
        ("key",),
        (
            _told(key("key"), "The key of the meeting."),
            _told(ref("request", "advisory_requests"), "The request that it was about."),
            _told(day("held_on", required=True), "The day on which it was held."),
            _told(text("subject", required=True), "What it was about."),
            _told(text("participants"), "Who took part."),
        ),
        optional=True,
        confidential=True,
        dated_by=("held_on",),
        within=(f"request__{RECEIVED}",),
    ),
    File(
        "advisory_notes",
        models.AdvisoryNote,
        ("key",),
        (
            _told(key("key"), "The key of the note."),
            _told(ref("request", "advisory_requests"), "The request that it is about."),
            _told(ref("meeting", "advisory_meetings", required=False), "The meeting that it was taken at."),
            _told(day("written_on", required=True), "The day on which it was written."),
            _told(text("author", required=True), "Who wrote it."),
            _told(text("text", required=True), "What it says."),
        ),
        optional=True,
        confidential=True,
        dated_by=("written_on",),
        within=(f"request__{RECEIVED}", "meeting__held_on", f"meeting__request__{RECEIVED}"),
    ),
    File(
        "readiness_scales",
        models.ReadinessScale,
        ("key",),
        (
            key("key"),
            text("name", required=True),
            day("in_use_from", required=True),
            number("ready_at", _ready_at, required=True),
            SOURCE,
        ),
        optional=True,
    ),
    File(
        "readiness_criteria",
        models.ReadinessCriterion,
        ("key",),
        (
            key("key"),
            ref("scale", "readiness_scales"),
            key("area"),
            text("name", required=True),
            BundleColumn("weight", _weight, required=True, write=plain),
            text("question"),
        ),
        optional=True,
    ),
    File(
        "readiness_assessments",
        models.ReadinessAssessment,
        ("key",),
        (
            _told(key("key"), "The key of the assessment."),
            _told(ref("request", "advisory_requests"), "The request that was assessed."),
            _told(
                ref("engagement", "advisory_engagements", required=False),
                "The engagement that it is part of.",
            ),
            _told(ref("scale", "readiness_scales"), "The scale whose criteria it uses."),
            _told(day("assessed_on", required=True), "The day of the assessment."),
            _told(text("assessor", required=True), "Who assessed."),
        ),
        optional=True,
        confidential=True,
        dated_by=("assessed_on",),
        within=(f"request__{RECEIVED}", f"engagement__request__{RECEIVED}"),
    ),
    File(
        "readiness_scores",
        models.ReadinessScore,
        ("assessment", "criterion"),
        (
            _told(ref("assessment", "readiness_assessments"), "The assessment."),
            _told(ref("criterion", "readiness_criteria"), "The criterion."),
            replace(
                BundleColumn("level", _level),
                meaning="The level that was found; empty where it is unknown, which is not 0.",
                unit="level, 0 to 4",
            ),
            _told(text("evidence"), "What shows it."),
            _told(text("document"), "The address of a document that shows it."),
            _told(SOURCE, "The source of the level."),
        ),
        owner="assessment",
        optional=True,
        confidential=True,
        dated_by=("assessment__assessed_on",),
        within=(f"assessment__request__{RECEIVED}", f"assessment__engagement__request__{RECEIVED}"),
    ),
)
FILES = tuple(replace(file, permission=SEES_ADVICE) for file in _FILES)
FILE_BY_NAME = {file.name: file for file in FILES}
