"""The making of a board report: its results computed, its sections read in one snapshot, its PDF set."""

import logging
from datetime import date

from django.db import connection
from django.utils import timezone

from portfolio.exports.answering import Preparation
from portfolio.exports.lists.refusals import NoResults
from portfolio.exports.report.content import begin, sections
from portfolio.exports.report.context import Context
from portfolio.exports.report.setting import pdf
from portfolio.jobs.past_dates import BeingComputed, results_of
from portfolio.jobs.report_attempts import Attempt, Superseded, begun
from portfolio.jobs.retries import to_be_tried_again
from portfolio.models import BoardReport, ResultSet
from portfolio.queries.alert_readers import seen_by
from portfolio.queries.publications import publication_of
from portfolio.queries.results import data_version, published_set
from portfolio.queries.snapshot import reading
from portfolio.rules.dates import DateRefused

logger = logging.getLogger(__name__)

NOTHING = "Nothing has been computed yet. Run the recompute command."
TYPESETTING = "The pages"


class _Outdated(Exception):
    """What was computed for the report is gone, or old: it is computed again."""


def work_on(pk: int, preparation: Preparation) -> bool:
    """Make a report; return whether nothing is left to be done for it.

    What stands in the way is kept with it, as a sentence. Somebody else may be at it: then this is over.
    """
    attempt = begun(pk)
    if attempt is None:
        return True
    try:
        with attempt.renewed():
            _make(attempt, preparation)
    except Superseded:
        pass
    except (BeingComputed, _Outdated):
        attempt.put_back()
        return False
    except NoResults:
        attempt.fails(NOTHING)
    except DateRefused as refused:
        attempt.fails(str(refused))
    except Exception as error:
        if to_be_tried_again(error) and not connection.in_atomic_block:
            attempt.put_back()
            return False
        logger.exception("Report %s stopped", pk)
        attempt.fails(f"The work stopped with an error, and there is no report. {type(error).__name__}.")
    return True


def _make(attempt: Attempt, preparation: Preparation) -> None:
    report = attempt.report
    preparation.begin_day()
    _compute(report)
    made_at = timezone.now()
    with reading():
        context = _context(report)
        document = begin(context, made_at)
        for title, write in sections(context):
            attempt.at(title, min(len(document.sections), len(report.sections)))
            document.sections.append(write())
    attempt.at(TYPESETTING, len(report.sections))
    content, pages = pdf(document)
    attempt.ready(content, pages, context.results.data_version)


def _compute(report: BoardReport) -> None:
    newest = published_set()
    if newest is None:
        raise NoResults
    for day in (report.as_of, report.since):
        if day is not None and day < newest.as_of:
            results_of(day)


def _context(report: BoardReport) -> Context:
    results = _results(report.as_of)
    before = _results(report.since) if report.since else None
    publication = publication_of(report.publication) if report.publication else None
    return Context(report, results, before, publication, bool(seen_by(report.owner)))


def _results(day: date) -> ResultSet:
    """Return the results of a day as they are in this snapshot; raise _Outdated."""
    newest = published_set()
    if newest is not None and newest.as_of == day:
        return newest  # which may wait for a recomputation
    found = ResultSet.objects.filter(as_of=day).first()
    if found is None or found.data_version != data_version():
        raise _Outdated
    return found
