"""Where a project stands between two facts: its sums, its part of each envelope, and its chips."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from portfolio.rules.chip_comparison import CountedChips, ProjectChips
from portfolio.rules.contribution_state import ContributionState
from portfolio.rules.envelope_utilisation import (
    NO_ENVELOPE_FUNDING,
    NOTHING_MOBILISED,
    CountedProject,
    EnvelopeFunding,
    EnvelopeTerms,
    Mobilised,
    mobilised_by,
)
from portfolio.rules.money import ZERO
from portfolio.rules.project_coverage import (
    NO_ESTIMATE,
    Need,
    ProjectFunding,
    is_ended,
    is_selected,
)
from portfolio.vocabulary import DeploymentStatus, EnvelopeKind, EventKind, ProjectKind

Sums = dict[str, Decimal]

IN_SUMS = frozenset({EventKind.ANNOUNCED, EventKind.UNDER_APPRAISAL, EventKind.APPROVED, EventKind.SIGNED})
STATUSES = tuple(DeploymentStatus)
RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class ContributionTerms:
    """What decides where a contribution counts: ids of its project and envelope, and who gives what."""

    project: int
    envelope: int | None
    financier_kind: str
    guarantee: bool


@dataclass(slots=True)
class Lacking:
    """How many contributions lack an amount, and how many a rate."""

    amount: int = 0
    rate: int = 0

    def change(self, state: ContributionState, sign: int) -> None:
        self.amount += sign * state.amount_unknown
        self.rate += sign * state.no_exchange_rate


@dataclass(slots=True)
class Line:
    """What a project has in an envelope: sums by state, and its counted lines (rules 7 and 8)."""

    sums: Sums = field(default_factory=dict)
    lacking: Lacking = field(default_factory=Lacking)
    counted_lines: int = 0
    counted_signed_eur: Decimal = ZERO

    def funding(self) -> EnvelopeFunding:
        return EnvelopeFunding(
            **self.sums,
            amount_unknown=int(self.lacking.amount > 0),
            no_exchange_rate=int(self.lacking.rate > 0),
        )


@dataclass(slots=True)
class Deployment:
    """A system: its known number of chips, their speed, and the furthest status it has reached (rule 9)."""

    chips: int | None
    tflops: Decimal | None
    reached: int = -1
    retired: bool = False

    def reach(self, status: str) -> None:
        if status == RETIRED:
            self.retired = True
        else:
            self.reached = max(self.reached, STATUSES.index(DeploymentStatus(status)))


@dataclass(slots=True)
class Standing:
    """Everything that the rows of one project are computed from, and its part of each envelope."""

    slug: str
    kind: str
    stage: str = ""
    need: Need = NO_ESTIMATE
    sums: Sums = field(default_factory=dict)
    lacking: Lacking = field(default_factory=Lacking)
    lines: dict[int, Line] = field(default_factory=dict)
    deployments: dict[int, Deployment] = field(default_factory=dict)

    def funding(self) -> ProjectFunding:
        return ProjectFunding(
            **self.sums, amount_unknown=self.lacking.amount, no_exchange_rate=self.lacking.rate
        )

    def change(
        self,
        terms: ContributionTerms,
        envelopes: Mapping[int, EnvelopeTerms],
        before: ContributionState,
        after: ContributionState,
    ) -> None:
        """Replace what a contribution added before by what it adds after (rules 3, 7 and 8)."""
        for state, sign in ((before, -1), (after, 1)):
            self.lacking.change(state, sign)
            _add(self.sums, _in_project(terms, state), sign)
            if terms.envelope is None:
                continue
            line = self.lines.setdefault(terms.envelope, Line())
            line.lacking.change(state, sign)
            _add(line.sums, _in_envelope(state), sign)
            if _is_counted(terms, envelopes[terms.envelope], state):
                line.counted_lines += sign
                line.counted_signed_eur += sign * (state.amount_eur or ZERO)

    def part_of(self, envelope: int) -> tuple[EnvelopeFunding, Mobilised]:
        """Return what the project adds to an envelope's totals (rules 7 and 8)."""
        line = self.lines.get(envelope)
        if line is None:
            return NO_ENVELOPE_FUNDING, NOTHING_MOBILISED
        if not line.counted_lines or is_ended(self.stage):
            return line.funding(), NOTHING_MOBILISED
        in_envelopes = self.sums.get("signed_in_envelopes_eur", ZERO)
        counted = CountedProject(self.need, line.counted_lines, line.counted_signed_eur, in_envelopes)
        return line.funding(), mobilised_by(counted)

    def chips(self) -> ProjectChips:
        """Return the deployments that exist: of some status, and not retired (rule 9)."""
        found = ProjectChips()
        for system in self.deployments.values():
            if system.reached < 0 or system.retired:
                continue
            if system.chips is None:
                found.count_unknown = True
            else:
                found.counted.append(CountedChips(STATUSES[system.reached], system.chips, system.tflops))
        return found

    def in_baseline(self) -> int:
        """Return the chips with which the project stands in the existing baseline, or 0 (rule 10)."""
        if self.kind != ProjectKind.AI_FACTORY or not is_selected(self.stage):
            return 0
        return self.chips().present


def _add(sums: Sums, part: Sums, sign: int) -> None:
    for name, euro in part.items():
        sums[name] = sums.get(name, ZERO) + sign * euro


def _in_project(terms: ContributionTerms, state: ContributionState) -> Sums:
    euro, signed = state.amount_eur or ZERO, state.state == EventKind.SIGNED
    if terms.guarantee:
        return {"guaranteed_eur": euro} if signed else {}
    part = _in_envelope(state)
    if signed:
        part[f"signed_{terms.financier_kind}_eur"] = euro
        if terms.envelope is not None:
            part["signed_in_envelopes_eur"] = euro
    return part


def _in_envelope(state: ContributionState) -> Sums:
    part = {"disbursed_eur": state.disbursed_eur}
    if state.state in IN_SUMS:
        part[f"{state.state}_eur"] = state.amount_eur or ZERO
    return part


def _is_counted(terms: ContributionTerms, envelope: EnvelopeTerms, state: ContributionState) -> bool:
    """Whether a contribution is a counted line of rule 8, before its project is looked at."""
    if envelope.kind != EnvelopeKind.MOBILISATION_TARGET or terms.guarantee or state.signed_on is None:
        return False
    if envelope.starts_on is None or envelope.ends_on is None:
        return False
    return envelope.starts_on <= state.signed_on <= envelope.ends_on
