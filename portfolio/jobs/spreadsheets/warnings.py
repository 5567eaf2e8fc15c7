"""What the records would raise alerts about if the rows were applied: by the same checks as alerts.

The rows are written, results computed and alerts looked for, all in a transaction that is rolled back.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from portfolio.jobs.bundle_writing import Author, write
from portfolio.jobs.exchange_rates import TooLarge, refresh_euro_values
from portfolio.jobs.locks import RECOMPUTING, holding
from portfolio.jobs.publishing import open_results, publish_everything
from portfolio.jobs.spreadsheets.progress import Attempt
from portfolio.jobs.spreadsheets.staging import Staging
from portfolio.models import Alert, Recomputation
from portfolio.queries.alert_findings import findings, look_at
from portfolio.rules import RULES_VERSION
from portfolio.rules.dates import today
from portfolio.vocabulary import Outcome, Trigger

MOST = 200


def warnings_of(staging: Staging, attempt: Attempt) -> list[dict[str, Any]]:
    """Return what would need attention and does not yet, the gravest first, at most so many."""
    attempt.says("Looking for what would need attention", at_once=True)
    found: list[dict[str, Any]] = []
    with holding(RECOMPUTING), transaction.atomic():
        open_ = dict(Alert.objects.filter(resolved_at=None).values_list("key", "sentence"))
        write(staging.filled(), False, Author("preview"), additive=True)
        try:
            refresh_euro_values()
        except TooLarge as error:
            transaction.set_rollback(True)
            return [{"severity": 1, "kind": "amount", "subject": "", "sentence": f"{error}."}]
        run = Recomputation(
            trigger=Trigger.EDIT,
            as_of=today(),
            started_at=timezone.now(),
            rules_version=RULES_VERSION,
            outcome=Outcome.SUCCEEDED,
        )
        results = open_results(run.as_of, run)
        publish_everything(results, None, is_today=True)
        for one in findings(look_at(results, None)):
            if open_.get(one.key) != one.sentence:
                found.append(
                    {
                        "severity": int(one.severity),
                        "kind": one.kind.value,
                        "subject": one.subject.name,
                        "sentence": one.sentence,
                    }
                )
        transaction.set_rollback(True)
    return sorted(found, key=lambda one: (one["severity"], one["subject"]))[:MOST]
