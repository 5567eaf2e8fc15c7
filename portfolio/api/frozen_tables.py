"""A metric table as it was published: the frozen CSV, byte for byte."""

from base64 import b64encode

from django.http import HttpResponse, HttpResponseBase

from portfolio.api.problems import ParameterRefused, problem
from portfolio.models import Publication
from portfolio.queries.publications import Frozen, frozen, publication_of
from portfolio.rules.dates import parse_as_of


def unknown_publication(slug: str) -> HttpResponse:
    """Return the problem document of an address without a publication."""
    detail = f"There is no publication “{slug}”. /api/v1/publications/?format=csv lists all."
    return problem(404, "Unknown publication", detail, parameter="published", value=slug)


def not_as_published(found: Frozen) -> HttpResponse:
    """Return the problem document of a publication that was tampered with."""
    detail = f"{' '.join(found.faults)} Do not rely on it: see verify_publications, and restore a backup."
    return problem(500, "Not as published", detail, publication=found.publication.slug)


def frozen_table(name: str, asked: dict[str, str]) -> HttpResponseBase:
    """Return a table, by the name that addresses write, as the publication that is asked for froze it."""
    publication = publication_of(asked["published"])
    if publication is None:
        return unknown_publication(asked["published"])
    refuse_contradiction(publication, asked.get("as_of", ""))
    found = frozen(publication)
    if found.faults:
        return not_as_published(found)
    table = found.tables[name.replace("-", "_")]
    checksum = b64encode(bytes.fromhex(table.sha256)).decode()
    return HttpResponse(
        table.csv.encode(),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{publication.slug}-{table.name}.csv"',
            "As-Of": publication.as_of.isoformat(),
            "Data-Version": str(publication.data_version),
            "Repr-Digest": f"sha-256=:{checksum}:",
        },
    )


def refuse_contradiction(publication: Publication, as_of: str) -> None:
    """Raise ParameterRefused where another day is asked for than the one that was published."""
    if as_of and parse_as_of(as_of) != publication.as_of:
        raise ParameterRefused(
            "Contradicting parameters",
            "as_of",
            as_of,
            f"“{publication.slug}” was published as of {publication.as_of}, not {as_of}."
            " Leave out as_of, or published.",
        )
