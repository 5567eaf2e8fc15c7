"""The funding of one project by financier and by instrument: sums of its contributions' states (rule 3)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from portfolio.models import Contribution, ContributionState
from portfolio.vocabulary import EventKind, FinancierKind, Instrument

# The states whose sums stand in a project's row, from the least firm to what is paid.
STATE_LABELS = {
    **{
        state.value: str(state.label)
        for state in (EventKind.ANNOUNCED, EventKind.UNDER_APPRAISAL, EventKind.APPROVED, EventKind.SIGNED)
    },
    EventKind.DISBURSED.value: "Disbursed",
}
PAID = EventKind.DISBURSED.value


@dataclass(slots=True)
class FundingRow:
    """What one financier, or one instrument, brings by state; `unknown` says which states lack something.

    The euro of a state are those of the contributions that stand in it; what is paid stands beside.
    """

    name: str
    kind: str
    kind_label: str
    slug: str = ""
    lines: int = 0
    sums: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(STATE_LABELS, Decimal("0.00")))
    unknown: dict[str, set[str]] = field(default_factory=dict)

    def add(self, contribution: Contribution, state: ContributionState) -> None:
        """Add a contribution in its state, and what was paid of it."""
        self.lines += 1
        if state.state in self.sums:
            word = str(state.state)
            if state.amount_eur is None:
                self._lack(word, state)
            else:
                self.sums[word] += state.amount_eur
        self.sums[PAID] += state.disbursed_eur
        payments = (event for event in contribution.dated_events if event.kind == EventKind.DISBURSED)  # type: ignore[attr-defined]
        if any(payment.amount_eur is None for payment in payments):
            self._lack(PAID, state)

    def _lack(self, word: str, state: ContributionState) -> None:
        self.unknown[word] = self.unknown.get(word, set()) | _reasons(state)

    @property
    def cells(self) -> list[tuple[str, str, Decimal, str]]:
        """State, its name, the euro, and why these are a lower bound, in the order of the states."""
        return [
            (state, label, self.sums[state], ";".join(sorted(self.unknown.get(state, ()))))
            for state, label in STATE_LABELS.items()
        ]


def _reasons(state: ContributionState) -> set[str]:
    reasons = {"amount_unknown": state.amount_unknown, "no_exchange_rate": state.no_exchange_rate}
    return {reason for reason, given in reasons.items() if given}


@dataclass(frozen=True, slots=True)
class ProjectFunding:
    """The funding of a project by financier and by instrument, which add up to the same; no guarantees."""

    financiers: list[FundingRow]
    instruments: list[FundingRow]


def project_funding(
    contributions: Iterable[Contribution], states: Mapping[int, ContributionState]
) -> ProjectFunding:
    """Return the sums of contributions (with `dated_events`; states by id): of money, not of cover."""
    counted = [
        (contribution, states[contribution.pk])
        for contribution in contributions
        if contribution.pk in states and contribution.instrument != Instrument.GUARANTEE
    ]
    financiers = _grouped(
        counted,
        lambda line: line.financier.slug,
        lambda line: FundingRow(
            line.financier.name,
            line.financier.kind,
            str(FinancierKind(line.financier.kind).label),
            line.financier.slug,
        ),
    )
    instruments = _grouped(
        counted,
        lambda line: line.instrument,
        lambda line: FundingRow(str(Instrument(line.instrument).label), line.instrument, ""),
    )
    kinds, words = FinancierKind.values, Instrument.values
    financiers.sort(key=lambda row: (kinds.index(row.kind), row.name, row.slug))
    instruments.sort(key=lambda row: words.index(row.kind))
    return ProjectFunding(financiers, instruments)


def _grouped(
    counted: Iterable[tuple[Contribution, ContributionState]],
    key: Callable[[Contribution], str],
    begun: Callable[[Contribution], FundingRow],
) -> list[FundingRow]:
    rows: dict[str, FundingRow] = {}
    for contribution, state in counted:
        rows.setdefault(key(contribution), begun(contribution)).add(contribution, state)
    return list(rows.values())
