"""Large amounts as they were understood, in words and in euro, before they are saved."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import models

from portfolio.jobs.entry_warnings import Advice
from portfolio.models import Contribution, ContributionEvent
from portfolio.models.fields import MoneyField
from portfolio.rules.amount_words import in_words
from portfolio.vocabulary import Severity

LARGE_EUR = Decimal(100_000_000)


def large_amounts(edits: Iterable[tuple[models.Model | None, models.Model]]) -> list[Advice]:
    """Return every amount that edits set to what is large, or may be: its euro value is not known.

    `edits` are records before (None: not there) and after, saved in this transaction.
    """
    return [
        advice
        for before, record in edits
        for field in record._meta.concrete_fields
        if isinstance(field, MoneyField) and field.editable
        if (advice := _echo(before, record, field.attname)) is not None
    ]


def _echo(before: Any, record: Any, name: str) -> Advice | None:
    amount = getattr(record, name)
    if amount is None or (before is not None and getattr(before, name) == amount):
        return None
    currency = _currency(record)
    euro = amount if currency == "EUR" else getattr(record, "amount_eur", None)
    if (amount if euro is None else euro) < LARGE_EUR:
        return None
    sentence = f"You entered {currency} {amount:,}: {in_words(amount)}."
    if currency != "EUR":
        sentence += (
            " Its euro value is unknown: there is no rate." if euro is None else _converted(record, euro)
        )
    return Advice(int(Severity.NOTICE), str(record), sentence)


def _converted(record: Any, euro: Decimal | None) -> str:
    if euro is None:
        return " Its euro value is unknown: there is no rate."
    return f" That is €{euro:,}, {in_words(euro)}, at the rate of {record.rate_on}."


def _currency(record: Any) -> str:
    if isinstance(record, ContributionEvent):
        return str(Contribution.objects.values_list("currency", flat=True).get(pk=record.contribution_id))
    return str(getattr(record, "currency", "EUR"))
