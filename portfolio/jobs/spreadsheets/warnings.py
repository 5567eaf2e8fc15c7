"""What the records would need attention for if the rows were applied: by the same checks as alerts.

The rows are written, results computed and alerts looked for, all in a transaction that is rolled back.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from portfolio.jobs.bundle_format import FILE_BY_NAME
from portfolio.jobs.bundle_writing import Author, write
from portfolio.jobs.exchange_rates import TooLarge, refresh_euro_values
from portfolio.jobs.locks import RECOMPUTING, holding
from portfolio.jobs.publishing import open_results, publish_everything
from portfolio.jobs.spreadsheets.matching import key_text
from portfolio.jobs.spreadsheets.progress import Attempt
from portfolio.jobs.spreadsheets.staging import Staging, rows_of
from portfolio.models import Alert, ImportRow, Recomputation
from portfolio.queries.alert_findings import findings, look_at
from portfolio.rules import RULES_VERSION
from portfolio.rules.dates import today
from portfolio.vocabulary import Outcome, RowOutcome, Severity, Trigger

Found = dict[str, Any]


def warnings_of(staging: Staging, attempt: Attempt, most: int) -> list[Found]:
    """Return what would need attention and does not yet, the gravest first, at most so many."""
    attempt.says("Looking for what would need attention", at_once=True)
    found = _older_sources(staging, attempt.pk)
    with holding(RECOMPUTING), transaction.atomic():
        try:
            found += _alerts(staging)
        except TooLarge as error:
            found.append(_warning(Severity.CRITICAL, "amount_too_large", "", f"{error}."))
        transaction.set_rollback(True)
    return sorted(found, key=lambda one: (one["severity"], one["subject"]))[:most]


def _alerts(staging: Staging) -> list[Found]:
    """Return the alerts that writing the rows would raise or change; the caller rolls all of it back."""
    open_ = dict(Alert.objects.filter(resolved_at=None).values_list("key", "sentence"))
    write(staging.filled(), False, Author("preview"), additive=True)
    refresh_euro_values()
    run = Recomputation(
        trigger=Trigger.EDIT,
        as_of=today(),
        started_at=timezone.now(),
        rules_version=RULES_VERSION,
        outcome=Outcome.SUCCEEDED,
    )
    results = open_results(run.as_of, run)
    publish_everything(results, None, is_today=True)
    return [
        _warning(one.severity, one.kind.value, one.subject.name, one.sentence)
        for one in findings(look_at(results, None))
        if open_.get(one.key) != one.sentence
    ]


def _older_sources(staging: Staging, pk: int) -> list[Found]:
    """Return that rows rest on a source older than one that what is recorded of their owner rests on."""
    file = staging.target.own
    if not file.owner:
        return []
    owner = next(column for column in file.references if column.name == file.owner)
    owners = FILE_BY_NAME[owner.reference].model
    found = rows_of(
        f"SELECT COUNT(DISTINCT s.line), MIN(s.line) FROM staged_{file.name} AS s"
        f" JOIN {ImportRow._meta.db_table} AS r ON r.of_id = %s AND r.number = s.line"
        f" AND r.outcome IN ('{RowOutcome.NEW}', '{RowOutcome.CHANGED}')"
        f' JOIN {owners._meta.db_table} AS o ON o."{key_text(owner)}" = s."{file.owner}"'
        f" JOIN {file.model._meta.db_table} AS m ON m.{file.owner}_id = o.id"
        " JOIN portfolio_source AS told ON told.id = m.source_id"
        " LEFT JOIN portfolio_source AS known ON known.key = s.source"
        " LEFT JOIN staged_sources AS made ON made.key = s.source"
        " WHERE COALESCE(made.published_on, known.published_on) < told.published_on",
        (pk,),
    )
    count, first = found[0]
    if not count:
        return []
    rows = f"{count:,} rows rest" if count > 1 else "A row rests"
    sentence = (
        f"{rows} on a source that is older than one of what is recorded already (first: row {first})."
        " What is newer may say otherwise."
    )
    return [_warning(Severity.NOTICE, "source_older", "Sources", sentence)]


def _warning(severity: Severity, kind: str, subject: str, sentence: str) -> Found:
    return {"severity": int(severity), "kind": kind, "subject": subject, "sentence": sentence}
