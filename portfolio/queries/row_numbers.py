"""How many contributions and contribution events are recorded: kept by project, as there may be millions."""

from collections.abc import Iterator
from datetime import date

from django.db import connection
from django.db.models import Model

from portfolio.models import Contribution, ContributionEvent
from portfolio.queries.fact_state import FactState, facts_between
from portfolio.queries.memories import to_be_read_ahead
from portfolio.queries.parts import Row, SumsByProject
from portfolio.queries.snapshot import is_reading
from portfolio.queries.states import marks

KEPT: tuple[type[Model], ...] = (Contribution, ContributionEvent)


def number_of(model: type[Model]) -> int | None:
    """Return how many records of a model there are; None for others than KEPT, and where one may write."""
    if model not in KEPT or not is_reading():
        return None
    return _NUMBERS.of(facts_between(date.min, date.max)).get((model._meta.db_table,), (0,))[0]


def _read(state: FactState, projects: list[int] | None) -> Iterator[Row]:
    """Yield how many contributions and how many events there are by project, of all or of some."""
    if projects is not None and not projects:
        return
    some = "" if projects is None else f" WHERE c.project_id IN ({marks(projects)})"
    contributions, events = (model._meta.db_table for model in KEPT)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT '{contributions}', c.project_id, COUNT(*) FROM {contributions} AS c{some}"
            f" GROUP BY c.project_id UNION ALL SELECT '{events}', c.project_id, COUNT(*) FROM {events} AS e"
            f" JOIN {contributions} AS c ON c.id = e.contribution_id{some} GROUP BY c.project_id",
            [*(projects or ()), *(projects or ())],
        )
        for table, project, number in cursor.fetchall():
            yield project, (table,), (number,)


_NUMBERS = SumsByProject(_read)
to_be_read_ahead(lambda results: number_of(ContributionEvent))
