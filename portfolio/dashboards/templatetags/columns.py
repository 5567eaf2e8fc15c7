"""Filters for amounts that stand below each other: in millions with one decimal, so that decimals align."""

from decimal import Decimal

from django import template
from django.utils.safestring import SafeString

from portfolio.dashboards.templatetags.figures import amount_of
from portfolio.exports import numbers

register = template.Library()


@register.filter
def money_column(value: Decimal | None, incomplete: str = "") -> SafeString:
    """Write an amount of a column, exact on hover, "at least" where it is a lower bound."""
    return amount_of(value, incomplete, numbers.column_euro, numbers.at_least(incomplete))


@register.filter
def need_column(value: Decimal | None, incomplete: str = "") -> SafeString:
    """Write a need of a column; reasons explain why it is unknown, but never make it a bound."""
    return amount_of(value, incomplete, numbers.column_euro, "")


@register.filter
def left_column(value: Decimal | None, incomplete: str = "") -> SafeString:
    """Write what is left of an amount in a column, "at most" where what was taken off is a lower bound."""
    return amount_of(value, incomplete, numbers.column_euro, numbers.at_most(incomplete))


@register.filter
def counted_column(value: Decimal | None, incomplete: str = "") -> SafeString:
    """Write a sum of counted projects (rule 8) in a column: whatever is incomplete makes it a lower bound."""
    return amount_of(value, incomplete, numbers.column_euro, numbers.at_least_if_any(incomplete))
