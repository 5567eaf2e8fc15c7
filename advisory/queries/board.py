"""The cases of advice as pages list them: narrowed, by step, with who advises and who leads."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q

from advisory.models import Adviser, AdvisoryCase, AdvisoryEngagement, AdvisoryProvider
from advisory.queries.case_facts import assessments, thresholds
from advisory.rules.readiness import ReadinessScore, in_order
from advisory.vocabulary import PUBLIC_STEPS, Step
from portfolio.models import ResultSet

SHOWN_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Filters:
    """What the board is narrowed to; empty texts narrow nothing."""

    country: str = ""
    provider: str = ""
    lead: str = ""
    stalled: bool = False

    @property
    def any(self) -> bool:
        return bool(self.country or self.provider or self.lead or self.stalled)


@dataclass(slots=True)
class Card:
    """A case as the board shows it. `step` and `stalled` are those that its reader may see."""

    row: AdvisoryCase
    step: str
    since: date
    days: int
    stalled: bool
    engagements: list[AdvisoryEngagement] = field(default_factory=list)
    score: ReadinessScore | None = None

    @property
    def countries(self) -> str:
        """The project's countries, or that of who asks."""
        project, country = self.row.request.project, self.row.request.country
        return (project.countries if project else "") or country

    @property
    def leads(self) -> list[str]:
        return list(dict.fromkeys(found.lead.name for found in self.engagements if found.lead))

    @property
    def providers(self) -> list[str]:
        return list(dict.fromkeys(found.provider.name for found in self.engagements))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board: a step, and its cases, those that stand longest first."""

    step: str
    label: str
    cards: list[Card]

    @property
    def first(self) -> list[Card]:
        """The cards that are shown at once."""
        return self.cards[:SHOWN_AT_ONCE]

    @property
    def more(self) -> list[Card]:
        """The cards that are folded away."""
        return self.cards[SHOWN_AT_ONCE:]

    @property
    def over(self) -> bool:
        """Whether nothing is left to do about its cases."""
        return self.step in (Step.SIGNED, Step.CLOSED)


def cards(results: ResultSet, filters: Filters, *, confidential: bool) -> list[Card]:
    """Return the cases that the filters keep, those that have stood longest in their step first.

    `confidential`: its reader may see assessments, so that a ready case says so, with its score.
    """
    rows = AdvisoryCase.objects.filter(result_set=results).select_related("request__project")
    engaged = _engagements(rows)
    found = [_card(row, engaged.get(row.request_id, [])) for row in rows.order_by("request__key")]
    if confidential:
        _say_ready(found, results.as_of)
        _add_scores(found, results.as_of)
    kept = [card for card in found if _kept(card, filters)]
    return sorted(kept, key=lambda card: (card.since, card.row.request.key))


def _engagements(rows: Any) -> dict[int, list[AdvisoryEngagement]]:
    found: defaultdict[int, list[AdvisoryEngagement]] = defaultdict(list)
    requests = rows.values("request_id")
    engaged = AdvisoryEngagement.objects.filter(request__in=requests).select_related("provider", "lead")
    for engagement in engaged.order_by("starts_on", "key"):
        found[engagement.request_id].append(engagement)
    return found


def _card(row: AdvisoryCase, engagements: list[AdvisoryEngagement]) -> Card:
    return Card(row, row.step, row.step_since, row.days_in_step, row.stalled, engagements)


def _say_ready(found: Iterable[Card], as_of: date) -> None:
    """Move cases that are ready to that step, for who may know (A1)."""
    limit = thresholds().get(Step.READY)
    for card in found:
        ready_on = card.row.ready_on
        if ready_on is not None and card.step in (Step.RECEIVED, Step.ACCEPTED, Step.ENGAGEMENT_STARTED):
            card.step, card.since, card.days = Step.READY.value, ready_on, (as_of - ready_on).days
            card.stalled = limit is not None and card.days > limit


def _add_scores(found: Iterable[Card], as_of: date) -> None:
    listed = list(found)
    by_request = assessments(Q(request__in=[card.row.request_id for card in listed]))
    for card in listed:
        existing = in_order(by_request.get(card.row.request_id, []), as_of)
        card.score = existing[-1].score if existing else None


def _kept(card: Card, filters: Filters) -> bool:
    if filters.country and filters.country not in card.countries.split(";"):
        return False
    if filters.provider and filters.provider not in {found.provider.key for found in card.engagements}:
        return False
    if filters.lead and filters.lead not in {found.lead.key for found in card.engagements if found.lead}:
        return False
    return card.stalled or not filters.stalled


def columns(found: Sequence[Card], *, confidential: bool) -> list[Column]:
    """Return the board: a column for each step that its reader may see, empty ones too."""
    steps = tuple(Step) if confidential else PUBLIC_STEPS
    return [
        Column(step.value, str(step.label), [card for card in found if card.step == step]) for step in steps
    ]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters of the board can be set to."""

    countries: list[str]
    providers: list[tuple[str, str]]
    leads: list[tuple[str, str]]


def choices(results: ResultSet) -> Choices:
    """Return the countries of cases, and all providers and advisers, as the filters offer them."""
    rows = AdvisoryCase.objects.filter(result_set=results).values_list(
        "request__project__countries", "request__country"
    )
    codes = {code for several, one in rows.order_by() for code in (several or one or "").split(";") if code}
    return Choices(
        sorted(codes),
        list(AdvisoryProvider.objects.order_by("name", "key").values_list("key", "name")),
        list(Adviser.objects.order_by("name", "key").values_list("key", "name")),
    )
