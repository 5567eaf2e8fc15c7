"""Contributions narrowed by filters, as of the day of some results: a page of them, and their sums."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from heapq import nlargest
from typing import Any, NamedTuple

from django.db import connection

from portfolio.models import Contribution, ContributionState, Envelope, Financier, Project, ResultSet
from portfolio.queries.contribution_filters import (
    CANCELLED,
    PAID_UNKNOWN,
    Filters,
    as_ranked,
    money_of,
    stages_kept,
)
from portfolio.queries.contribution_states import is_newest, read_states, states_behind
from portfolio.queries.contribution_sums import euro_by_project, has_sums, sums_by_state
from portfolio.queries.remembered import remembered
from portfolio.queries.states import Statement, marks
from portfolio.rules.money import decimal_of

ROWS_ON_A_PAGE = 50
MANY = 10_000


def kept(results: ResultSet, filters: Filters, *, contribution: bool) -> Statement:
    """Return FROM and WHERE of the states `s` that the filters keep, if asked for with the contribution `c`.

    `r` is the result set, and `p` the row of the project's results, which knows its stage as of the day.
    Every state has a contribution and a project: joined where nothing of them is asked, they would double the
    cost.
    """
    projects = _ids(Project, filters.project)
    envelopes = _ids(Envelope, filters.envelope)
    envelope = None if envelopes is None else (envelopes or [0])[0]
    states = states_behind(results, projects, envelope)
    conditions, params = ["r.id = %s", money_of(filters).condition], [*states.params, results.pk]
    _narrow_stage(filters, conditions)
    equal = {
        "j.kind": filters.kind,
        "s.financier_kind": filters.financier_kind,
        "c.instrument": filters.instrument,
    }
    for column, value in equal.items():
        if value:
            conditions.append(f"{column} = %s")
            params.append(value)
    if filters.guarantee is not None:
        conditions.append("s.guarantee" if filters.guarantee else "NOT s.guarantee")
    financiers = _ids(Financier, filters.financier)
    if financiers is not None:
        conditions.append(f"c.financier_id IN ({marks(financiers)})")
        params.extend(financiers)
    for column, number in (
        ("s.project_id", filters.beyond),
        ("c.financier_id", filters.beyond_financiers),
    ):
        if number:
            first = [id_ for id_, _ in largest(results, as_ranked(filters), column, number).first]
            conditions.append(f"{column} NOT IN ({marks(first)})" if first else "TRUE")
            params.extend(first)
    joined = [
        "JOIN portfolio_projectcoverage AS p ON p.project_id = s.project_id",
        "JOIN portfolio_resultset AS r ON r.id = p.result_set_id",
    ]
    if contribution or any(condition.startswith("c.") for condition in conditions):
        joined.append("JOIN portfolio_contribution AS c ON c.id = s.contribution_id")
    if filters.kind:
        joined.append("JOIN portfolio_project AS j ON j.id = s.project_id")
    sql = f"FROM ({states.sql}) AS s {' '.join(joined)} WHERE {' AND '.join(conditions)}"
    return Statement(sql, params)


def _ids(model: Any, slug: str) -> list[int] | None:
    """Return the record that a slug names; none for an unknown slug, and None where nothing is named."""
    return list(model.objects.filter(slug=slug).order_by().values_list("pk", flat=True)) if slug else None


def _narrow_stage(filters: Filters, conditions: list[str]) -> None:
    stages, kept = stages_kept(filters)
    if stages:
        chosen = ", ".join(f"'{stage}'" for stage in sorted(stages))
        conditions.append(f"p.stage {'' if kept else 'NOT '}IN ({chosen})")


class Largest(NamedTuple):
    """The records that stand behind most of the money, as (database id, euro), and how many there are."""

    first: tuple[tuple[int, Decimal], ...]
    number: int


@remembered
def largest(results: ResultSet, filters: Filters, column: str, most: int) -> Largest:
    """Return those with the most of what the filters keep, of a column of `kept`, the largest first."""
    if column == "s.project_id" and has_sums(filters):
        euros = euro_by_project(results, filters)
        least = min(nlargest(most, euros.values()), default=0)
        ranked = sorted((-cents, id_) for id_, cents in euros.items() if cents >= least)[:most]
        return Largest(tuple((id_, decimal_of(-cents, 2)) for cents, id_ in ranked), len(euros))
    from_, params = kept(results, filters, contribution=column.startswith("c."))
    euro = f"COALESCE(SUM({money_of(filters).euro}), 0)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column}, {euro}, COUNT(*) OVER () {from_}"
            f" GROUP BY {column} ORDER BY 2 DESC, 1 LIMIT %s",
            [*params, most],
        )
        rows = cursor.fetchall()
    return Largest(
        tuple((id_, decimal_of(int(cents), 2)) for id_, cents, _ in rows), rows[0][2] if rows else 0
    )


class StateTotal(NamedTuple):
    """What contributions of one state add up to; `unknown` of them have no known amount."""

    state: str
    guarantee: bool
    number: int
    euro: Decimal
    unknown: int
    disbursed_eur: Decimal
    paid_unknown: int


@remembered
def totals(results: ResultSet, filters: Filters) -> tuple[StateTotal, ...]:
    """Return the sums of exactly what the filters keep, by state; guarantees apart (rule 3)."""
    if has_sums(filters):
        found = sums_by_state(results, filters).items()
        rows = [(*group, *sums) for group, sums in found]
    else:
        rows = _summed(results, filters)
    return tuple(
        StateTotal(
            *(state or "", bool(guarantee), number, decimal_of(int(euro), 2), int(unknown)),
            *(decimal_of(int(paid), 2), int(paid_unknown)),
        )
        for state, guarantee, number, euro, unknown, paid, paid_unknown in rows
    )


def _summed(results: ResultSet, filters: Filters) -> list[tuple[Any, ...]]:
    from_, params = kept(results, filters, contribution=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.state, s.guarantee, COUNT(*), COALESCE(SUM(s.amount_eur), 0),"
            " SUM(CASE WHEN s.amount_eur IS NULL AND s.state IS NOT NULL THEN 1 ELSE 0 END),"
            f" SUM(s.disbursed_eur), SUM(CASE WHEN {PAID_UNKNOWN} THEN 1 ELSE 0 END)"
            f" {from_} GROUP BY s.state, s.guarantee",
            params,
        )
        return list(cursor.fetchall())


@remembered
def _page(results: ResultSet, filters: Filters, start: int, number: int, of: int) -> tuple[int, ...]:
    """Return a page of what the filters keep, `of` so many in all: database ids, the largest first."""
    euro, some_are_large = money_of(filters).euro, filters.state not in ("disbursed", CANCELLED)
    if some_are_large and has_sums(filters) and of >= MANY and is_newest(results):
        # Among many, those at the top are soon found in an index that has no unknown amounts and zeros.
        page = _ordered(results, filters, f"AND {euro} > 0 ORDER BY {euro} DESC", start, number)
        if len(page) == number:
            return page
    return _ordered(results, filters, f"ORDER BY {euro} DESC NULLS LAST", start, number)


def _ordered(results: ResultSet, filters: Filters, order: str, start: int, number: int) -> tuple[int, ...]:
    from_, params = kept(results, filters, contribution=True)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id {from_} {order}, c.reference, c.id LIMIT %s OFFSET %s", [*params, number, start]
        )
        return tuple(id_ for (id_,) in cursor.fetchall())


@dataclass(frozen=True, slots=True)
class ContributionLine:
    """A contribution with its state as of the day of the results."""

    contribution: Contribution
    state: ContributionState


class ContributionLines(Sequence[ContributionLine]):
    """The contributions that the filters keep, the largest first, for a paginator that takes slices."""

    def __init__(self, results: ResultSet, filters: Filters) -> None:
        self._results, self._filters = results, filters
        self._number = sum(total.number for total in totals(results, filters))

    def __len__(self) -> int:
        return self._number

    def __getitem__(self, part: Any) -> Any:
        if isinstance(part, int):
            return self[part : part + 1][0]
        start, stop, _ = part.indices(self._number)
        ids = _page(self._results, self._filters, start, max(stop - start, 0), self._number)
        related = ("project", "financier", "envelope", "source")
        found = Contribution.objects.select_related(*related).in_bulk(ids)
        projects = sorted({contribution.project_id for contribution in found.values()})
        states = {row.contribution_id: row for row in read_states(states_behind(self._results, projects))}
        return [ContributionLine(found[id_], states[id_]) for id_ in ids]


def names_behind(filters: Filters) -> dict[str, str]:
    """Return the names of the project, the financier and the envelope that filters name, where recorded."""
    asked = {
        "project": Project.objects.filter(slug=filters.project),
        "financier": Financier.objects.filter(slug=filters.financier),
        "envelope": Envelope.objects.filter(slug=filters.envelope),
    }
    found = {}
    for name, records in asked.items():
        if getattr(filters, name):
            found[name] = records.values_list("name", flat=True).first() or ""
    return found
