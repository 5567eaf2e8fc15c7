"""What is forgotten when its time has come: docs/data-protection.md has the record that this keeps.

Facts, their history and publications are never forgotten here. Each kind goes in steps of its own, so that no
lock is held for long; run again, it goes on where it stopped.
"""

from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.utils import timezone

from advisory.models import DigestSent
from portfolio.models import (
    AccessChange,
    ApiToken,
    ApiTokenUse,
    Recomputation,
    ResultSet,
    Verification,
)

AT_ONCE = 1_000
RUNS_KEPT = 100  # whatever their age: the operations page and the metrics look at these


def enforce_retention(now: datetime | None = None) -> dict[str, int]:
    """Forget what is older than it may be kept; return how many rows of each kind went."""
    now = now or timezone.now()
    access = now - timedelta(days=settings.RETENTION_ACCESS_DAYS)
    audit = now - timedelta(days=settings.RETENTION_AUDIT_DAYS)
    runs = now - timedelta(days=settings.RETENTION_RUNS_DAYS)
    due: dict[str, QuerySet] = {
        "sessions that ended": Session.objects.filter(expire_date__lt=now),
        "sign-ins": AccessLog.objects.filter(attempt_time__lt=access),
        "failed sign-ins": AccessFailureLog.objects.filter(attempt_time__lt=access),
        "counts of failed sign-ins": AccessAttempt.objects.filter(attempt_time__lt=access),
        "uses of tokens": ApiTokenUse.objects.filter(last_used_at__lt=access),
        "tokens that ended": ApiToken.objects.filter(Q(revoked_at__lt=access) | Q(expires_at__lt=access)),
        "digests that were sent": DigestSent.objects.filter(sent_at__lt=access),
        "changes of access": AccessChange.objects.filter(changed_at__lt=audit),
        "log of the administration": LogEntry.objects.filter(action_time__lt=audit),
        "recomputations": _runs_before(runs),
        "verifications": Verification.objects.filter(finished_at__lt=runs).exclude(
            pk__in=list(Verification.objects.order_by("-id").values_list("pk", flat=True)[:RUNS_KEPT])
        ),
    }
    return {name: _forget(rows) for name, rows in due.items()}


def _runs_before(moment: datetime) -> QuerySet:
    """Return the old recomputations that no stored results refer to."""
    newest = list(Recomputation.objects.order_by("-id").values_list("pk", flat=True)[:RUNS_KEPT])
    shown = ResultSet.objects.values("recomputation")
    return Recomputation.objects.filter(finished_at__lt=moment).exclude(pk__in=newest).exclude(pk__in=shown)


def _forget(rows: QuerySet) -> int:
    forgotten = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        rows.model._default_manager.filter(pk__in=keys).delete()
        forgotten += len(keys)
    return forgotten
