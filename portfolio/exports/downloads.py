"""The making of the files of downloads that are prepared.

A file is made of the same declaration, by the same writers, in a snapshot like that of the direct answer: so
it has the same bytes.
"""

import logging
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from xlsxwriter.exceptions import XlsxWriterException

from portfolio.exports import everything
from portfolio.exports.answering import Preparation, answered, version_of
from portfolio.exports.download_requests import EVERYTHING, read_everything, read_list
from portfolio.exports.frozen_tables import PUBLISHED, as_published, is_whole
from portfolio.exports.lists import LISTS, Asked, ListRows, ListTable, ParameterRefused, Query, select
from portfolio.exports.lists.counts import count_of
from portfolio.exports.lists.refusals import NoResults, NotAsPublished, NotThere, Outdated
from portfolio.exports.places import TooManyExports, take_place
from portfolio.exports.writing import About, CannotBeWritten, write
from portfolio.jobs.download_attempts import Attempt, Refused, Superseded, begun, in_the_way, waiting
from portfolio.jobs.past_dates import BeingComputed
from portfolio.jobs.retries import to_be_tried_again
from portfolio.queries.fingerprint import fingerprint
from portfolio.queries.publications import Frozen
from portfolio.queries.results import data_version
from portfolio.queries.snapshot import reading
from portfolio.rules.dates import DateRefused

logger = logging.getLogger(__name__)

LATER = (TooManyExports, BeingComputed, Outdated)
SAID = (ParameterRefused, NotThere, NotAsPublished, CannotBeWritten, DateRefused, Refused)
NO_RIGHT = "Your role does not include these records."


@dataclass(frozen=True, slots=True)
class Made:
    """Of which day the rows of a file are, and of which version of the facts."""

    as_of: date | None
    data_version: int


def work_on(pk: int, preparation: Preparation) -> bool:
    """Make the file of a download; return whether nothing is left to be done for it.

    What stands in the way is kept with the download, as a sentence. Somebody else may be at it: then this is
    over at once.
    """
    attempt = begun(pk)
    if attempt is None:
        return True
    try:
        with attempt.renewed():
            _make(attempt, preparation)
    except Superseded:
        pass
    except LATER:
        attempt.put_back()
        return False
    except SAID as refusal:
        attempt.fails(str(refusal))
    except NoResults:
        attempt.fails("Nothing has been computed yet. Run the recompute command.")
    except (OSError, XlsxWriterException) as error:
        cause = error if isinstance(error, OSError) else next(iter(error.args), None)
        logger.warning("Download %s stopped: %s", pk, error)
        attempt.fails(in_the_way(cause if isinstance(cause, OSError) else OSError(str(error))))
    except Exception as error:
        if to_be_tried_again(error) and not connection.in_atomic_block:
            attempt.put_back()
            return False
        logger.exception("Download %s stopped", pk)
        attempt.fails(f"The work stopped with an error, and there is no file. {type(error).__name__}.")
    return True


def work_on_what_waits(preparation: Preparation) -> None:
    """Take up downloads whose worker died, whose message was lost, or that waited for others."""
    for pk in waiting():
        work_on(pk, preparation)


def _make(attempt: Attempt, preparation: Preparation) -> None:
    download, owner = attempt.download, attempt.download.owner
    if download.list_name == EVERYTHING:
        _make_everything(attempt)
        return
    table = LISTS.get(download.list_name)
    if table is None:
        raise Refused(f"There is no list “{download.list_name}” any more.")
    if table.permission and not owner.has_perm(table.permission):
        raise Refused(NO_RIGHT)
    seen = table.sees(owner) if table.sees else frozenset()
    read, query, path = read_list(table, download.parameters, download.format)
    if PUBLISHED in query.parameters and download.format == "csv" and is_whole(query):
        _write_frozen(attempt, as_published(query), table.file_name)
        return

    def answer(asked: Asked, stack: ExitStack) -> Made:
        return _write_list(attempt, read, query, asked, stack)

    made = answered(read, query, path, answer, seen, preparation).answer
    attempt.ready(as_of=made.as_of, data_version=made.data_version, seen=sorted(seen))


def _write_list(
    attempt: Attempt, table: ListTable | ListRows, query: Query, asked: Asked, stack: ExitStack
) -> Made:
    download, columns, format_ = attempt.download, query.fields, attempt.download.format
    selection, version = select(table, asked, query), version_of(asked)
    count = count_of(selection, fingerprint())
    attempt.expects(count)
    take_place(stack, count)
    about = About(table, asked.as_of, version, count, download.address, query.given, attempt.wrote)
    written = write(table, selection.read(columns), columns, format_, query.dialect, about)
    size, lines = 0, -1 if format_ == "csv" else 0
    content: Any = written.content
    with closing(content), attempt.file() as out:
        for piece in content:
            out.write(piece)
            size += len(piece)
            attempt.check_room(size)
            if format_ != "xlsx":  # a text with line ends counts for more: what is written is never over all
                lines += piece.count(b"\n")
                attempt.wrote(max(lines, 0))
    return Made(asked.as_of, version)


def _write_frozen(attempt: Attempt, found: Frozen, name: str) -> None:
    """Write a table as a publication froze it, byte for byte."""
    text = found.tables[name]
    attempt.expects(len(text.rows))
    with attempt.file() as out:
        out.write(text.csv.encode())
    attempt.ready(as_of=found.publication.as_of, data_version=found.publication.data_version)


def _make_everything(attempt: Attempt) -> None:
    download = attempt.download
    as_of, confidential = read_everything({key: [text] for key, text in download.parameters.items()})
    contents = everything.contents_for(download.owner, as_of, confidential=confidential)
    with ExitStack() as stack:
        stack.enter_context(reading())
        version, count = data_version(), contents.count()
        attempt.expects(count)
        take_place(stack, count)
        with attempt.file() as out:

            def wrote(rows: int) -> None:
                attempt.check_room(out.tell())
                attempt.wrote(rows)

            everything.write_everything(out, contents, wrote)
    attempt.ready(as_of=as_of, data_version=version, permissions=list(contents.permissions))
