"""Template filters of published figures: what was claimed, what is measured, and how far apart they are."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from investai.wording import translated
from portfolio.dashboards.templatetags import figures
from portfolio.exports import numbers
from portfolio.models.fields import plain
from portfolio.rules.money import round_half_up
from portfolio.rules.published_figures import FigureCheck
from portfolio.vocabulary import Bound, Verdict

register = template.Library()

WORDS = {Bound.ABOUT: "about", Bound.AT_LEAST: "at least", Bound.AT_MOST: "at most"}
TAGS = {
    Verdict.AGREES: "good",
    Verdict.BELOW: "warning",
    Verdict.ABOVE: "critical",
    Verdict.CANNOT_BE_TOLD: "neutral",
}


def _bounded(bound: str, written: SafeString | str) -> SafeString | str:
    word = WORDS.get(bound)  # type: ignore[call-overload]
    return format_html('<span class="bound">{}</span> {}', translated(word), written) if word else written


def _quantity(value: Decimal | None, unit: str) -> SafeString | str:
    if value is not None and unit in ("times", "x"):
        return figures.times(value)
    if value is not None and value % 1 and unit not in ("EUR", "euro", "share"):
        return format_html("{} {}", translated(f"{value:,}"), translated(unit))
    return figures.published_figure(value, unit)


@register.filter
def claimed(check: FigureCheck) -> SafeString | str:
    """Write a published value with its unit, and in what way it was published."""
    written = figures.published_figure(check.published, check.unit)
    return written if check.published is None else _bounded(check.claim, written)


@register.filter
def measured(check: FigureCheck) -> SafeString | str:
    """Write a measured value with its unit, "at least" or "at most" where it is a bound."""
    written = _quantity(check.measured, check.unit)
    return written if check.measured is None else _bounded(check.bound, written)


@register.filter
def quantity(value: Decimal | None, unit: str) -> SafeString | str:
    """Write a value with its unit, unknown as a word."""
    return _quantity(value, unit)


@register.filter
def gap(difference: Decimal | None, unit: str) -> SafeString | str:
    """Write a difference with its sign: short, and exact on hover."""
    if difference is None:
        return ""
    sign = "+" if difference > 0 else "−" if difference < 0 else "±"
    size = abs(difference)
    if unit in ("EUR", "euro"):
        text, exact = numbers.short_euro(size), numbers.exact_euro(size)
    elif unit == "share":
        text, exact = f"{round_half_up(size * 100, 1):,} points", plain(size)
    elif unit in ("times", "x"):
        text, exact = numbers.times(size), plain(size)
    else:
        text = exact = f"{size:,.0f}" if size == size.to_integral_value() else f"{size:,}"
    if not size:
        return "0"
    return format_html('<span title="{}{}">{}{}</span>', sign, translated(exact), sign, translated(text))


@register.filter
def verdict_tag(verdict: str) -> SafeString:
    """Write a verdict as a tag: its word, and a colour that repeats it."""
    found = Verdict(verdict)
    return format_html('<span class="tag {}">{}</span>', TAGS[found], translated(str(found.label)))
