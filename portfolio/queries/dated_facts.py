"""Dated facts between two days, of every kind: counted, a page at a time, or streamed."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from heapq import merge
from typing import Any

from django.db import connection
from django.db.models import CharField, F, IntegerField, Model, QuerySet, TextField, Value
from django.db.models.functions import Cast

from portfolio.models import (
    ChipDeployment,
    Contribution,
    ContributionEvent,
    CostEstimate,
    Milestone,
    ProjectStage,
    PublishedFigure,
)
from portfolio.models.fields import EuroSumField, MoneyField
from portfolio.queries.explanations import held_lists
from portfolio.queries.explanations.held_lists import Part, Placed, held_list
from portfolio.queries.fact_state import FactState, facts_between
from portfolio.queries.page_facts import NOTICE
from portfolio.queries.parts import Row, SumsByProject
from portfolio.queries.remembered import Memory
from portfolio.queries.results import data_version
from portfolio.queries.snapshot import is_reading
from portfolio.queries.states import Statement, marks
from portfolio.queries.streaming import streamed
from portfolio.vocabulary import DeploymentStatus, EventKind, Stage

RETIRED = "retired"
ENDINGS = frozenset({EventKind.CANCELLED, Stage.WITHDRAWN, Stage.NOT_SELECTED, RETIRED})


@dataclass(frozen=True, slots=True)
class DatedFact:
    """A fact of a day. `fact` is its file in a bundle, `word` the kind of event, the stage or the status.

    `subject` is the contribution, system, milestone or figure it is about. `amount` is in `currency`, `euro`
    its value, `number` the chips of a system or the value of a figure, as text; None or empty: unknown.
    """

    day: date
    fact: str
    word: str
    id: int
    subject: str
    project: str
    project_name: str
    financier: str
    amount: Decimal | None
    currency: str
    euro: Decimal | None
    number: str
    confidence: str
    source: str

    @property
    def is_published(self) -> bool:
        """Whether it is a published figure."""
        return self.fact == "published_figures"

    @property
    def ends(self) -> bool:
        """Whether it ends something: a contribution, a project, or a system."""
        return self.word in ENDINGS


@dataclass(frozen=True, slots=True)
class Kind:
    """Where facts of one kind stand, and by which date."""

    fact: str
    model: type[Model]
    dated_by: str
    word: Any
    subject: str
    project: str = "project"
    money: tuple[str, str, str] | None = None
    number: str = ""
    confident: bool = True
    financier: str = ""

    @property
    def facts(self) -> QuerySet[Any]:
        """The facts of all days; the sentence about the whole portfolio is none."""
        facts: QuerySet[Any] = self.model._default_manager.order_by()
        return facts.exclude(key=NOTICE) if self.model is PublishedFigure else facts

    @property
    def one_word(self) -> str | None:
        """The word of all its facts; None where each has its own."""
        return str(self.word.value) if isinstance(self.word, Value) else None

    def numbers(
        self, place: int, state: FactState, projects: list[int] | None, *, by_project: bool
    ) -> Statement:
        """Return the SELECT of how many facts of some days there are by project and word, with a number."""
        table, params = self.model._meta.db_table, list[Any]([state.since, state.as_of])
        word = f"'{self.one_word}'" if self.one_word is not None else f"f.{self.word.name}"
        owner, source = "0", f"FROM {table} AS f"
        if self.project == "project":
            owner = "f.project_id"
        elif self.project and (by_project or projects is not None):
            owner = "c.project_id"
            source += f" JOIN {Contribution._meta.db_table} AS c ON c.id = f.contribution_id"
        days = f"f.{self.dated_by} > %s AND f.{self.dated_by} <= %s"
        where = f"WHERE {days}"
        if projects is not None:
            where = f"WHERE {owner} IN ({marks(projects)}) AND {days}"
            params = [*projects, *params]
        if self.model is PublishedFigure:
            where += f" AND f.key <> '{NOTICE}'"
        whose = owner if by_project else "0"
        columns = [column for column in (whose, word) if column.startswith(("c.", "f."))]
        grouped = f"GROUP BY {', '.join(columns)}" if columns else "HAVING COUNT(*) > 0"
        return Statement(f"SELECT {whose}, {place}, {word}, COUNT(*) {source} {where} {grouped}", params)

    def newest(self, since: date, until: date, words: Sequence[str] | None, most: int) -> QuerySet[Any]:
        """Return the ids of the newest facts of some words (None: of any), chosen without a join."""
        between = {f"{self.dated_by}__gt": since, f"{self.dated_by}__lte": until}
        facts, order = self.facts.filter(**between), [f"-{self.dated_by}", "-pk"]
        if self.one_word is None:
            order.insert(1, self.word.name)
            if words is not None:
                facts = facts.filter(**{f"{self.word.name}__in": words})
        return facts.order_by(*order).values("pk")[:most]

    def rows(self, since: date, until: date) -> QuerySet[Any]:
        """Return the facts after one day up to another, with the columns of DatedFact."""
        nothing, project = Value("", output_field=TextField()), self.project
        amount, currency, euro = self.money or ("", "", "")
        between = {f"{self.dated_by}__gt": since, f"{self.dated_by}__lte": until}
        rows: QuerySet[Any] = self.facts.filter(**between).annotate(
            c_day=F(self.dated_by),
            c_fact=Value(self.fact, output_field=TextField()),
            c_word=_text(self.word),
            c_id=F("pk"),
            c_subject=_text(F(self.subject)),
            c_project=_text(F(f"{project}__slug")) if project else nothing,
            c_name=_text(F(f"{project}__name")) if project else nothing,
            c_financier=_text(F(self.financier)) if self.financier else nothing,
            c_amount=F(amount) if amount else Value(None, output_field=MoneyField()),
            c_currency=_text(F(currency)) if currency else nothing,
            c_euro=F(euro) if euro else Value(None, output_field=EuroSumField()),
            c_number=_text(F(self.number)) if self.number else nothing,
            c_confidence=_text(F("confidence")) if self.confident else nothing,
            c_source=_text(F("source__key")),
        )
        return rows


def _text(expression: Any) -> Any:
    return Cast(expression, TextField())


def _plain(word: str) -> Value:
    return Value(word, output_field=CharField())


COLUMNS = [
    *("c_day", "c_fact", "c_word", "c_id", "c_subject", "c_project", "c_name", "c_financier"),
    *("c_amount", "c_currency", "c_euro", "c_number", "c_confidence", "c_source"),
]
KINDS = (
    # Events first: the first of united queries tells the types of the columns.
    Kind(
        "contribution_events",
        ContributionEvent,
        "occurred_on",
        F("kind"),
        "contribution__reference",
        "contribution__project",
        ("amount", "contribution__currency", "amount_eur"),
        financier="contribution__financier__name",
    ),
    Kind("project_stages", ProjectStage, "reached_on", F("stage"), "project__slug"),
    Kind(
        "cost_estimates",
        CostEstimate,
        "estimated_on",
        _plain(""),
        "project__slug",
        money=("amount", "currency", "amount_eur"),
    ),
    *(
        Kind("chip_deployments", ChipDeployment, f"{word}_on", _plain(word), "system", number="chips")
        for word in (*map(str, DeploymentStatus), RETIRED)
    ),
    Kind("milestones", Milestone, "done_on", _plain("done"), "title", confident=False),
    Kind("published_figures", PublishedFigure, "as_of", _plain("published"), "key", "", number="value"),
)


_FIRST: Memory[list[list[DatedFact]]] = Memory()


def _read_numbers(state: FactState, projects: list[int] | None, *, by_project: bool = True) -> Iterator[Row]:
    """Yield how many facts of some days there are by project (0: of none), kind with its place, and word."""
    if projects is not None and not projects:
        return
    parts = [
        kind.numbers(place, state, projects, by_project=by_project)
        for place, kind in enumerate(KINDS)
        if projects is None or kind.project
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(part.sql for part in parts), [value for part in parts for value in part.params]
        )
        for project, place, word, number in cursor.fetchall():
            yield project, (place, KINDS[place].fact, word), (number,)


_NUMBERS = SumsByProject(_read_numbers)


@dataclass(frozen=True)
class DatedFacts:
    """The facts after one day up to another; or those `of` these that end something."""

    since: date
    until: date
    of: "DatedFacts | None" = None

    def ends(self) -> "DatedFacts":
        """Return the facts among these that end a contribution, a project or a system."""
        return DatedFacts(self.since, self.until, self)

    @property
    def event_numbers(self) -> dict[tuple[str, str], int]:
        """Return how many contribution events there are by kind."""
        return {key: number for key, number in self.numbers.items() if key[0] == KINDS[0].fact}

    @cached_property
    def numbers(self) -> dict[tuple[str, str], int]:
        """Return how many there are by kind of fact and word; one query, unless that is known."""
        if self.of is not None:
            return {key: number for key, number in self.of.numbers.items() if key[1] in ENDINGS}
        state = facts_between(self.since, self.until)
        if is_reading():
            counted = _NUMBERS.of(state)
        else:
            counted = {key: number for _, key, number in _read_numbers(state, None, by_project=False)}
        return {(fact, word): number for (_, fact, word), (number,) in sorted(counted.items()) if number}

    def count(self) -> int:
        """Return how many there are."""
        return sum(self.numbers.values())

    def first(self, most: int) -> tuple[list[DatedFact], int]:
        """Return the newest ones, and how many there are of all."""
        [found] = first_of([self], most)
        return found, self.count()

    def __getitem__(self, part: slice) -> list[DatedFact]:
        """Return some of them, the newest first; one query, once it is known how many there are of which."""
        return [DatedFact(*_filled(row[:-1])) for row in _united([self], part.stop)[part]]

    @property
    def _present(self) -> list[Kind]:
        """The kinds of which there are any: the others would only make a statement longer."""
        there = set(self.numbers)
        facts = {fact for fact, _ in there}
        return [
            kind
            for kind in KINDS
            if (kind.fact in facts if kind.one_word is None else (kind.fact, kind.one_word) in there)
        ]

    def __iter__(self) -> Iterator[DatedFact]:
        """Yield all of them, the oldest first; one query a kind of date, and little memory."""
        with ExitStack() as open_ones:
            streams = [
                open_ones.enter_context(
                    streamed(self._rows(kind).order_by("c_day", "c_word", "c_id"), COLUMNS)
                )
                for kind in KINDS
            ]
            for row in merge(*streams, key=lambda row: row[:4]):
                yield DatedFact(*_filled(row))

    def largest(self, most: int) -> list[DatedFact]:
        """Return the contribution events of the greatest euro value; a few queries, or one."""
        rows = self._rows(KINDS[0]).order_by("-amount_eur", "-occurred_on", "pk")
        if is_reading():
            held = held_list(facts_between(self.since, self.until), "largest", 0, self._read_largest)
            rows = rows.filter(pk__in=[term.row for term in held.first[:most]])
        else:
            rows = rows.filter(amount_eur__gt=0)
        return [DatedFact(*_filled(row)) for row in rows.values_list(*COLUMNS)[:most]]

    def _read_largest(self, projects: list[int] | None) -> Part:
        """Return the ids of the events of the greatest euro value, of some projects or of all."""
        events = ContributionEvent.objects.filter(
            occurred_on__gt=self.since, occurred_on__lte=self.until, amount_eur__gt=0
        )
        if projects is not None:
            events = events.filter(contribution__project__in=projects)
        rows = events.order_by("-amount_eur", "-occurred_on", "pk").values_list(
            "amount_eur", "occurred_on", "pk", "contribution__project_id"
        )
        first = [
            Placed((-(euro or 0), -day.toordinal(), id_), project, id_)
            for euro, day, id_, project in rows[: held_lists.MOST_KEPT]
        ]
        return Part((), first)

    def _rows(self, kind: Kind) -> QuerySet[Any]:
        rows = kind.rows(self.since, self.until)
        return rows.filter(c_word__in=[str(word) for word in ENDINGS]) if self.of is not None else rows

    def _newest(self, kind: Kind, number: int | None) -> QuerySet[Any]:
        """Return the newest of one kind, so many, chosen by an index before anything is joined to them."""
        if number is None:
            return self._rows(kind)
        words = None if self.of is None else [str(word) for word in ENDINGS]
        chosen = kind.newest(self.since, self.until, words, number)
        return kind.rows(self.since, self.until).filter(pk__in=chosen)


def published_among(facts: Iterable[DatedFact]) -> set[int]:
    """Return which published figures are among some facts (database ids)."""
    return {fact.id for fact in facts if fact.is_published}


def first_of(lists: Sequence[DatedFacts], most: int) -> list[list[DatedFact]]:
    """Return the newest facts of each of some lists, read together."""
    if not is_reading():
        return _first_of(lists, most)
    asked = tuple((facts.since, facts.until, facts.of is not None) for facts in lists)
    return _FIRST.get((asked, data_version(), most), lambda: _first_of(lists, most))


def _first_of(lists: Sequence[DatedFacts], most: int) -> list[list[DatedFact]]:
    found: list[list[DatedFact]] = [[] for _ in lists]
    for *row, place in _united(lists, most):
        if len(found[place]) < most:
            found[place].append(DatedFact(*_filled(tuple(row))))
    return found


def _united(lists: Sequence[DatedFacts], most: int | None) -> Any:
    """Return rows of COLUMNS with the place of their list: of each kind in each list the newest, so many."""
    rows = [
        facts._newest(kind, most)
        .annotate(c_list=Value(place, output_field=IntegerField()))
        .values_list(*COLUMNS, "c_list")
        for place, facts in enumerate(lists)
        for kind in facts._present
    ]
    if not rows:
        return []
    return rows[0].union(*rows[1:], all=True).order_by("-c_day", "c_fact", "c_word", "-c_id")


def _filled(row: tuple[Any, ...]) -> list[Any]:
    """Return a row with empty texts where a column has nothing."""
    texts = (2, 4, 5, 6, 7, 9, 11, 12, 13)
    return ["" if value is None and place in texts else value for place, value in enumerate(row)]
