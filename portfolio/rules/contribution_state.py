"""The state of one contribution, event by event (rule 2); `queries/states.py` derives it for all at once."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from portfolio.rules.money import ZERO
from portfolio.vocabulary import EventKind

# The later in the ladder decides on one day; a disbursement never decides.
LADDER = {str(kind): place for place, kind in enumerate(EventKind) if kind != EventKind.DISBURSED}


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a contribution. `amount_eur` is None without a rate, or where nothing was disclosed."""

    kind: str
    occurred_on: date
    amount_eur: Decimal | None
    disclosed: bool


@dataclass(frozen=True, slots=True)
class ContributionState:
    """Where a contribution stands after some of its events.

    `state` is the kind of the deciding event, None before the first. `amount_eur` is what that event says,
    zero once cancelled, None where unknown.
    """

    state: str | None = None
    decided_on: date | None = None
    amount_eur: Decimal | None = None
    disclosed: bool = True
    first_signed_on: date | None = None
    last_cancelled_on: date | None = None
    disbursed_eur: Decimal = ZERO
    paid_unknown: bool = False
    paid_no_rate: bool = False

    @property
    def signed_on(self) -> date | None:
        """The day of the first signature since the last cancellation, of a contribution that is signed."""
        return self.first_signed_on if self.state == EventKind.SIGNED else None

    @property
    def amount_unknown(self) -> bool:
        """Whether the deciding event or a payment has no disclosed amount."""
        return self.paid_unknown or (self._decides_an_amount and not self.disclosed)

    @property
    def no_exchange_rate(self) -> bool:
        """Whether the deciding event or a payment has an amount without a rate."""
        lacking = self._decides_an_amount and self.disclosed and self.amount_eur is None
        return self.paid_no_rate or lacking

    @property
    def _decides_an_amount(self) -> bool:
        return self.state is not None and self.state != EventKind.CANCELLED

    def after(self, event: Event) -> "ContributionState":
        """Return the state after one more event, not earlier than those before; any order on one day."""
        if event.kind == EventKind.DISBURSED:
            return replace(
                self,
                disbursed_eur=self.disbursed_eur + (event.amount_eur or ZERO),
                paid_unknown=self.paid_unknown or not event.disclosed,
                paid_no_rate=self.paid_no_rate or (event.disclosed and event.amount_eur is None),
            )
        first_signed, last_cancelled = self.first_signed_on, self.last_cancelled_on
        if event.kind == EventKind.CANCELLED:
            # a signature on the day of the cancellation counts as before it
            first_signed, last_cancelled = None, event.occurred_on
        elif event.kind == EventKind.SIGNED and first_signed is None and last_cancelled != event.occurred_on:
            first_signed = event.occurred_on
        if not self._gives_way_to(event):
            return replace(self, first_signed_on=first_signed, last_cancelled_on=last_cancelled)
        return ContributionState(
            state=str(event.kind),
            decided_on=event.occurred_on,
            amount_eur=ZERO if event.kind == EventKind.CANCELLED else event.amount_eur,
            disclosed=event.disclosed,
            first_signed_on=first_signed,
            last_cancelled_on=last_cancelled,
            disbursed_eur=self.disbursed_eur,
            paid_unknown=self.paid_unknown,
            paid_no_rate=self.paid_no_rate,
        )

    def _gives_way_to(self, event: Event) -> bool:
        if self.state is None or self.decided_on is None:
            return True
        decided = (self.decided_on, LADDER[self.state])
        return (event.occurred_on, LADDER[event.kind]) >= decided


NO_STATE = ContributionState()
