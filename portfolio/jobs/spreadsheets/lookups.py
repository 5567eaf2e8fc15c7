"""Records that a list refers to: by key, or by the name that people know."""

from collections.abc import Iterable

from portfolio.jobs.bundle_format import FILE_BY_NAME
from portfolio.jobs.cells import CellFault, shown
from portfolio.names import folded
from portfolio.rules.cell_texts import slug

NAMED_BY = {
    "projects": ("name",),
    "financiers": ("name",),
    "envelopes": ("name",),
    "chip_models": ("name", "vendor"),
    "sources": ("title",),
}


class Lookup:
    """The recorded keys of a file and the names they go by.

    Rows of a list may be many, what they refer to is not: it is held in memory.
    """

    def __init__(self, file: str, *, make: bool = False) -> None:
        self.file = file
        self.make = make
        self.keys: set[str] = set()
        self.names: dict[str, set[str]] = {}
        known_by = NAMED_BY.get(file)
        if known_by is None:
            return
        key = FILE_BY_NAME[file].key[0]
        rows = FILE_BY_NAME[file].model._default_manager.order_by().values_list(key, *known_by)
        for value, name, *before in rows.iterator():
            self.keys.add(value)
            for known_as in {folded(name), folded(" ".join([*before, name]))}:
                self.names.setdefault(known_as, set()).add(value)

    def __call__(self, text: str) -> str:
        """Return the key of what a text names; one that is not recorded as it is, or made by slug.

        Raise CellFault for a name that several records have.
        """
        if text in self.keys or self.file not in NAMED_BY:
            return text
        keys = self.names.get(folded(text), set())
        if len(keys) > 1:
            raise CellFault(
                f"{shown(text)} is the name of several records", f"one of the keys {_listed(keys)}"
            )
        if keys:
            return next(iter(keys))
        by_slug = slug(text)
        if by_slug in self.keys:
            return by_slug
        if not self.make:
            return text
        if not by_slug:
            raise CellFault(f"{shown(text)} has no letter that a key could be made from", "a recorded name")
        return by_slug

    def is_recorded(self, key: str) -> bool:
        return key in self.keys


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys)[:5])
