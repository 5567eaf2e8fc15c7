"""`project_coverage`: how far a project is funded, by whom and how firmly (rules 3 to 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portfolio.rules.money import ZERO, quotients
from portfolio.vocabulary import ENDED_STAGES, SELECTED_STAGES, Reason

RATIO_PLACES = 6


def is_selected(stage: str) -> bool:
    """Whether a project at this stage counts as selected (rule 0)."""
    return stage in SELECTED_STAGES


def is_ended(stage: str) -> bool:
    """Whether a project at this stage has ended: not selected, or withdrawn (rule 0)."""
    return stage in ENDED_STAGES


def join_reasons(reasons: set[str]) -> str:
    """Return reasons as the tables write them: sorted, with semicolons between."""
    return ";".join(sorted(str(reason) for reason in reasons))


@dataclass(frozen=True, slots=True)
class Need:
    """The need of a project in euro (rule 4); without an amount, the reason why it is unknown."""

    amount_eur: Decimal | None
    reason: str | None = None


NO_ESTIMATE = Need(None, Reason.NO_COST_ESTIMATE)


# Not frozen, as other rows of tables of all projects: one by one, that would take ten times as long to make.
@dataclass(slots=True)
class ProjectFunding:
    """Euro sums over a project's contributions as of a day, guarantees only in `guaranteed_eur` (rule 3)."""

    announced_eur: Decimal = ZERO
    under_appraisal_eur: Decimal = ZERO
    approved_eur: Decimal = ZERO
    signed_eur: Decimal = ZERO
    disbursed_eur: Decimal = ZERO
    guaranteed_eur: Decimal = ZERO
    signed_eu_budget_eur: Decimal = ZERO
    signed_eib_group_eur: Decimal = ZERO
    signed_participating_state_eur: Decimal = ZERO
    signed_other_public_eur: Decimal = ZERO
    signed_private_eur: Decimal = ZERO
    signed_in_envelopes_eur: Decimal = ZERO
    amount_unknown: int = 0
    no_exchange_rate: int = 0


NO_FUNDING = ProjectFunding()


@dataclass(slots=True)
class ProjectCoverage:
    """One row of the table, in the order of its columns. None is unknown; ratios have six decimals."""

    project: str
    as_of: date
    stage: str
    need_eur: Decimal | None
    announced_eur: Decimal
    under_appraisal_eur: Decimal
    approved_eur: Decimal
    signed_eur: Decimal
    disbursed_eur: Decimal
    secured_eur: Decimal
    pipeline_eur: Decimal
    guaranteed_eur: Decimal
    gap_eur: Decimal | None
    coverage: Decimal | None
    potential_coverage: Decimal | None
    eu_budget_share: Decimal | None
    eib_group_share: Decimal | None
    participating_state_share: Decimal | None
    other_public_share: Decimal | None
    private_share: Decimal | None
    incomplete: str


def project_coverage(
    project: str, as_of: date, stage: str, need: Need, funding: ProjectFunding
) -> ProjectCoverage:
    """Return a project's row (rules 3 to 6)."""
    secured = funding.signed_eur
    pipeline = funding.announced_eur + funding.under_appraisal_eur + funding.approved_eur
    reasons = {need.reason} if need.reason else set()
    if funding.amount_unknown:
        reasons.add(Reason.AMOUNT_UNKNOWN)
    if funding.no_exchange_rate:
        reasons.add(Reason.NO_EXCHANGE_RATE)

    of_need: Sequence[Decimal | None] = [None] * 7
    if need.amount_eur is not None:
        parts = (
            secured,
            secured + pipeline,
            funding.signed_eu_budget_eur,
            funding.signed_eib_group_eur,
            funding.signed_participating_state_eur,
            funding.signed_other_public_eur,
            funding.signed_private_eur,
        )
        of_need = quotients(parts, need.amount_eur, RATIO_PLACES)
    coverage, potential, eu_budget, eib_group, participating_state, other_public, private = of_need
    return ProjectCoverage(
        project=project,
        as_of=as_of,
        stage=stage,
        need_eur=need.amount_eur,
        announced_eur=funding.announced_eur,
        under_appraisal_eur=funding.under_appraisal_eur,
        approved_eur=funding.approved_eur,
        signed_eur=funding.signed_eur,
        disbursed_eur=funding.disbursed_eur,
        secured_eur=secured,
        pipeline_eur=pipeline,
        guaranteed_eur=funding.guaranteed_eur,
        gap_eur=None if need.amount_eur is None else max(need.amount_eur - secured, ZERO),
        coverage=coverage,
        potential_coverage=potential,
        eu_budget_share=eu_budget,
        eib_group_share=eib_group,
        participating_state_share=participating_state,
        other_public_share=other_public,
        private_share=private,
        incomplete=join_reasons(reasons),
    )
