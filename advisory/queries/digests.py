"""What a person's digest says: deliverables that are due, cases that stand still. Nothing confidential."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User

from advisory.models import AdvisoryCase, DigestChoice
from advisory.queries.access import sees_advice
from advisory.queries.case_page import DueDeliverable
from advisory.queries.work import Deliverables, deliverables
from advisory.vocabulary import Frequency, Step
from portfolio.queries.results import published_set

NOTHING_DUE = Deliverables([], [])
MONDAY, SATURDAY = 0, 5


@dataclass(frozen=True, slots=True)
class Digest:
    """What a person is told on a day."""

    person: User
    day: date
    overdue: list[DueDeliverable]
    soon: list[DueDeliverable]
    stalled: list[tuple[AdvisoryCase, str]]

    @property
    def items(self) -> int:
        return len(self.overdue) + len(self.soon) + len(self.stalled)


def choices_due(day: date) -> Iterator[DigestChoice]:
    """Yield the choices of active people with an address who want a digest on a day, and may read advice."""
    wanted = [Frequency.DAILY] if day.weekday() < SATURDAY else []
    if day.weekday() == MONDAY:
        wanted.append(Frequency.WEEKLY)
    rows = DigestChoice.objects.filter(frequency__in=wanted, person__is_active=True).exclude(person__email="")
    for choice in rows.select_related("person").order_by("person__username"):
        if sees_advice(choice.person):
            yield choice


def digest(choice: DigestChoice, day: date) -> Digest:
    """Return what a person wants to be told, as of a day."""
    account = choice.person.get_username() if choice.own_only else ""
    due = deliverables(day, account=account) if choice.deliverables else NOTHING_DUE
    return Digest(choice.person, day, due.overdue, due.soon, _stalled(choice, account))


def _stalled(choice: DigestChoice, account: str) -> list[tuple[AdvisoryCase, str]]:
    results = published_set()
    if not choice.stalled or results is None:
        return []
    rows = AdvisoryCase.objects.filter(result_set=results, stalled=True).select_related("request__project")
    if account:
        rows = rows.filter(request__engagements__lead__account=account).distinct()
    return [(row, str(Step(row.step).label)) for row in rows.order_by("step_since", "request__key")]
