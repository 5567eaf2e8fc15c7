"""Entering amounts as people write them, here and elsewhere in Europe."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError

from portfolio.rules.cell_texts import tidy
from portfolio.rules.number_conventions import MONEY_PLACES, NumberKind, written_number

ACCEPTED = "Accepted: 1234567.89, 1234567,89, 1,234,567.89, 1.234.567,89 or 1 234 567,89."


class AmountField(forms.DecimalField):
    """An amount with either decimal mark; one that can be read in two ways is refused, never guessed."""

    widget = AdminTextInputWidget

    def __init__(self, **kwargs: Any) -> None:
        kwargs["widget"] = AdminTextInputWidget(attrs={"inputmode": "decimal", "class": "vAmountField"})
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        text = tidy(str(value)) if value not in self.empty_values else ""
        if not text:
            return None
        written = written_number(text, NumberKind(places=MONEY_PLACES))
        if written is None:
            raise ValidationError(f"“{text}” is not an amount. {ACCEPTED}")
        if written.currencies:
            raise ValidationError(
                f"“{text}” has a sign of a currency: write the number alone, the record says the currency."
            )
        readings = sorted(set(written.readings.values()), key=Decimal)
        if len(readings) > 1:
            few, many = readings
            raise ValidationError(
                f"“{text}” can be read as {few} or as {many}. Write {many}.00 if that is meant."
            )
        return super().to_python(readings[0])
