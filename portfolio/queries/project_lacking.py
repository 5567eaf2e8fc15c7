"""Which sums of one project leave something out, told by the contributions that each of them adds up."""

from collections.abc import Iterable, Mapping

from portfolio.models import Contribution, ContributionState, ProjectCoverage
from portfolio.vocabulary import EventKind, FinancierKind, Instrument, Reason

PIPELINE = (EventKind.ANNOUNCED, EventKind.UNDER_APPRAISAL, EventKind.APPROVED)


def lacking(
    row: ProjectCoverage, contributions: Iterable[Contribution], states: Mapping[int, ContributionState]
) -> dict[str, str]:
    """Return why a project's sums and ratios are bounds (rule 1), as under `incomplete`; "" for whole ones.

    Keys are states, `disbursed`, `guaranteed`, kinds of financier for what they signed, and `need_divided`
    and `potential` for what is divided by the need. Contributions have their `dated_events` at hand.
    """
    found: dict[str, set[str]] = {
        name: set() for name in (*EventKind.values, *FinancierKind.values, "guaranteed")
    }
    for contribution in contributions:
        state = states.get(contribution.pk)
        if state is None:
            continue
        guarantee = contribution.instrument == Instrument.GUARANTEE
        if state.state and state.amount_eur is None:
            for name in _sums_of(state, guarantee):
                found[name] |= _reasons(state)
        if not guarantee:
            payments = (event for event in contribution.dated_events if event.kind == EventKind.DISBURSED)  # type: ignore[attr-defined]
            if any(payment.amount_eur is None for payment in payments):
                found[EventKind.DISBURSED] |= _reasons(state)
    signed = found[EventKind.SIGNED]
    potential = signed.union(*(found[state] for state in PIPELINE))
    told = {name: ";".join(sorted(reasons)) for name, reasons in found.items()}
    # What is divided by an unknown need is unknown, for the reasons of the whole row.
    unknown = row.incomplete if row.need_eur is None else ""
    told["need_divided"] = unknown or told[EventKind.SIGNED]
    told["potential"] = unknown or ";".join(sorted(potential))
    return told


def _sums_of(state: ContributionState, guarantee: bool) -> list[str]:
    """Return the sums that a contribution's state enters (rule 3)."""
    if guarantee:
        return ["guaranteed"] if state.state == EventKind.SIGNED else []
    kind = [state.financier_kind] if state.state == EventKind.SIGNED else []
    return [str(state.state), *kind]


def _reasons(state: ContributionState) -> set[str]:
    reasons = {Reason.AMOUNT_UNKNOWN: state.amount_unknown, Reason.NO_EXCHANGE_RATE: state.no_exchange_rate}
    return {reason.value for reason, given in reasons.items() if given}
