"""Publishing: the results of a date are frozen under a name, and never change again."""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from typing import Any

from django.db import IntegrityError, OperationalError
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from portfolio.jobs.locks import FactsBusy, between_edits
from portfolio.jobs.past_dates import BeingComputed, at_hand, results_of
from portfolio.jobs.recompute import answer_requests, is_of_an_earlier_day, start_new_day
from portfolio.models import Publication, PublishedTable, RecomputeRequest, ResultSet
from portfolio.queries.metric_tables import METRIC_TABLES, metric_csv, published_csv
from portfolio.queries.presence import is_loaded
from portfolio.queries.publications import digest
from portfolio.queries.results import compute, data_version, published_set
from portfolio.queries.snapshot import one_snapshot
from portfolio.rules import RULES_VERSION
from portfolio.rules.dates import today

ATTEMPTS = 5
LONGEST_NAME = 200
LONGEST_NOTE = 10_000


class PublicationRefused(Exception):
    """Why something cannot be published; its text is a sentence."""


class _OutOfDate(Exception):
    """A fact changed between bringing the results up to date and reading them."""


def publish_results(name: str, as_of: date | None = None, user: Any = None, note: str = "") -> Publication:
    """Freeze the four tables of a date (today's by default) under a name; return the publication.

    Pending edits are answered first. Facts and results are read in one snapshot, and frozen only where the
    results are what the facts say. Raise PublicationRefused with a sentence.
    """
    as_of = as_of or today()
    name, note = _accepted(name, note, as_of)
    slug = slugify(name)[:LONGEST_NAME].strip("-_") or f"publication-{as_of}"
    _refuse_taken(name, slug)
    try:
        for _ in range(ATTEMPTS):
            _bring_up_to_date(as_of)
            try:
                return _freeze(Publication(slug=slug, name=name, note=note, as_of=as_of), _name_of(user))
            except _OutOfDate:
                continue
    except IntegrityError:
        # Somebody else published under this name in between.
        _refuse_taken(name, slug)
        raise
    except (BeingComputed, FactsBusy) as error:
        raise PublicationRefused(str(error)) from error
    except OperationalError as error:
        if "locked" not in str(error):
            raise
        raise PublicationRefused("Records are being written. Try again in a minute.") from error
    raise PublicationRefused(
        f"The results as of {as_of} are pending: records changed at each of {ATTEMPTS} looks."
        " Publish once the changes have been taken in."
    )


def restated_results(publication: Publication) -> ResultSet | None:
    """Return the results of a publication's date as the facts are now; None where nothing was computed yet.

    Raise BeingComputed where they are not at hand for too long.
    """
    newest = published_set()
    if newest is None or newest.as_of == publication.as_of:
        return newest
    return results_of(publication.as_of)


def restated_at_hand(publication: Publication) -> ResultSet | None:
    """Return the results of a publication's date, where nothing has to be computed first; else None."""
    newest = published_set()
    if newest is None or is_of_an_earlier_day(newest):
        return None
    if newest.as_of == publication.as_of:
        return newest
    return at_hand(publication.as_of)


def _accepted(name: str, note: str, as_of: date) -> tuple[str, str]:
    """Return name and note as they are kept; raise PublicationRefused for what cannot be published."""
    name, note = " ".join(name.split()), note.strip()
    if not name:
        raise PublicationRefused("A publication needs a name, for example “Board paper, June 2026”.")
    for what, text, longest in (("name", name, LONGEST_NAME), ("note", note, LONGEST_NOTE)):
        if len(text) > longest:
            raise PublicationRefused(
                f"The {what} has {len(text)} characters. At most {longest} are accepted."
            )
        if "\0" in text:
            raise PublicationRefused(f"The {what} contains a NUL character, which no text may have.")
    if as_of > today():
        raise PublicationRefused(
            f"{as_of} is after today, {today()}: nothing is known of it yet. Publish {today()} or earlier."
        )
    if not is_loaded():
        raise PublicationRefused("No portfolio is loaded: there is nothing to publish.")
    return name, note


def _refuse_taken(name: str, slug: str) -> None:
    other = Publication.objects.filter(Q(slug=slug) | Q(name=name)).first()
    if other is not None:
        on = timezone.localdate(other.published_at)
        raise PublicationRefused(
            f"The name “{name}” is taken by “{other.name}”, published on {on} as of {other.as_of}."
            " A publication never changes: choose another name."
        )


def _name_of(user: Any) -> str:
    """Return who publishes, as it will be read when the account may be gone; empty for a command."""
    if user is None:
        return ""
    full = user.get_full_name()
    return f"{full} ({user.get_username()})" if full else str(user.get_username())


def _bring_up_to_date(as_of: date) -> None:
    try:
        start_new_day()
        answer_requests()
        if as_of < today():
            results_of(as_of)
    except (BeingComputed, OperationalError):
        raise
    except Exception as error:  # recorded and logged as a failed recomputation
        raise PublicationRefused(
            f"The results as of {as_of} are pending: the last recomputation failed."
            " Publish once it has succeeded."
        ) from error


def _freeze(publication: Publication, by: str) -> Publication:
    with ExitStack() as snapshot:
        with between_edits():
            snapshot.enter_context(one_snapshot())
            publication.data_version = data_version()
            publication.published_at = timezone.now()
        results = ResultSet.objects.filter(as_of=publication.as_of).first()
        if results is None or not _settled(results, publication.data_version):
            raise _OutOfDate
        texts = _texts(results)
        publication.rules_version, publication.published_by = RULES_VERSION, by
        publication.checksum = digest(texts.values())
        publication.save(force_insert=True)
        PublishedTable.objects.bulk_create(
            PublishedTable(
                publication=publication,
                name=name,
                csv=text,
                sha256=digest([text]),
                rows=text.count("\r\n") - 1,
            )
            for name, text in texts.items()
        )
    return publication


def _settled(results: ResultSet, version: int) -> bool:
    """Whether results have taken in all facts; of the newest, the pending requests say what they lack."""
    newest = published_set()
    if newest is not None and newest.pk == results.pk:
        return not RecomputeRequest.objects.exists()
    return results.data_version == version


def _texts(results: ResultSet) -> Mapping[str, str]:
    """Return the text of the four tables by name; raise PublicationRefused where the facts say otherwise."""
    computed = compute(results.as_of)
    texts = {table.name: "".join(published_csv(table, results)) for table in METRIC_TABLES}
    for table in METRIC_TABLES:
        if texts[table.name] != "".join(metric_csv(table, computed)):
            raise PublicationRefused(
                f"The stored results as of {results.as_of} are not what the records say ({table.name})."
                " Run verify_results and recompute before publishing."
            )
    return texts
