"""Alerts about one project, and about one of its contributions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from portfolio.rules.alerts import (
    Finding,
    Subject,
    Thresholds,
    day,
    days,
    finding,
    money,
    part_of,
    percent,
    share,
)
from portfolio.rules.money import ZERO, round_half_up
from portfolio.rules.project_coverage import is_ended, is_selected
from portfolio.vocabulary import LOWER_BOUNDS, AlertKind, EventKind, ProjectKind, Reason, Severity

CHIP_REASONS = frozenset({Reason.CHIP_COUNT_UNKNOWN.value, Reason.CHIP_MODEL_UNKNOWN.value})


@dataclass(frozen=True, slots=True)
class ProjectStanding:
    """What decides a project's alerts. Money is in euro, guarantees left out; None is unknown.

    `signed_contracts` counts signed contributions, guarantees too, with their sum in `signed_all_eur`; both
    matter to projects that ended. `eu_approved_eur` matters to gigafactories. `recently_told` says whether a
    source of its facts is newer than the threshold; it matters to selected projects. `without_rate` has the
    currencies whose amounts have no rate.
    """

    subject: Subject
    kind: str
    stage: str
    need_eur: Decimal | None
    secured_eur: Decimal
    eu_eur: Decimal = ZERO
    eib_eur: Decimal = ZERO
    state_eur: Decimal = ZERO
    eu_approved_eur: Decimal = ZERO
    signed_contracts: int = 0
    signed_all_eur: Decimal = ZERO
    incomplete: str = ""
    chips_incomplete: str = ""
    recently_told: bool = True
    without_rate: frozenset[str] = field(default_factory=frozenset)

    @property
    def lower_bound(self) -> bool:
        """Whether its sums leave something out."""
        return not set(LOWER_BOUNDS).isdisjoint(self.incomplete.split(";"))


def project_findings(
    project: ProjectStanding, as_of: date, thresholds: Thresholds, eu_maximum: Decimal | None
) -> Iterable[Finding]:
    """Yield what needs attention at a project; `eu_maximum` is the published maximum of the EU's share.

    A project that has ended needs attention only for what is still signed at it.
    """
    if is_ended(project.stage):
        yield from _signed_though_ended(project)
        return
    yield from _shares(project, thresholds, eu_maximum)
    yield from _without_rate(project)
    if is_selected(project.stage):
        yield from _need(project)
        yield from _coverage(project, thresholds)
        yield from _chips(project)
        yield from _sources(project, as_of, thresholds)


def _signed_though_ended(project: ProjectStanding) -> Iterable[Finding]:
    if project.signed_contracts:
        number = project.signed_contracts
        how = "not selected" if project.stage == "not_selected" else "withdrawn"
        worth = money(project.signed_all_eur)
        sentence = f"The project is {how}, but {number} contributions to it are still signed, worth {worth}."
        if number == 1:
            sentence = f"The project is {how}, but 1 contribution to it is still signed, worth {worth}."
        yield finding(
            AlertKind.SIGNED_AT_ENDED_PROJECT, project.subject, sentence, project.signed_all_eur, ZERO
        )


def _shares(
    project: ProjectStanding, thresholds: Thresholds, eu_maximum: Decimal | None
) -> Iterable[Finding]:
    need, subject = project.need_eur, project.subject
    if need and eu_maximum is not None and project.kind == ProjectKind.AI_GIGAFACTORY:
        yield from _eu_share(project, need, eu_maximum)
    if project.eu_eur > project.state_eur:
        yield finding(
            AlertKind.STATE_SHARE_BELOW_EU_SHARE,
            subject,
            f"Participating states have signed {money(project.state_eur)} and the EU budget"
            f" {money(project.eu_eur)}{' as far as amounts are known' if project.lower_bound else ''}:"
            " the states' share is to be at least the EU's.",
            project.state_eur,
            project.eu_eur,
            severity=Severity.NOTICE if project.lower_bound else None,
        )
    most = thresholds.get((AlertKind.EIB_GROUP_SHARE, ""))
    if need and most is not None and project.eib_eur > part_of(need, most):
        yield finding(
            AlertKind.EIB_GROUP_SHARE,
            subject,
            f"The EIB Group has signed {money(project.eib_eur)}, {share(project.eib_eur, need)} of the need"
            f" of {money(need)}: more than {percent(most)}.",
            project.eib_eur,
            round_half_up(part_of(need, most), 2),
        )


def _eu_share(project: ProjectStanding, need: Decimal, most: Decimal) -> Iterable[Finding]:
    """Yield a gigafactory's EU money above the published maximum: signed, and with what is approved too."""
    maximum = part_of(need, most)
    both = project.eu_eur + project.eu_approved_eur if project.eu_approved_eur else ZERO
    for kind, amount, what in (
        (AlertKind.EU_SHARE_ABOVE_MAXIMUM, project.eu_eur, "signed"),
        (AlertKind.EU_MONEY_ABOVE_MAXIMUM, both, "approved or signed"),
    ):
        if amount > maximum:
            yield finding(
                kind,
                project.subject,
                f"{money(amount)} of EU money is {what}, {share(amount, need)} of the need of {money(need)}:"
                f" the published maximum is {percent(most)}, {money(maximum)}.",
                amount,
                round_half_up(maximum, 2),
            )


def _without_rate(project: ProjectStanding) -> Iterable[Finding]:
    if Reason.NO_EXCHANGE_RATE in project.incomplete.split(";"):
        currencies = ", ".join(sorted(project.without_rate))
        sentence = "An amount has no exchange rate on or before its day, so it stands in no sum."
        if currencies:
            sentence = (
                f"An amount in {currencies} has no exchange rate on or before its day,"
                " so it stands in no sum."
            )
        yield finding(AlertKind.RATE_MISSING, project.subject, sentence)


def _need(project: ProjectStanding) -> Iterable[Finding]:
    if project.need_eur is None:
        unestimated = Reason.NO_COST_ESTIMATE in project.incomplete.split(";")
        why = "no cost estimate is recorded" if unestimated else "its cost estimate has no exchange rate"
        yield finding(
            AlertKind.NEED_MISSING,
            project.subject,
            f"The project is selected, but {why}: need, gap and coverage are unknown.",
        )


def _coverage(project: ProjectStanding, thresholds: Thresholds) -> Iterable[Finding]:
    expected = thresholds.get((AlertKind.COVERAGE_BELOW_EXPECTATION, project.stage))
    need = project.need_eur
    if not expected or not need or project.secured_eur >= part_of(need, expected):
        return
    amount = money(project.secured_eur)
    if project.lower_bound:
        amount = f"At least {amount}"
    yield finding(
        AlertKind.COVERAGE_BELOW_EXPECTATION,
        project.subject,
        f"{amount} is signed of a need of {money(need)},"
        f" {share(project.secured_eur, need)}: at the stage {project.stage.replace('_', ' ')},"
        f" {percent(expected)} is expected.",
        project.secured_eur,
        round_half_up(part_of(need, expected), 2),
        severity=Severity.NOTICE if project.lower_bound else None,
    )


def _chips(project: ProjectStanding) -> Iterable[Finding]:
    reasons = sorted(CHIP_REASONS & set(project.chips_incomplete.split(";")))
    if reasons:
        first, last = Reason(reasons[0]).label, Reason(reasons[-1]).label
        sentence = f"The project is selected, but {first}."
        if len(reasons) > 1:
            sentence = f"The project is selected, but {first} and {last}."
        yield finding(AlertKind.CHIPS_UNKNOWN, project.subject, sentence)


def _sources(project: ProjectStanding, as_of: date, thresholds: Thresholds) -> Iterable[Finding]:
    limit = thresholds.get((AlertKind.SOURCE_OUTDATED, ""))
    if limit is not None and not project.recently_told:
        yield finding(
            AlertKind.SOURCE_OUTDATED,
            project.subject,
            f"No source of the project's facts is known to be newer than"
            f" {day(as_of - timedelta(int(limit)))}, {days(limit)} ago.",
            None,
            limit,
        )


@dataclass(frozen=True, slots=True)
class PaidContribution:
    """A contribution with payments: what it holds in its own currency, by its state, and what was paid."""

    subject: Subject
    currency: str
    state: str | None
    amount: Decimal | None
    paid: Decimal


def paid_findings(paid: PaidContribution) -> Iterable[Finding]:
    """Yield that more was paid than is signed, compared in the contribution's own currency.

    A signed amount that was not disclosed cannot be compared.
    """
    written = money(paid.paid, paid.currency)
    if paid.state == EventKind.SIGNED:
        if paid.amount is None or paid.paid <= paid.amount:
            return
        sentence = f"{written} was paid, but only {money(paid.amount, paid.currency)} is signed."
        signed = paid.amount
    elif not paid.paid:
        return
    else:
        signed = ZERO
        cancelled = paid.state == EventKind.CANCELLED
        sentence = (
            f"{written} was paid, but {'the contract is cancelled' if cancelled else 'nothing is signed'}."
        )
    yield finding(AlertKind.DISBURSED_ABOVE_SIGNED, paid.subject, sentence, paid.paid, signed)


@dataclass(frozen=True, slots=True)
class SignedContribution:
    """A signed contribution whose newest approval before it was signed is for less, in its own currency."""

    subject: Subject
    currency: str
    signed: Decimal
    approved: Decimal
    approved_on: date


def signed_findings(line: SignedContribution) -> Iterable[Finding]:
    """Yield that more is signed than was approved."""
    if line.signed > line.approved:
        yield finding(
            AlertKind.SIGNED_ABOVE_APPROVED,
            line.subject,
            f"{money(line.signed, line.currency)} is signed, but {money(line.approved, line.currency)}"
            f" was approved on {day(line.approved_on)}.",
            line.signed,
            line.approved,
        )


@dataclass(frozen=True, slots=True)
class ConvertedAmount:
    """An amount in another currency that counts as of today, with the day of the rate that valued it."""

    subject: Subject
    currency: str
    dated_on: date
    rate_on: date


def rate_findings(amounts: Iterable[ConvertedAmount], thresholds: Thresholds) -> Iterable[Finding]:
    """Yield the amounts whose rate is older than the threshold, for each subject the worst one."""
    limit = thresholds.get((AlertKind.RATE_TOO_OLD, ""))
    if limit is None:
        return
    worst: dict[Subject, ConvertedAmount] = {}
    for amount in amounts:
        age = amount.dated_on - amount.rate_on
        if age > timedelta(int(limit)):
            other = worst.get(amount.subject)
            if other is None or age > other.dated_on - other.rate_on:
                worst[amount.subject] = amount
    for subject, amount in worst.items():
        older = (amount.dated_on - amount.rate_on).days
        yield finding(
            AlertKind.RATE_TOO_OLD,
            subject,
            f"The amount of {day(amount.dated_on)} in {amount.currency} is converted at the rate of"
            f" {day(amount.rate_on)}, {days(older)} older.",
            older,
            limit,
        )


@dataclass(frozen=True, slots=True)
class OpenMilestone:
    """A milestone of a project that has not ended, not done as of today."""

    subject: Subject
    key: str
    title: str
    due_on: date


def milestone_findings(milestone: OpenMilestone, as_of: date, thresholds: Thresholds) -> Iterable[Finding]:
    """Yield that a milestone is overdue by more days than the threshold."""
    grace = thresholds.get((AlertKind.MILESTONE_OVERDUE, ""))
    late = (as_of - milestone.due_on).days
    if grace is not None and late > grace:
        yield finding(
            AlertKind.MILESTONE_OVERDUE,
            milestone.subject,
            f"“{milestone.title}” was due on {day(milestone.due_on)}, {days(late)} ago, and is not done.",
            milestone.due_on,
            grace,
            detail=milestone.key,
        )
