"""Sending each person the digest that they chose, once a day at most; and taking their choice."""

import logging
from datetime import date

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from advisory.models import DigestChoice, DigestSent
from advisory.queries.digests import Digest, choices_due, digest
from portfolio.rules.dates import today

logger = logging.getLogger(__name__)


def choose(
    person: User, frequency: str, *, deliverables: bool, stalled: bool, own_only: bool
) -> DigestChoice:
    """Record what a person wants to be told, and how often."""
    choice, _ = DigestChoice.objects.update_or_create(
        person=person,
        defaults={
            "frequency": frequency,
            "deliverables": deliverables,
            "stalled": stalled,
            "own_only": own_only,
        },
    )
    return choice


def send_digests(day: date | None = None) -> int:
    """Send the digests of a day that have not been sent yet; return how many were.

    One that cannot be sent costs the others nothing, and is tried again the next time this is asked for.
    """
    when, sent = day or today(), 0
    for choice in choices_due(when):
        try:
            sent += _send(digest(choice, when))
        except Exception:
            logger.exception("The digest of %s for %s was not sent", choice.person_id, when)
    return sent


def _send(found: Digest) -> bool:
    """Send a digest unless there is nothing to tell, or it was sent; return whether it was sent now."""
    if not found.items:
        return False
    try:
        with transaction.atomic():
            # Noted first: of two that do this at once, the database lets one go on.
            DigestSent.objects.create(person=found.person, day=found.day, items=found.items)
            send_mail(subject(found), text(found), settings.DEFAULT_FROM_EMAIL, [found.person.email])
    except IntegrityError:
        return False
    return True


def subject(found: Digest) -> str:
    """Return the subject of a digest: how much is late, due and stalled."""
    late, soon, stalled = len(found.overdue), len(found.soon), len(found.stalled)
    return f"Advice, {found.day}: {late} overdue, {soon} due soon, {stalled} stalled"


def text(found: Digest) -> str:
    """Return the text of a digest."""
    return render_to_string("advisory/digest.txt", {"found": found, "site": settings.SITE_URL})
