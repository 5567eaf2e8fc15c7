"""Pages as they were published: with `?published=`, a page shows the frozen figures of what it is about."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from portfolio.dashboards import frozen_tables as tables
from portfolio.dashboards.frozen_tables import COMPARISON, COVERAGE, UTILISATION, Names, Section
from portfolio.models import Publication
from portfolio.queries.publications import Frozen, frozen, publication_of
from portfolio.queries.snapshot import reading
from portfolio.rules.dates import parse_as_of, today

# The pages that have frozen figures, with their titles.
FREEZABLE = {
    "overview": "Portfolio",
    "projects": "Projects",
    "project": "",
    "envelopes": "Envelopes and mobilisation targets",
    "envelope": "",
    "chips": "Chips",
}
Render = Callable[..., HttpResponse]


class _Refused(Exception):
    """Why a page cannot be shown as published; its text is a sentence."""

    def __init__(self, sentence: str, status: int, publication: Publication | None = None) -> None:
        super().__init__(sentence)
        self.status, self.publication = status, publication


def as_published(request: HttpRequest, render: Render) -> HttpResponse:
    """Return a page with the figures that a publication froze, or one that says why there are none.

    Raise DateRefused for a malformed `?as_of=` beside it.
    """
    try:
        with reading():
            return _frozen_page(request, render)
    except _Refused as refused:
        context = {"sentence": str(refused), "publication": refused.publication}
        return render(request, "portfolio/not_published.html", context, status=refused.status)


def _frozen_page(request: HttpRequest, render: Render) -> HttpResponse:
    publication = _asked(request)
    match = request.resolver_match
    name = (match.url_name if match else "") or ""
    if name not in FREEZABLE:
        raise _Refused(
            "This page shows nothing that is frozen: a publication holds the four tables of results.",
            400,
            publication,
        )
    found = frozen(publication)
    key = str(match.kwargs.get("slug", "")) if match else ""
    sections = [] if found.faults else _sections(name, key, found, request.GET.get("page"))
    title = FREEZABLE[name]
    if key:
        kind = "project" if name == "project" else "envelope"
        title = Names.today().name(kind, key) or key
    context = {
        "results": publication,
        "frozen": publication,
        "asked_as_of": publication.as_of if publication.as_of < today() else None,
        "title": title,
        "key": key,
        "faults": found.faults,
        "sections": sections,
    }
    return render(request, "portfolio/frozen.html", context)


def _asked(request: HttpRequest) -> Publication:
    asked = request.GET.getlist("published")
    if len(asked) > 1:
        raise _Refused(f"published is given {len(asked)} times. Use one publication.", 400)
    publication = publication_of(asked[0])
    if publication is None:
        raise _Refused(f"There is no publication “{asked[0]}”.", 404)
    for as_of in filter(None, request.GET.getlist("as_of")):
        if parse_as_of(as_of) != publication.as_of:
            raise _Refused(
                f"“{publication.name}” was published as of {publication.as_of}, not {as_of}.",
                400,
                publication,
            )
    return publication


def _sections(name: str, key: str, found: Frozen, number: str | None) -> list[Section]:
    """Return the frozen tables, or the rows of them, that a page is about."""
    names = Names.today()
    if name == "overview":
        return [
            tables.metrics(found, names),
            *tables.envelopes(found.tables[UTILISATION], names),
        ]
    if name == "projects":
        return [tables.whole(found.tables[COVERAGE], names, number)]
    if name == "chips":
        return [tables.whole(found.tables[COMPARISON], names, number)]
    if name == "envelopes":
        return tables.envelopes(found.tables[UTILISATION], names)
    wanted = (UTILISATION,) if name == "envelope" else (COVERAGE, COMPARISON)
    sections = []
    for table in wanted:
        row = found.tables[table].row(key)
        if row is None:
            raise _Refused(f"“{key}” is not in “{found.publication.name}”.", 404, found.publication)
        sections.append(tables.one(found.tables[table], row, names, _title_of(table)))
    return sections


def _title_of(table: str) -> str:
    return {COVERAGE: "Funding", COMPARISON: "Chips", UTILISATION: "What counts against it"}[table]


def frozen_parameters(context: dict[str, Any], name: str) -> dict[str, str]:
    """Return the parameters that keep a link on the figures of the publication that is shown, if any."""
    publication = context.get("frozen")
    return {"published": publication.slug} if publication and name in FREEZABLE else {}
