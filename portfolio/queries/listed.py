"""Rows for a paginator whose number is known already, so that they need not be counted again."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, overload

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


class Listed(Sequence[Row], Generic[Row]):
    """The rows of a query, read a slice at a time, and how many there are."""

    def __init__(self, rows: QuerySet[Row], number: int) -> None:
        self._rows = rows
        self._number = number

    def __len__(self) -> int:
        return self._number

    @overload
    def __getitem__(self, part: int) -> Row: ...
    @overload
    def __getitem__(self, part: slice) -> list[Row]: ...
    def __getitem__(self, part: Any) -> Any:
        return list(self._rows[part]) if isinstance(part, slice) else self._rows[part]
