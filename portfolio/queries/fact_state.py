"""The facts of some days as a state that notes of changes tell of, as they do of results."""

from dataclasses import dataclass
from datetime import date

from portfolio.queries.results import data_version


@dataclass(frozen=True, slots=True)
class FactState:
    """The facts after one day up to another, of one data version: what is kept of them goes on from it."""

    since: date
    as_of: date
    data_version: int

    @property
    def pk(self) -> tuple[date, date]:
        return self.since, self.as_of

    @property
    def computed_at(self) -> int:
        return self.data_version

    @property
    def recomputation_id(self) -> int:
        return 0


def facts_between(since: date, until: date) -> FactState:
    """Return the state of the facts after one day up to another."""
    return FactState(since, until, data_version())
