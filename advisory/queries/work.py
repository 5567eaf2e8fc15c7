"""Who has what to do, and by when: workload, capacity, waiting demand, and deliverables (A8, A9)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q

from advisory.models import (
    Adviser,
    AdviserCapacity,
    AdvisoryCase,
    AdvisoryDeliverable,
    AdvisoryEngagement,
    AdvisoryTriage,
)
from advisory.queries.case_page import DueDeliverable
from advisory.rules.workload import Capacity, Load, PlannedWork, days_late, loads, months_from, totals
from advisory.vocabulary import Step
from portfolio.models import ResultSet

MONTHS_SHOWN = 6
DAYS_AHEAD = 30
NO_LEAD = ""


@dataclass(frozen=True, slots=True)
class WorkloadRow:
    """A lead and what they have to do, month by month; `name` is empty for work without a lead."""

    key: str
    name: str
    loads: list[Load | None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An accepted case without an engagement, and the days that its decision estimates; None: unknown."""

    case: AdvisoryCase
    estimated_days: Decimal | None


@dataclass(frozen=True, slots=True)
class Workload:
    """Work and capacity of the months from one on, and the demand that waits."""

    months: list[date]
    rows: list[WorkloadRow]
    totals: list[Load]
    waiting: list[Waiting]

    @property
    def waiting_days(self) -> Decimal:
        return sum((found.estimated_days or Decimal(0) for found in self.waiting), Decimal(0))

    @property
    def free_days(self) -> Decimal | None:
        """What is left of the capacity in all these months; None where no capacity is known."""
        free = [load.free for load in self.totals if load.free is not None]
        return sum(free, Decimal(0)) if free else None

    @property
    def free_at_most(self) -> bool:
        """Whether some work of these months has an unknown number of days."""
        return any(load.unknown for load in self.totals)

    @property
    def waiting_unknown(self) -> int:
        return sum(found.estimated_days is None for found in self.waiting)


def workload(results: ResultSet) -> Workload:
    """Return the work of the month of some results and those after it (A8)."""
    as_of = results.as_of
    months = months_from(as_of, MONTHS_SHOWN)
    planned = [
        PlannedWork(lead or NO_LEAD, days, starts_on, ends_on)
        for lead, days, starts_on, ends_on in AdvisoryEngagement.objects.filter(
            request__received_on__lte=as_of, starts_on__isnull=False
        )
        .order_by()
        .values_list("lead__key", "budget_days", "starts_on", "ends_on")
    ]
    capacities = [
        Capacity(*row)
        for row in AdviserCapacity.objects.order_by().values_list("adviser__key", "since", "days_per_month")
    ]
    by_month = loads(planned, capacities, months)
    names = dict(Adviser.objects.order_by().values_list("key", "name"))
    leads = {row.lead for rows in by_month.values() for row in rows}
    rows = [
        WorkloadRow(
            lead,
            names.get(lead, ""),
            [next((row for row in by_month[month] if row.lead == lead), None) for month in months],
        )
        for lead in sorted(leads, key=lambda lead: (lead == NO_LEAD, names.get(lead, "")))
    ]
    sums = totals(by_month)
    return Workload(months, rows, [sums[month] for month in months], _waiting(results))


def _waiting(results: ResultSet) -> list[Waiting]:
    rows = AdvisoryCase.objects.filter(
        result_set=results, accepted_on__isnull=False, engagement_started_on=None, closed_on=None
    ).exclude(step=Step.SIGNED)
    cases = list(rows.select_related("request__project").order_by("accepted_on", "request__key"))
    newest: dict[int, Decimal | None] = {}
    decisions = AdvisoryTriage.objects.filter(
        request__in=[case.request_id for case in cases], decided_on__lte=results.as_of
    )
    for request, days in decisions.order_by("decided_on").values_list("request_id", "estimated_days"):
        newest[request] = days
    return [Waiting(case, newest.get(case.request_id)) for case in cases]


@dataclass(frozen=True, slots=True)
class Deliverables:
    """Deliverables that are late, the latest first, and those that are due soon."""

    overdue: list[DueDeliverable]
    soon: list[DueDeliverable]


def deliverables(as_of: date, lead: str = "", account: str = "") -> Deliverables:
    """Return what is late as of a day, and what is due within a month: of all, or of one lead."""
    engagement = "work_package__engagement"
    rows = AdvisoryDeliverable.objects.filter(
        Q(done_on=None) | Q(done_on__gt=as_of),
        due_on__lte=as_of + timedelta(DAYS_AHEAD),
        **{f"{engagement}__request__received_on__lte": as_of},
    ).select_related(f"{engagement}__lead", f"{engagement}__request__project", f"{engagement}__provider")
    if lead:
        rows = rows.filter(**{f"{engagement}__lead__key": lead})
    if account:
        rows = rows.filter(**{f"{engagement}__lead__account": account})
    ordered = rows.order_by("due_on", "key")
    found = [DueDeliverable(row, days_late(row.due_on, row.done_on, as_of)) for row in ordered]
    return Deliverables([one for one in found if one.late], [one for one in found if not one.late])
