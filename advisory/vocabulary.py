"""The closed lists of advice: every word that a record or a result of it may use."""

from django.db.models import TextChoices


class ProviderKind(TextChoices):
    EIB_ADVISORY = "eib_advisory", "EIB Advisory"
    OTHER_PARTNER = "other_partner", "Another advisory partner"
    EXTERNAL_CONSULTANT = "external_consultant", "External consultant"


class TriageOutcome(TextChoices):
    """What was decided about a request (A1)."""

    ACCEPTED = "accepted", "Accepted"
    DEFERRED = "deferred", "Deferred"
    REDIRECTED = "redirected", "Redirected elsewhere"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn by who asked"


# These end a case; a later decision may take it up again.
CLOSING_OUTCOMES = frozenset({TriageOutcome.REDIRECTED, TriageOutcome.DECLINED, TriageOutcome.WITHDRAWN})


class EngagementKind(TextChoices):
    PROJECT_ADVISORY = "project_advisory", "Project advisory"
    CAPACITY_BUILDING = "capacity_building", "Capacity building"
    MARKET_DEVELOPMENT = "market_development", "Market development"


class Step(TextChoices):
    """How far a case has come, in order (A1). `closed` ends it at any point before `signed`."""

    RECEIVED = "received", "Received"
    ACCEPTED = "accepted", "Accepted"
    ENGAGEMENT_STARTED = "engagement_started", "Engagement started"
    READY = "ready", "Ready"
    UNDER_APPRAISAL = "under_appraisal", "Under appraisal"
    APPROVED = "approved", "Approved"
    SIGNED = "signed", "Signed"
    CLOSED = "closed", "Closed"


# `ready` follows from confidential assessments: no public figure of a single case depends on it (A1).
PUBLIC_STEPS = tuple(step for step in Step if step != Step.READY)


class ThresholdKey(TextChoices):
    """Numbers that decide about figures and alerts of advice; their values are records (A3, A7)."""

    RECEIVED = "received", "Days in “received”"
    ACCEPTED = "accepted", "Days in “accepted”"
    ENGAGEMENT_STARTED = "engagement_started", "Days in “engagement started”"
    READY = "ready", "Days in “ready”"
    UNDER_APPRAISAL = "under_appraisal", "Days in “under appraisal”"
    APPROVED = "approved", "Days in “approved”"
    DELIVERABLE_OVERDUE = "deliverable_overdue", "Days after a deliverable was due"
    ASSESSED_AT_LEAST = "assessed_at_least", "Assessed cases behind a public figure"


class FunnelReason(TextChoices):
    """Why a figure of advice is incomplete: the words under `incomplete`."""

    AMOUNT_UNKNOWN = "amount_unknown", "an amount was not disclosed"
    CRITERIA_UNKNOWN = "criteria_unknown", "a criterion was not assessed"
    NO_ASSESSMENT = "no_assessment", "there is no assessment"
    NO_EXCHANGE_RATE = "no_exchange_rate", "an exchange rate is missing"
    ONE_ASSESSMENT = "one_assessment", "there is only one assessment"
    SCALES_DIFFER = "scales_differ", "the assessments use different scales"
    WINDOW_OPEN_12 = "window_open_12", "twelve months have not passed"
    WINDOW_OPEN_24 = "window_open_24", "twenty-four months have not passed"
    WITHHELD = "withheld", "withheld: it would show a confidential assessment"


class Frequency(TextChoices):
    """How often somebody wants the digest."""

    NEVER = "never", "Never"
    DAILY = "daily", "Every working day"
    WEEKLY = "weekly", "Every Monday"


MOST_LEVEL = 4
