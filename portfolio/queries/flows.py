"""Whose money flows through which instrument to which project, as of the day of some results."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from portfolio.models import Financier, Project, ResultSet
from portfolio.queries.contribution_filters import Filters, as_ranked, money_of
from portfolio.queries.contribution_list import kept, largest
from portfolio.queries.contribution_sums import has_sums, sums_to
from portfolio.queries.remembered import remembered
from portfolio.queries.states import marks
from portfolio.rules.money import ZERO, decimal_of

OTHERS = 0  # stands for the projects, or financiers, that are not among the largest


class Leg(NamedTuple):
    """What one kind of financier, or one financier, gives through one instrument to one project.

    `financier` is None where financiers are not told apart; it and `project` are database ids, or OTHERS.
    Of `number` contributions, `unknown` have no known amount: the sum leaves them out.
    """

    kind: str
    financier: int | None
    instrument: str
    project: int
    euro: Decimal
    number: int
    unknown: int


class Named(NamedTuple):
    """A project or a financier of a flow."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Flows:
    """The legs of what the filters keep, guarantees left out; projects and financiers the largest first.

    `others` is how many projects stand together in the legs to OTHERS, `other_financiers` how many financiers
    of a kind in its legs from OTHERS.
    """

    legs: tuple[Leg, ...]
    projects: dict[int, Named]
    others: int
    financiers: dict[int, Named]
    other_financiers: dict[str, int]

    @property
    def euro(self) -> Decimal:
        """All legs together, a lower bound where any is."""
        return sum((leg.euro for leg in self.legs), ZERO)

    @property
    def unknown(self) -> int:
        """How many contributions have no known amount."""
        return sum(leg.unknown for leg in self.legs)

    @property
    def number(self) -> int:
        """How many contributions stand behind the legs."""
        return sum(leg.number for leg in self.legs)


@remembered
def flows(results: ResultSet, filters: Filters, projects: int, financiers: int) -> Flows:
    """Return the flows that the filters keep, to the `projects` that receive the most and to the others.

    With `financiers` above 0, from that many of each kind who give the most, and from the others of it.
    """
    asked = replace(as_ranked(filters), guarantee=False)
    to = largest(results, asked, "s.project_id", projects)
    by = _largest_by_kind(results, asked, financiers) if financiers else None
    payers = [id_ for _, id_, _ in by] if by is not None else None
    return Flows(
        _legs(results, asked, [id_ for id_, _ in to.first], payers),
        _named(Project.objects.all(), [id_ for id_, _ in to.first]),
        to.number - len(to.first),
        _named(Financier.objects.all(), payers or []),
        {kind: number - financiers for kind, _, number in by or () if number > financiers},
    )


def _largest_by_kind(results: ResultSet, filters: Filters, most: int) -> list[tuple[str, int, int]]:
    """Return kind and database id of those who give the most of each kind, and how many of it give."""
    from_, params = kept(results, filters, contribution=True)
    ranked = f"ORDER BY COALESCE(SUM({money_of(filters).euro}), 0) DESC, c.financier_id"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, id, number FROM (SELECT s.financier_kind AS kind, c.financier_id AS id,"
            f" ROW_NUMBER() OVER (PARTITION BY s.financier_kind {ranked}) AS place,"
            f" COUNT(*) OVER (PARTITION BY s.financier_kind) AS number {from_}"
            " GROUP BY s.financier_kind, c.financier_id) AS ranked WHERE place <= %s ORDER BY kind, place",
            [*params, most],
        )
        return [(kind, id_, number) for kind, id_, number in cursor.fetchall()]


def _named(records: QuerySet[Project] | QuerySet[Financier], ids: list[int]) -> dict[int, Named]:
    rows = records.filter(pk__in=ids).order_by().values_list("pk", "slug", "name")
    found = {id_: Named(slug, name) for id_, slug, name in rows}
    return {id_: found[id_] for id_ in ids}


def _legs(
    results: ResultSet, filters: Filters, projects: list[int], financiers: list[int] | None
) -> tuple[Leg, ...]:
    if financiers is None and has_sums(filters):
        paid = filters.state == "disbursed"
        return tuple(
            Leg(
                kind,
                None,
                instrument,
                to,
                decimal_of(sums.disbursed if paid else sums.euro, 2),
                sums.number,
                sums.paid_unknown if paid else sums.unknown,
            )
            for (kind, instrument, to), sums in sums_to(results, filters, projects, OTHERS).items()
        )
    from_, params = kept(results, filters, contribution=True)
    euro, unknown = money_of(filters).euro, money_of(filters).unknown
    chosen = list[int](projects)
    project = f"CASE WHEN s.project_id IN ({marks(projects)}) THEN s.project_id ELSE {OTHERS} END"
    financier = "NULL"
    if financiers is not None:
        financier = f"CASE WHEN c.financier_id IN ({marks(financiers)}) THEN c.financier_id ELSE {OTHERS} END"
        chosen = [*financiers, *chosen]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, financier, instrument, project, COALESCE(SUM(euro), 0), COUNT(*), SUM(lacks)"
            f" FROM (SELECT s.financier_kind AS kind, {financier} AS financier, c.instrument AS instrument,"
            f" {project} AS project, {euro} AS euro, CASE WHEN {unknown} THEN 1 ELSE 0 END AS lacks {from_})"
            " AS legs GROUP BY kind, financier, instrument, project",
            [*chosen, *params],
        )
        rows = cursor.fetchall()
    return tuple(
        Leg(kind, payer, instrument, to, decimal_of(int(cents), 2), number, int(lacking))
        for kind, payer, instrument, to, cents, number, lacking in rows
    )
