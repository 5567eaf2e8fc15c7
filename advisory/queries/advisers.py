"""Who advises: providers, their advisers, and the days that each adviser has (A8)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from advisory.models import Adviser, AdviserCapacity, AdvisoryEngagement, AdvisoryProvider


@dataclass(frozen=True, slots=True)
class AdviserRow:
    """An adviser, their capacities up to a day, the newest first, and how many engagements they lead."""

    record: Adviser
    capacities: list[AdviserCapacity]
    engagements: int

    @property
    def capacity(self) -> AdviserCapacity | None:
        """The capacity that holds; None: unknown."""
        return self.capacities[0] if self.capacities else None


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider and its advisers, by name."""

    record: AdvisoryProvider
    advisers: list[AdviserRow]


def providers(as_of: date) -> list[ProviderRow]:
    """Return every provider with its advisers, by name, as of a day: engagements that run on it count."""
    capacities: defaultdict[int, list[AdviserCapacity]] = defaultdict(list)
    for capacity in AdviserCapacity.objects.filter(since__lte=as_of).order_by("-since"):
        capacities[capacity.adviser_id].append(capacity)
    leads: defaultdict[int | None, int] = defaultdict(int)
    running = AdvisoryEngagement.objects.filter(starts_on__lte=as_of, request__received_on__lte=as_of)
    for lead in running.exclude(ends_on__lt=as_of).order_by().values_list("lead_id", flat=True):
        leads[lead] += 1
    advisers: defaultdict[int, list[AdviserRow]] = defaultdict(list)
    for adviser in Adviser.objects.order_by("name", "key"):
        row = AdviserRow(adviser, capacities[adviser.pk], leads[adviser.pk])
        advisers[adviser.provider_id].append(row)
    found = AdvisoryProvider.objects.select_related("source").order_by("name", "key")
    return [ProviderRow(provider, advisers[provider.pk]) for provider in found]
