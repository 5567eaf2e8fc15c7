"""What the rules would say if some facts were different: changes applied to the inputs of the rules.

No record is touched and no result stored. A change means the record that somebody would enter on the day of
the what-if: a signature of that day, an estimate of that day, a stage reached that day. Changes apply in
their order; where two set the same thing, the later one stands.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from portfolio.models import (
    ChipModel,
    Contribution,
    Envelope,
    Financier,
    Project,
    ResultSet,
    Scenario,
    ScenarioChange,
)
from portfolio.models.fields import MAX_AMOUNT, plain
from portfolio.queries.results import Inputs, MetricTables, data_version, read_inputs, tables_of
from portfolio.queries.rollups import stored_rollups
from portfolio.queries.what_if_facts import SupposedContribution, SupposedEvent, supposed_rollups
from portfolio.queries.what_if_records import Estimate, NotApplicable, Records, Standing, euro_value
from portfolio.rules.chip_comparison import ChipComparison, CountedChips, ProjectChips
from portfolio.rules.money import divide
from portfolio.rules.project_coverage import Need
from portfolio.vocabulary import ChangeKind, EventKind, Reason, Stage

# Beyond this many rows that differ, it is said how many more there are.
MOST_ROWS = 50
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change: the records it names, and why it does not count where it does not.

    `reason` is a sentence where the facts leave no room for the change, `replaced_by` the position of the
    later change that sets the same thing. `amount` and `currency` are what the change came to, if money.
    """

    change: ScenarioChange
    project: Project | None
    contribution: Contribution | None
    envelope: Envelope | None
    financier: Financier | None
    chip_model: ChipModel | None
    amount: Decimal | None = None
    currency: str = ""
    reason: str = ""
    replaced_by: int | None = None

    @property
    def applies(self) -> bool:
        return not self.reason and self.replaced_by is None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The four tables of a day as the facts have them, and as a scenario would; and its changes.

    Rows of projects that no change names may be left out: `others` says how many there are, by stage and by
    what their rows lack, and `other_chips` which of them differ by what chips are held against.
    """

    baseline: MetricTables
    scenario: MetricTables
    outcomes: list[Outcome]
    data_version: int
    others: Counter[tuple[str, str]] = field(default_factory=Counter)
    other_chips: "OtherChips" = field(default_factory=lambda: OtherChips())


@dataclass(frozen=True, slots=True)
class OtherChips:
    """Rows of `chip_comparison` that differ, of projects that are left out.

    How many there are, and the first MOST_ROWS by key: as the facts have them, and as the scenario would.
    """

    number: int = 0
    first: Sequence[tuple[ChipComparison, ChipComparison]] = ()


def what_if(scenario: Scenario, results: ResultSet) -> WhatIf:
    """Return the tables of a scenario beside those of the facts, as of the day of some results."""
    version = data_version()
    # Read again: since the caller read it, an edit may have outdated it, or its date may be kept no longer.
    current = ResultSet.objects.filter(pk=results.pk, data_version=version).first()
    rollups = stored_rollups(current) if current else None
    inputs = read_inputs(results.as_of, rollups)
    supposed, outcomes = changed_inputs(inputs, list(scenario.changes.order_by("position")))
    return WhatIf(tables_of(inputs), tables_of(supposed), outcomes, version)


def changed_inputs(
    inputs: Inputs, changes: Sequence[ScenarioChange], records: Records | None = None
) -> tuple[Inputs, list[Outcome]]:
    """Return inputs of the rules with changes made to them, and what became of each change.

    `records` are those that the changes name, where they are at hand.
    """
    supposed = _Supposed(inputs, records or Records(changes, inputs.as_of))
    outcomes = [supposed.make(change) for change in changes]
    return supposed.inputs(), _with_replaced(outcomes)


def _with_replaced(outcomes: list[Outcome]) -> list[Outcome]:
    """Return outcomes in which changes that a later one makes void say so."""
    marked: list[Outcome] = []
    later: dict[tuple[str, str], int] = {}
    for outcome in reversed(outcomes):
        subject = _subject(outcome.change)
        if not outcome.reason and subject is not None:
            replaced_by = later.get(subject)
            if replaced_by is not None:
                outcome = replace(outcome, replaced_by=replaced_by)
            elif outcome.change.percent is None:
                later[subject] = outcome.change.position
        marked.append(outcome)
    return marked[::-1]


def _subject(change: ScenarioChange) -> tuple[str, str] | None:
    """Return what a change sets, None where it adds: a later change that sets the same makes it void."""
    match change.kind:
        case ChangeKind.SIGN_CONTRIBUTION | ChangeKind.CANCEL_CONTRIBUTION:
            return "contribution", change.contribution
        case ChangeKind.CHANGE_COST:
            return "cost", change.project
        case ChangeKind.DROP_PROJECT | ChangeKind.SET_STAGE:
            return "stage", change.project
        case ChangeKind.SET_FIGURE:
            return "figure", change.figure
        case ChangeKind.SET_ENVELOPE_AMOUNT:
            return "envelope", change.envelope
    return None


class _Supposed:
    """Inputs with the changes made to them so far."""

    def __init__(self, recorded: Inputs, records: Records) -> None:
        self.recorded = recorded
        self.records = records
        self.stages = dict(recorded.stages)
        self.needs = dict(recorded.needs)
        self.chips = dict(recorded.chips)
        self.figures = dict(recorded.figures)
        self.envelopes = dict(recorded.envelopes)
        self.estimates = dict(records.estimates)
        self.standings = dict(records.standings)
        self.contributions: list[SupposedContribution] = []
        self.events: dict[int, SupposedEvent] = {}
        self.kinds: dict[str, Callable[[ScenarioChange], tuple[Decimal | None, str]]] = {
            ChangeKind.SIGN_CONTRIBUTION: self.sign,
            ChangeKind.CANCEL_CONTRIBUTION: self.cancel,
            ChangeKind.ADD_CONTRIBUTION: self.add,
            ChangeKind.CHANGE_COST: self.change_cost,
            ChangeKind.DROP_PROJECT: self.set_stage,
            ChangeKind.SET_STAGE: self.set_stage,
            ChangeKind.SET_FIGURE: self.set_figure,
            ChangeKind.SET_ENVELOPE_AMOUNT: self.set_envelope_amount,
            ChangeKind.ADD_CHIPS: self.add_chips,
        }

    def inputs(self) -> Inputs:
        recorded = self.recorded
        return replace(
            recorded,
            rollups=supposed_rollups(
                recorded.as_of, recorded.rollups, self.contributions, list(self.events.values())
            ),
            stages=self.stages,
            needs=self.needs,
            chips=self.chips,
            figures=self.figures,
            envelopes=list(self.envelopes.items()),
        )

    def make(self, change: ScenarioChange) -> Outcome:
        """Make one change, or leave everything as it is; return what became of it."""
        records = self.records
        contribution = records.contributions.get(change.contribution)
        outcome = Outcome(
            change,
            contribution.project if contribution else records.projects.get(change.project),
            contribution,
            records.envelopes.get(change.envelope),
            records.financiers.get(change.financier),
            records.chip_models.get(change.chip_model),
        )
        try:
            amount, currency = self.kinds[change.kind](change)
        except NotApplicable as error:
            return replace(outcome, reason=str(error))
        return replace(outcome, amount=amount, currency=currency)

    def sign(self, change: ScenarioChange) -> tuple[Decimal | None, str]:
        contribution = self._contribution(change)
        day = self.recorded.as_of
        if contribution.pk in self.records.cancelled_today:
            raise NotApplicable(
                f"It was cancelled on {day}, and a signature of the same day counts as before that."
            )
        standing = self.standings.get(contribution.pk)
        if change.amount is not None:
            amount: Decimal | None = change.amount
        elif standing is None:
            raise NotApplicable(f"Nothing is known of it as of {day}: it has no amount to be signed at.")
        elif standing.state == EventKind.CANCELLED:
            raise NotApplicable("It is cancelled and has no amount left: say at which amount it is signed.")
        else:
            amount = standing.amount
        self._suppose(contribution, EventKind.SIGNED, amount)
        return amount, contribution.currency

    def cancel(self, change: ScenarioChange) -> tuple[Decimal | None, str]:
        contribution = self._contribution(change)
        standing = self.standings.get(contribution.pk)
        if standing is None:
            raise NotApplicable(f"Nothing is known of it as of {self.recorded.as_of} to be cancelled.")
        if standing.state == EventKind.CANCELLED:
            raise NotApplicable("It is cancelled already.")
        self._suppose(contribution, EventKind.CANCELLED, None)
        return standing.amount, contribution.currency

    def _suppose(self, contribution: Contribution, kind: EventKind, amount: Decimal | None) -> None:
        self.events[contribution.pk] = SupposedEvent(
            contribution.pk,
            contribution.project_id,
            kind,
            amount,
            self._euro(amount, contribution.currency),
        )
        self.standings[contribution.pk] = Standing(kind, amount)

    def add(self, change: ScenarioChange) -> tuple[Decimal | None, str]:
        records = self.records
        project = self._project(change)
        financier = _found(records.financiers, change.financier, "financier")
        envelope = _found(records.envelopes, change.envelope, "envelope") if change.envelope else None
        euro = self._euro(change.amount, change.currency)
        number = -1 - len(self.contributions)
        self.contributions.append(
            SupposedContribution(
                number, project.pk, envelope.pk if envelope else None, financier.pk, change.instrument
            )
        )
        self.events[number] = SupposedEvent(number, project.pk, change.state, change.amount, euro)
        return change.amount, change.currency

    def change_cost(self, change: ScenarioChange) -> tuple[Decimal | None, str]:
        project = self._project(change)
        if change.percent is None:
            amount, currency = change.amount or Decimal("0.00"), change.currency
            estimate = Estimate(amount, currency, self.records.rates.get(currency))
        else:
            estimate = self._scaled(project, change.percent)
        euro = euro_value(*estimate)
        self.estimates[project.pk] = estimate
        self.needs[project.pk] = Need(euro) if euro is not None else Need(None, Reason.NO_EXCHANGE_RATE)
        return estimate.amount, estimate.currency

    def _scaled(self, project: Project, percent: Decimal) -> Estimate:
        """Return a project's estimate with some percent more or less, valued at its own rate."""
        estimate = self.estimates.get(project.pk)
        if estimate is None:
            raise NotApplicable(
                f"It has no cost estimate as of {self.recorded.as_of} to take {plain(percent)} % of."
            )
        amount = divide(estimate.amount * (100 + percent), 100, 2)
        if amount is None or amount > MAX_AMOUNT:
            raise NotApplicable(f"Its cost would be more than {estimate.currency} {MAX_AMOUNT}.")
        return estimate._replace(amount=amount)

    def set_stage(self, change: ScenarioChange) -> tuple[Decimal | None, str]:
        project = self._project(change)
        dropped = change.kind == ChangeKind.DROP_PROJECT
        self.stages[project.pk] = Stage.WITHDRAWN.value if dropped else change.stage
        return None, ""

    def set_figure(self, change: ScenarioChange) -> tuple[Decimal | None, str]:
        self.figures[change.figure] = change.value
        return None, ""

    def set_envelope_amount(self, change: ScenarioChange) -> tuple[Decimal | None, str]:
        envelope = _found(self.records.envelopes, change.envelope, "envelope")
        if change.amount is not None:
            self.envelopes[envelope.pk] = replace(self.envelopes[envelope.pk], amount_eur=change.amount)
        return change.amount, "EUR"

    def add_chips(self, change: ScenarioChange) -> tuple[Decimal | None, str]:
        project = self._project(change)
        tflops = None
        if change.chip_model:
            tflops = _found(self.records.chip_models, change.chip_model, "chip model").bf16_dense_tflops
        before = self.chips.get(project.pk, ProjectChips())
        added = CountedChips(change.status, change.chips or 0, tflops)
        self.chips[project.pk] = ProjectChips([*before.counted, added], before.count_unknown)
        return None, ""

    def _euro(self, amount: Decimal | None, currency: str) -> Decimal | None:
        return None if amount is None else euro_value(amount, currency, self.records.rates.get(currency))

    def _project(self, change: ScenarioChange) -> Project:
        return _found(self.records.projects, change.project, "project")

    def _contribution(self, change: ScenarioChange) -> Contribution:
        return _found(self.records.contributions, change.contribution, "contribution")


def _found(records: dict[str, Found], key: str, what: str) -> Found:
    if key not in records:
        raise NotApplicable(f"There is no {what} “{key}” any more.")
    return records[key]
