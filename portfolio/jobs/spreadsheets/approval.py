"""Two pairs of eyes for imports: whether rows that one writes need a second person."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from portfolio.jobs.bundle_format import FILE_BY_NAME
from portfolio.jobs.review import REVIEWED, Review, Stake
from portfolio.models import SpreadsheetImport
from portfolio.queries.versions import fields_of, history_of, previous

AT_ONCE = 2_000


class NeedsApproval(Exception):
    """Rows of an import need a second person: how many, and what the largest has at stake."""

    def __init__(self, rows: int, stake: Stake) -> None:
        super().__init__(f"{rows} rows need a second person: {stake}")
        self.rows, self.stake = rows, stake


def rows_above(held: SpreadsheetImport) -> NeedsApproval | None:
    """Return that rows which an import wrote need a second person; None where none does.

    Asked in the transaction that wrote them, or of an import that was applied.
    """
    review = Review()
    if review.threshold is None:
        return None
    rows, largest, unknown = 0, Decimal(0), False
    for name, file in FILE_BY_NAME.items():
        if file.model not in REVIEWED:
            continue
        for before, after in _written(held, name):
            stake = review.stake(before, after)
            if stake is not None:
                rows += 1
                unknown = unknown or stake.value_eur is None
                largest = max(largest, stake.value_eur or largest)
    if not rows:
        return None
    return NeedsApproval(rows, Stake(None if unknown else largest, review.threshold))


def _written(held: SpreadsheetImport, file: str) -> Iterator[tuple[Any, Any]]:
    """Yield each row of a file that an import wrote, as it was before (None: not there) and after."""
    model = FILE_BY_NAME[file].model
    history = history_of(model)._default_manager
    versions = held.written.filter(file=file).order_by().values("version")
    rows = history.filter(history_id__in=versions).order_by("history_id")
    told = rows.annotate(before=previous(model))
    newest = 0
    while True:
        entries = list(told.filter(history_id__gt=newest)[:AT_ONCE])
        if not entries:
            return
        newest = entries[-1].history_id
        earlier = history.in_bulk([one.before for one in entries if one.history_type == "~" and one.before])
        for entry in entries:
            known = earlier.get(entry.before) if entry.history_type == "~" else None
            yield _record(model, known), _record(model, entry)


def _record(model: Any, entry: Any) -> Any:
    if entry is None:
        return None
    return model(**{field.attname: getattr(entry, field.attname) for field in fields_of(model)}, pk=entry.id)
