"""Publications as CSV over HTTP: the list, and what was restated since each."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from portfolio.api.frozen_tables import not_as_published, unknown_publication
from portfolio.api.problems import NoResults, answering, read_parameters
from portfolio.api.tables import csv_response
from portfolio.exports.publications import differences_csv, publications_csv
from portfolio.jobs.publications import restated_results
from portfolio.queries.publications import frozen, publication_of
from portfolio.queries.snapshot import reading
from portfolio.tasks import begin_day


@require_safe
@answering
def publication_list(request: HttpRequest) -> HttpResponseBase:
    """Return the list of publications, the newest first."""
    read_parameters(request, ("format",))
    return csv_response(publications_csv(), "publications.csv")


@require_safe
@answering
def restated_figures(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Return each figure that differs from a publication, with the facts that bear on it."""
    read_parameters(request, ("format",))
    publication = publication_of(slug)
    if publication is None:
        return unknown_publication(slug)
    begin_day()
    results = restated_results(publication)
    if results is None:
        raise NoResults
    found = frozen(publication)
    if found.faults:
        return not_as_published(found)
    with reading():
        lines = list(differences_csv(found, results))
    response = csv_response(lines, f"{publication.slug}-restated.csv")
    response["As-Of"] = publication.as_of.isoformat()
    response["Data-Version"] = str(results.data_version)
    return response
