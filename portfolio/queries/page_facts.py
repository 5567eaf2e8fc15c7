"""The few facts that pages lead with: the figures that rules read, the notice, and what was published.

While pages are read they are read together, once for each state of them in this process.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from portfolio.models import Publication, PublishedFigure
from portfolio.queries.memories import forgotten_by
from portfolio.queries.publications import newest_publication, publications
from portfolio.queries.remembered import Memory
from portfolio.queries.results import data_version
from portfolio.queries.snapshot import is_reading
from portfolio.queries.together import read_together
from portfolio.vocabulary import FigureKey

NOTICE = "illustrative_notice"
Figures = dict[str, PublishedFigure]
Publications = dict[date, list[Publication]]


@dataclass(frozen=True, slots=True)
class _PageFacts:
    figures: Figures
    publications: Publications


_MEMORY: Memory[_PageFacts] = Memory()
# By the number of the newest one: none is ever changed or removed.
_published: dict[int, Publications] = {}
forgotten_by(_published.clear)


def notice() -> str:
    """Return what every page must say about the whole portfolio, such as that it is invented; or nothing."""
    figure = _figures().get(NOTICE)
    return figure.statement if figure else ""


def claims() -> Figures:
    """Return the published figures that rules read, with their sources, by key; absent ones are absent."""
    return {key: figure for key, figure in _figures().items() if key != NOTICE}


def publications_as_of(as_of: date) -> list[Publication]:
    """Return the publications of a date, the newest first."""
    if not is_reading():
        return list(publications().filter(as_of=as_of))
    return _page_facts().publications.get(as_of, [])


def _figures() -> Figures:
    # In a transaction that writes, what is seen may never come to be.
    return _page_facts().figures if is_reading() else _by_key(_figure_rows())


def _figure_rows() -> QuerySet[PublishedFigure]:
    figures = PublishedFigure.objects.filter(key__in=[*FigureKey.values, NOTICE])
    return figures.select_related("source").order_by()


def _by_key(figures: Iterable[PublishedFigure]) -> Figures:
    return {figure.key: figure for figure in figures}


def _page_facts() -> _PageFacts:
    newest = newest_publication()
    return _MEMORY.get((data_version(), newest), lambda: _read(newest))


def _read(newest: int) -> _PageFacts:
    known = _published.get(newest)
    figures, published = read_together(
        _figure_rows(), publications() if known is None else Publication.objects.none()
    )
    if known is None:
        known = {}
        for publication in published:
            known.setdefault(publication.as_of, []).append(publication)
        _published.clear()
        _published[newest] = known
    return _PageFacts(_by_key(figures), known)
