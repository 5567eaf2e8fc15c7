"""The closed lists of the portfolio: every word that a record or a result may use."""

from django.db.models import IntegerChoices, TextChoices


class ProjectKind(TextChoices):
    AI_FACTORY = "ai_factory", "AI factory"
    AI_GIGAFACTORY = "ai_gigafactory", "AI gigafactory"


class EnvelopeKind(TextChoices):
    BUDGET = "budget", "Budget"
    MOBILISATION_TARGET = "mobilisation_target", "Mobilisation target"


class FinancierKind(TextChoices):
    EU_BUDGET = "eu_budget", "EU budget"
    EIB_GROUP = "eib_group", "EIB Group"
    PARTICIPATING_STATE = "participating_state", "Participating state"
    OTHER_PUBLIC = "other_public", "Other public"
    PRIVATE = "private", "Private"


class Instrument(TextChoices):
    GRANT = "grant", "Grant"
    NATIONAL_CONTRIBUTION = "national_contribution", "National contribution"
    LOAN = "loan", "Loan"
    GUARANTEE = "guarantee", "Guarantee"
    EQUITY = "equity", "Equity"
    QUASI_EQUITY = "quasi_equity", "Quasi-equity"
    VENTURE_DEBT = "venture_debt", "Venture debt"
    COMMERCIAL_DEBT = "commercial_debt", "Commercial debt"
    IN_KIND = "in_kind", "In kind"


class EventKind(TextChoices):
    """What happens to a contribution, in the order of the ladder of rule 2 (disbursements stand apart)."""

    ANNOUNCED = "announced", "Announced"
    UNDER_APPRAISAL = "under_appraisal", "Under appraisal"
    APPROVED = "approved", "Approved"
    SIGNED = "signed", "Signed"
    DISBURSED = "disbursed", "Disbursed"
    CANCELLED = "cancelled", "Cancelled"


class Stage(TextChoices):
    """Stages of a project in the order of rule 0; the last two end a project at any point."""

    IDEA = "idea", "Idea"
    EXPRESSION_OF_INTEREST = "expression_of_interest", "Expression of interest"
    PROPOSAL = "proposal", "Proposal"
    SELECTED = "selected", "Selected"
    HOSTING_AGREEMENT = "hosting_agreement", "Hosting agreement"
    FINANCIAL_CLOSE = "financial_close", "Financial close"
    PROCUREMENT = "procurement", "Procurement"
    CONSTRUCTION = "construction", "Construction"
    OPERATIONAL = "operational", "Operational"
    NOT_SELECTED = "not_selected", "Not selected"
    WITHDRAWN = "withdrawn", "Withdrawn"


SELECTED_STAGES = frozenset(
    {
        Stage.SELECTED,
        Stage.HOSTING_AGREEMENT,
        Stage.FINANCIAL_CLOSE,
        Stage.PROCUREMENT,
        Stage.CONSTRUCTION,
        Stage.OPERATIONAL,
    }
)
ENDED_STAGES = frozenset({Stage.NOT_SELECTED, Stage.WITHDRAWN})


class DeploymentStatus(TextChoices):
    """Statuses of a chip deployment, from the first to the furthest (rule 9)."""

    PLANNED = "planned", "Planned"
    CONTRACTED = "contracted", "Contracted"
    INSTALLED = "installed", "Installed"
    OPERATIONAL = "operational", "Operational"


class Confidence(TextChoices):
    CONFIRMED = "confirmed", "Confirmed"
    REPORTED = "reported", "Reported"
    ESTIMATE = "estimate", "Estimate"


class Bound(TextChoices):
    EXACT = "exact", "Exact"
    ABOUT = "about", "About"
    AT_LEAST = "at_least", "At least"
    AT_MOST = "at_most", "At most"


class Reason(TextChoices):
    """Why a figure is incomplete: the words under `incomplete`."""

    AMOUNT_UNKNOWN = "amount_unknown", "an amount was not disclosed"
    CHIP_COUNT_UNKNOWN = "chip_count_unknown", "a number of chips was not published"
    CHIP_MODEL_UNKNOWN = "chip_model_unknown", "the chip model, or its published speed, is unknown"
    NO_COST_ESTIMATE = "no_cost_estimate", "no cost estimate has been published"
    NO_EXCHANGE_RATE = "no_exchange_rate", "an exchange rate is missing"


class FundingState(TextChoices):
    """Whether what is secured of a project reaches its need (rule 5)."""

    GAP = "gap", "Has a gap"
    FULLY_FUNDED = "fully_funded", "Fully funded"
    NEED_UNKNOWN = "need_unknown", "Need unknown"


class Verdict(TextChoices):
    """What the records make of a published figure."""

    AGREES = "agrees", "Agrees"
    BELOW = "below", "Below"
    ABOVE = "above", "Above"
    CANNOT_BE_TOLD = "cannot be told", "Cannot be told"


# These make a sum a lower bound (rule 1): something that belongs to it is worth something unknown.
LOWER_BOUNDS = (Reason.AMOUNT_UNKNOWN, Reason.NO_EXCHANGE_RATE)


class Trigger(TextChoices):
    """What made a recomputation run."""

    COMMAND = "command", "Command"
    EDIT = "edit", "Edit"
    NEW_DAY = "new_day", "New day"
    PAST_DATE = "past_date", "Past date"


class Outcome(TextChoices):
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"


class AlertKind(TextChoices):
    """What an alert is about."""

    ENVELOPE_OVER_ALLOCATED = "envelope_over_allocated", "Envelope over-allocated"
    EU_SHARE_ABOVE_MAXIMUM = "eu_share_above_maximum", "EU share of the need above the published maximum"
    STATE_SHARE_BELOW_EU_SHARE = "state_share_below_eu_share", "Participating state below the EU share"
    DISBURSED_ABOVE_SIGNED = "disbursed_above_signed", "Disbursed above signed"
    SIGNED_ABOVE_APPROVED = "signed_above_approved", "Signed above approved"
    SIGNED_AT_ENDED_PROJECT = "signed_at_ended_project", "Signed money at a project that ended"
    EIB_GROUP_SHARE = "eib_group_share", "EIB Group above its share of the need"
    EU_MONEY_ABOVE_MAXIMUM = "eu_money_above_maximum", "EU money above the published maximum"
    RATE_TOO_OLD = "rate_too_old", "Exchange rate older than its amount"
    COVERAGE_BELOW_EXPECTATION = "coverage_below_expectation", "Coverage below what its stage expects"
    PLACES_USED_UP = "places_used_up", "Gigafactory places used up"
    MILESTONE_OVERDUE = "milestone_overdue", "Milestone overdue"
    NEED_MISSING = "need_missing", "Need missing"
    RATE_MISSING = "rate_missing", "Exchange rate missing"
    CHIPS_UNKNOWN = "chips_unknown", "Chip count or model unknown"
    SOURCE_OUTDATED = "source_outdated", "Newest source outdated"
    FIGURE_CONTRADICTED = "figure_contradicted", "Published figure contradicted by a newer source"
    MOBILISATION_BEHIND = "mobilisation_behind", "Mobilisation behind its straight line"
    RECOMPUTE_FAILED = "recompute_failed", "Recomputation failed"
    RESULTS_UNVERIFIED = "results_unverified", "Results unverified"
    ADVICE_STALLED = "advice_stalled", "Request for advice stalled"
    DELIVERABLE_OVERDUE = "deliverable_overdue", "Deliverable of advice overdue"


class Severity(IntegerChoices):
    """How much an alert matters: the lower the number, the graver."""

    CRITICAL = 1, "Critical"
    WARNING = 2, "Warning"
    NOTICE = 3, "Notice"


class AlertSubject(TextChoices):
    """What kind of record an alert is about."""

    PORTFOLIO = "portfolio", "Portfolio"
    PROGRAMME = "programme", "Programme"
    ENVELOPE = "envelope", "Envelope"
    PROJECT = "project", "Project"
    CONTRIBUTION = "contribution", "Contribution"
    ADVICE = "advice", "Advice"


class FigureKey(TextChoices):
    """Published figures that rules read by their key."""

    GIGAFACTORY_LIMIT = "gigafactory_limit", "Gigafactories, at most"
    CHIPS_PER_GIGAFACTORY = "chips_per_gigafactory", "Chips in each gigafactory"
    CHIPS_VS_EXISTING = "chips_vs_existing", "Chips of a gigafactory over an existing AI factory"


class ChangeKind(TextChoices):
    """What a scenario may change of today's facts."""

    SIGN_CONTRIBUTION = "sign_contribution", "Sign a contribution"
    CANCEL_CONTRIBUTION = "cancel_contribution", "Cancel a contribution"
    ADD_CONTRIBUTION = "add_contribution", "Add a contribution"
    CHANGE_COST = "change_cost", "Change the cost of a project"
    DROP_PROJECT = "drop_project", "Drop a project"
    SET_STAGE = "set_stage", "Put a project at a stage"
    SET_FIGURE = "set_figure", "Set a published figure"
    SET_ENVELOPE_AMOUNT = "set_envelope_amount", "Set the amount of an envelope"
    ADD_CHIPS = "add_chips", "Add chips to a project"


class ImportStatus(TextChoices):
    """Where the import of a spreadsheet stands."""

    MAPPING = "mapping", "To be mapped"
    PREVIEWING = "previewing", "Preview being made"
    PREVIEWED = "previewed", "Previewed"
    APPLYING = "applying", "Being applied"
    PROPOSED = "proposed", "Waiting for a second person"
    APPLIED = "applied", "Applied"
    UNDONE = "undone", "Undone"


class DownloadState(TextChoices):
    """Where a download that is prepared stands."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    EXPIRED = "expired", "Expired"


class ReportSection(TextChoices):
    """What a board report may hold, in the order of its pages."""

    OVERVIEW = "overview", "Overview"
    ENVELOPES = "envelopes", "Envelopes and targets"
    PLACES = "places", "Gigafactory places and selected projects"
    GIGAFACTORIES = "gigafactories", "Each selected gigafactory"
    FLOWS = "flows", "Funding by kind of financier"
    CHIPS = "chips", "Chips against the claim"
    ALERTS = "alerts", "What needs attention"
    CHANGES = "changes", "What changed"
    FIGURES = "figures", "Published figures against the records"
    SOURCES = "sources", "Sources"


class RowOutcome(TextChoices):
    """What a row of a spreadsheet does to the records."""

    FAULTY = "faulty", "Faulty"
    NEW = "new", "New"
    CHANGED = "changed", "Changed"
    UNCHANGED = "unchanged", "Unchanged"
    LEFT_OUT = "left_out", "Left out"


REFERENCE_CHIP = "h100-sxm"

# Officially assigned codes of ISO 3166-1 alpha-2. EL and UK, which EU documents use, are read as GR and GB.
COUNTRY_CODES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - as a list of texts it would fill a page
)
COUNTRY_ALIASES = {"EL": "GR", "UK": "GB"}


class Door(TextChoices):
    """Which way a change of a record came."""

    ADMIN = "admin", "Form of the admin"
    SELECTED = "selected", "Selected records in the admin"
    IMPORT = "import", "Import of a spreadsheet"
    UNDO = "undo", "Import undone"
    RESTORED = "restored", "Version restored"
    PROPOSAL = "proposal", "Proposal approved"
    ADVICE = "advice", "Pages of advice"
    COMMAND = "command", "Command of the operator"


class ProposalStatus(TextChoices):
    """Where a proposed change stands."""

    OPEN = "open", "Waiting"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ProposedAction(TextChoices):
    """What a proposal would do to a record."""

    ADD = "add", "Add"
    CHANGE = "change", "Change"
    DELETE = "delete", "Delete"
    IMPORT = "import", "Apply an import"


class TokenScope(TextChoices):
    """What an API token may do, never more than its owner."""

    READ = "read", "Read"
    DOWNLOAD = "download", "Read and download"


class AccessChangeKind(TextChoices):
    """What changes who may do what."""

    ACCOUNT_ADDED = "account_added", "Account added"
    ACCOUNT_CHANGED = "account_changed", "Account changed"
    ACCOUNT_REMOVED = "account_removed", "Account removed"
    PASSWORD_CHANGED = "password_changed", "Password changed"
    ROLE_ADDED = "role_added", "Role added"
    ROLE_CHANGED = "role_changed", "Role changed"
    ROLE_REMOVED = "role_removed", "Role removed"
    TOKEN_MADE = "token_made", "API token made"
    TOKEN_REVOKED = "token_revoked", "API token revoked"
    SECOND_FACTOR_SET = "second_factor_set", "Second factor set up"
    SECOND_FACTOR_OFF = "second_factor_off", "Second factor switched off"
    SECOND_FACTOR_RESET = "second_factor_reset", "Second factor reset"
    RECOVERY_CODES_MADE = "recovery_codes_made", "New recovery codes"
    RECOVERY_CODE_USED = "recovery_code_used", "Recovery code used"
