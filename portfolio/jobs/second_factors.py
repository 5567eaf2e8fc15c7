"""Second factors are set up, asked for and taken away here and nowhere else. Each change is noted."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from portfolio.jobs.access_changes import note_change
from portfolio.models import RecoveryCode, SecondFactor
from portfolio.rules.second_factor import (
    RECOVERY_CODES,
    new_recovery_code,
    recovery_digest,
    step_of,
    unseal,
)
from portfolio.vocabulary import AccessChangeKind

# Only who has the password gets so far: this many wrong codes from wherever, and codes of the app have to
# wait. Recovery codes, which nobody guesses, let the owner in meanwhile.
MOST_WRONG = 20
WAIT = timedelta(minutes=15)


def set_up(person: User, sealed: str, code: str, address: str | None) -> list[str] | None:
    """Set up a second factor by its first code; return the recovery codes, which are nowhere else.

    None: the code is wrong, or there is a second factor already.
    """
    now = timezone.now()
    secret = unseal(sealed, settings.SECRET_KEY)
    step = None if secret is None else step_of(code, secret, now.timestamp())
    if step is None:
        return None
    try:
        with transaction.atomic():
            factor = SecondFactor.objects.create(
                owner=person, sealed_secret=sealed, set_up_at=now, last_step=step
            )
            codes = _new_codes(factor)
            note_change(AccessChangeKind.SECOND_FACTOR_SET, person.username, person, address)
    except IntegrityError:  # set up in another window meanwhile
        return None
    return codes


def accept(factor: SecondFactor, code: str, address: str | None) -> bool:
    """Whether a code of the app or a recovery code is right; it is then used up, and never right again."""
    if digest := recovery_digest(code):
        return _recovers(factor, digest, address)
    now = timezone.now()
    secret = unseal(factor.sealed_secret, settings.SECRET_KEY)
    with transaction.atomic():
        held = SecondFactor.objects.select_for_update().filter(pk=factor.pk).first()
        if held is None or (
            held.wrong_codes >= MOST_WRONG and held.last_wrong_at and held.last_wrong_at > now - WAIT
        ):
            return False
        step = None if secret is None else step_of(code, secret, now.timestamp())
        rows = SecondFactor.objects.filter(pk=factor.pk)
        if step is not None and rows.filter(last_step__lt=step).update(last_step=step, wrong_codes=0):
            return True
        rows.update(wrong_codes=F("wrong_codes") + 1, last_wrong_at=now)
    return False


def replace_codes(factor: SecondFactor, address: str | None) -> list[str]:
    """Return new recovery codes; the old ones work no more."""
    owner = factor.owner
    with transaction.atomic():
        RecoveryCode.objects.filter(factor=factor).delete()
        codes = _new_codes(factor)
        note_change(AccessChangeKind.RECOVERY_CODES_MADE, owner.username, owner, address)
    return codes


def take_away(person: User, by: User | None, address: str | None) -> bool:
    """Take the second factor from an account (by None: a command); return whether there was one."""
    own = by is not None and person.pk == by.pk
    kind = AccessChangeKind.SECOND_FACTOR_OFF if own else AccessChangeKind.SECOND_FACTOR_RESET
    with transaction.atomic():
        removed, _ = SecondFactor.objects.filter(owner=person).delete()
        if removed:
            note_change(kind, person.username, by, address)
    return removed > 0


def _recovers(factor: SecondFactor, digest: str, address: str | None) -> bool:
    with transaction.atomic():
        unused = RecoveryCode.objects.filter(factor=factor, digest=digest, used_at=None)
        if not unused.update(used_at=timezone.now()):
            return False
        owner = factor.owner
        note_change(AccessChangeKind.RECOVERY_CODE_USED, owner.username, owner, address)
    return True


def _new_codes(factor: SecondFactor) -> list[str]:
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=recovery_digest(code) or "") for code in codes
    )
    return codes
