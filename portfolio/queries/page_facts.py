"""The few facts that pages lead with: the figures that rules read, the notice, and what was published.

While pages are read they are read together, once for each state of them in this process.
"""

from dataclasses import dataclass
from datetime import date

from portfolio.models import Publication, PublishedFigure
from portfolio.queries.memories import forgotten_by
from portfolio.queries.publications import newest_publication, publications
from portfolio.queries.remembered import Memory
from portfolio.queries.results import data_version
from portfolio.queries.snapshot import is_reading
from portfolio.queries.together import read_together
from portfolio.vocabulary import FigureKey

NOTICE = "illustrative_notice"
Publications = dict[date, list[Publication]]


@dataclass(frozen=True, slots=True)
class _PageFacts:
    figures: dict[str, PublishedFigure]
    publications: Publications


_MEMORY: Memory[_PageFacts] = Memory()
# By the number of the newest one: none is ever changed or removed.
_published: dict[int, Publications] = {}
forgotten_by(_published.clear)


def notice() -> str:
    """Return what every page must say about the whole portfolio, such as that it is invented; or nothing."""
    figure = _page_facts().figures.get(NOTICE)
    return figure.statement if figure else ""


def claims() -> dict[str, PublishedFigure]:
    """Return the published figures that rules read, with their sources, by key; absent ones are absent."""
    return {key: figure for key, figure in _page_facts().figures.items() if key != NOTICE}


def publications_as_of(as_of: date) -> list[Publication]:
    """Return the publications of a date, the newest first."""
    return _page_facts().publications.get(as_of, [])


def _page_facts() -> _PageFacts:
    if not is_reading():  # in a transaction that writes, what is seen may never come to be
        return _read(newest_publication())
    newest = newest_publication()
    return _MEMORY.get((data_version(), newest), lambda: _read(newest))


def _read(newest: int) -> _PageFacts:
    figures = PublishedFigure.objects.filter(key__in=[*FigureKey.values, NOTICE]).order_by()
    known = _published.get(newest) if is_reading() else None
    wanted = publications() if known is None else Publication.objects.none()
    found, published = read_together(figures.select_related("source"), wanted)
    if known is None:
        known = {}
        for publication in published:
            known.setdefault(publication.as_of, []).append(publication)
        if is_reading():
            _published.clear()
            _published[newest] = known
    return _PageFacts({figure.key: figure for figure in found}, known)
