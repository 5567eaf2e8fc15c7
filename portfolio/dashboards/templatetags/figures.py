"""Template filters and tags that write figures: readable, exact on hover, unknown as a word."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from unicodedata import combining, normalize
from urllib.parse import urlencode

from babel import Locale
from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language

from investai.languages import SOURCE
from investai.wording import current_book, mark, translated
from investai.wording.book import Book
from portfolio import vocabulary
from portfolio.dashboards import joined_pages
from portfolio.dashboards.addresses import address_of
from portfolio.dashboards.frozen_pages import frozen_parameters
from portfolio.dashboards.pictures.patterns import PATTERNS, TILE
from portfolio.exports import numbers
from portfolio.models import Alert, ChipComparison
from portfolio.models.fields import plain
from portfolio.queries.chips import Bounds
from portfolio.queries.page_facts import notice
from portfolio.queries.proposals import open_count
from portfolio.rules.chip_bounds import bound_of_sum
from portfolio.rules.money import round_half_up
from portfolio.vocabulary import DeploymentStatus, Reason

register = template.Library()

TIMES = "×"
REMEMBERED = 10_000  # figures a process keeps as pages write them: most of a page's are there on the next one


@register.filter
def money(value: Decimal | None, incomplete: str = "") -> SafeString:
    """Write an amount short, exact on hover, "at least" where it is a lower bound."""
    return amount_of(value, incomplete, numbers.short_euro, numbers.at_least(incomplete))


@register.filter
def exact(value: Decimal | None, incomplete: str = "") -> SafeString:
    """Write an amount to the cent, "at least" where it is a lower bound."""
    return amount_of(value, incomplete, numbers.exact_euro, numbers.at_least(incomplete))


@register.filter
def in_currency(value: Decimal, currency: str) -> str:
    """Write an amount of a currency to the cent: PLN 1,234.50."""
    return translated(f"{currency} {value:,.2f}")


@register.filter
def money_left(value: Decimal | None, incomplete: str = "") -> SafeString:
    """Write what is left of a known amount short: "at most" where what was taken off is a lower bound."""
    return amount_of(value, incomplete, numbers.short_euro, numbers.at_most(incomplete))


@register.filter
def exact_left(value: Decimal | None, incomplete: str = "") -> SafeString:
    """Write what is left of a known amount to the cent, "at most" as in `money_left`."""
    return amount_of(value, incomplete, numbers.exact_euro, numbers.at_most(incomplete))


@register.filter
def money_counted(value: Decimal | None, incomplete: str = "") -> SafeString:
    """Write a sum of counted projects (rule 8) short: whatever is incomplete makes it a lower bound."""
    return amount_of(value, incomplete, numbers.short_euro, numbers.at_least_if_any(incomplete))


@register.filter
def exact_counted(value: Decimal | None, incomplete: str = "") -> SafeString:
    """Write a sum of counted projects (rule 8) to the cent: whatever is incomplete makes it a lower bound."""
    return amount_of(value, incomplete, numbers.exact_euro, numbers.at_least_if_any(incomplete))


def amount_of(
    value: Decimal | None, incomplete: str, written: Callable[[Decimal], str], bound: str
) -> SafeString:
    """Write an amount after the word that says how it is a bound, or unknown with the reason on hover."""
    if value is None:
        return unknown(incomplete)
    return _amount_in(current_book(), value, written, bound)


@lru_cache(REMEMBERED)
def _amount_in(_: Book | None, value: Decimal, written: Callable[[Decimal], str], bound: str) -> SafeString:
    """Return an amount in the language of a book, which is that of who reads."""
    return _bounded(numbers.exact_euro(value), bound, written(value))


def _bounded(title: str, bound: str, text: str) -> SafeString:
    """Write a figure with its exact value on hover, after the word that says in what way it is a bound."""
    exact_, shown, word = translated(title), translated(text), translated(bound)
    if not bound:
        return format_html('<span title="{}">{}</span>', exact_, shown)
    return format_html(
        '<span title="{} {}"><span class="bound">{}</span> {}</span>', word, exact_, word, shown
    )


@register.filter
def unknown(incomplete: str = "") -> SafeString:
    """Write that something is unknown, with the reason on hover."""
    return _unknown_in(current_book(), incomplete)


@lru_cache(REMEMBERED)
def _unknown_in(_: Book | None, incomplete: str) -> SafeString:
    words, title = translated("unknown"), reasons(incomplete)
    if title:
        return format_html('<span class="unknown" title="{}">{}</span>', title, words)
    return format_html('<span class="unknown">{}</span>', words)


@register.filter
def percent(ratio: Decimal | None, incomplete: str = "") -> SafeString:
    """Write a ratio as a percentage, exact on hover, "at least" where what it divides is a lower bound."""
    if ratio is None:
        return unknown(incomplete)
    return _percent_in(current_book(), ratio, numbers.at_least(incomplete))


@register.filter
def percent_counted(ratio: Decimal | None, incomplete: str = "") -> SafeString:
    """Write a ratio of counted projects (rule 8): whatever is incomplete makes it a lower bound."""
    if ratio is None:
        return unknown(incomplete)
    return _percent_in(current_book(), ratio, numbers.at_least_if_any(incomplete))


@lru_cache(REMEMBERED)
def _percent_in(_: Book | None, ratio: Decimal, bound: str) -> SafeString:
    return _bounded(plain(ratio), bound, numbers.percent(ratio))


@register.filter
def headline(text: str) -> SafeString | str:
    """Write a figure in words as a page leads with it: "at least" and "at most" smaller than the figure."""
    for word in ("at least", "at most"):
        if text.startswith(f"{word} "):
            figure = translated(text.removeprefix(f"{word} "))
            return format_html('<span class="bound">{}</span> {}', translated(word), figure)
    return translated(text)


@register.filter
def times(ratio: Decimal | None, places: int | None = None) -> SafeString:
    """Write a ratio as a multiple, exact on hover; in a column, all with the same number of decimals."""
    return unknown() if ratio is None else _bounded(str(ratio), "", numbers.times(ratio, places))


@register.filter
def count(value: Decimal | int | None, incomplete: str = "") -> SafeString | str:
    """Write a number of things with thousands separators."""
    if value is None or value == "":
        return unknown(incomplete)
    whole = isinstance(value, Decimal) and value == value.to_integral_value()
    return translated(f"{value:,.0f}" if whole or isinstance(value, int) else f"{value:,}")


@register.filter
def rounded(value: Decimal | None, incomplete: str = "") -> SafeString:
    """Write a number of things that need not be whole as a whole one, exact on hover."""
    if value is None:
        return unknown(incomplete)
    return _bounded(plain(value), "", f"{round_half_up(value, 0):,}")


@register.filter
def chips(row: ChipComparison, bounds: Bounds | None = None) -> SafeString | str:
    """Write the chips of a project, after the word that says how exact the published numbers make them."""
    if row.chips is None:
        return unknown(row.incomplete)
    return _bounded_chips(row.chips, row, bounds, DeploymentStatus)


@register.simple_tag
def chips_with_status(row: ChipComparison, bounds: Bounds, status: str) -> SafeString | str:
    """Write the chips of a project that are at a status and no further, as `chips` does."""
    found = DeploymentStatus(status)
    return _bounded_chips(int(getattr(row, f"{found}_chips")), row, bounds, (found,))


@register.filter
def chips_today(row: ChipComparison, bounds: Bounds | None = None) -> SafeString:
    """Write the chips that a project has today, and those that are to come, each as in `chips`."""
    present = row.installed_chips + row.operational_chips
    today = _bounded_chips(present, row, bounds, (DeploymentStatus.INSTALLED, DeploymentStatus.OPERATIONAL))
    coming = row.planned_chips + row.contracted_chips
    if not coming:
        return today
    title, more = translated("planned or contracted"), translated(f"{coming:,}")
    return format_html('{} <span class="soft" title="{}">+{}</span>', today, title, more)


def _bounded_chips(
    number: int, row: ChipComparison, bounds: Bounds | None, statuses: Iterable[DeploymentStatus]
) -> SafeString:
    of_statuses = (bounds or {}).get(row.project_id, {})
    found = set[str]().union(*(of_statuses.get(status, set()) for status in statuses))
    lacks = Reason.CHIP_COUNT_UNKNOWN in row.incomplete.split(";")
    return _bounded(f"{number:,}", bound_of_sum(found, lacks=lacks), f"{number:,}")


@register.filter
def rate(per_euro: Decimal) -> str:
    """Write an exchange rate without trailing zeros."""
    return translated(plain(per_euro))


@register.filter(name="figure")
def published_figure(value: Decimal | None, unit: str) -> SafeString | str:
    """Write a published value with its unit: euro as money, shares as percentages."""
    if value is None:
        return unknown()
    if unit in ("EUR", "euro"):
        return money(value)
    if unit == "share":
        return percent(value)
    if unit == "year":
        return plain(value)
    written = translated(plain(value) if value % 1 else f"{value:,.0f}")
    return f"{written}{TIMES}" if unit in ("times", "x") else f"{written} {translated(unit)}".strip()


@register.filter
def day(value: date | None) -> str:
    """Write a date: 4 December 2025."""
    return _day_in(current_book(), value) if value else ""


@lru_cache(REMEMBERED)
def _day_in(_: Book | None, value: date) -> str:
    return translated(f"{value.day} {value:%B %Y}")


@register.filter
def moment(value: datetime | None) -> str:
    """Write a moment in the time of Brussels: 4 December 2025, 14:05."""
    if value is None:
        return ""
    local = localtime(value)
    return translated(f"{local.day} {local:%B %Y, %H:%M}")


@register.filter
def days_after(value: date | None, other: date | None) -> int:
    """Return by how many days a day is after another; 0 where it is not, or where one is unknown."""
    return max((value - other).days, 0) if value and other else 0


@register.filter
def reasons(incomplete: str) -> str:
    """Write the reasons under `incomplete` as a sentence part."""
    return mark("; ").join(translated(reason) for reason in numbers.reasons(incomplete or ""))


@register.filter
def countries(codes: str) -> str:
    """Write country codes as names."""
    names = _territories(get_language() or SOURCE)
    return ", ".join(names.get(code, code) for code in codes.split(";") if code)


def country_order(codes: str) -> str:
    """Return what puts countries in the order of their names: letters with marks stand by those without."""
    letters = normalize("NFKD", countries(codes)).replace("Đ", "D")
    return "".join(letter for letter in letters if not combining(letter))


@cache
def _territories(language: str) -> Mapping[str, str]:
    found: Mapping[str, str] = Locale.parse(language, sep="-").territories
    return found


@register.filter
def listed(words: str) -> str:
    """Write a semicolon list with commas and without underscores."""
    return ", ".join(word.replace("_", " ") for word in words.split(";") if word)


@register.filter
def web_link(address: str) -> str:
    """Return an address that a browser may follow, or nothing."""
    return address if address.startswith(("https://", "http://")) else ""


@register.filter
def label(value: str, words: str) -> str:
    """Write a word of a closed list of `vocabulary` as people read it."""
    return translated(str(getattr(vocabulary, words)(value).label)) if value else ""


@register.filter
def small_label(value: str, words: str) -> str:
    """Write a word of a closed list as it stands within a sentence."""
    return translated(str(getattr(vocabulary, words)(value).label).lower()) if value else ""


@register.filter
def recorded(text: str, stored: str) -> str:
    """Write a value of a record: words that people entered stand as they are, labels and numbers do not."""
    entered = text == stored and any(character.isalpha() for character in text)
    return text if entered else translated(text)


@register.filter
def number_of(sources: Any, source: Any) -> int:
    """Return the number of a source among the numbered sources of a page."""
    return int(sources.number(source))


@register.simple_tag(takes_context=True)
def portfolio_notice(context: dict[str, Any]) -> str:
    """Return what every page says about the whole portfolio, also a page that no view of ours fills."""
    return context["notice"] if "notice" in context else notice()


@register.simple_tag
def proposals_waiting() -> int:
    """Return how many proposals wait for a second person, on pages of ours and of the admin."""
    return open_count()


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """Return the page's query string with some parameters changed; an empty one goes."""
    request: HttpRequest = context["request"]
    parameters = dict(request.GET.lists()) | {name: [value] for name, value in changes.items()}
    kept = [
        (name, value) for name, values in parameters.items() for value in values if value not in ("", None)
    ]
    return f"?{urlencode(kept)}" if kept else "?"


@register.simple_tag(takes_context=True)
def page(context: dict[str, Any], name: str, *arguments: Any, **parameters: Any) -> str:
    """Return the address of a page or table as of the day that is shown, with further parameters.

    Where a publication is shown, pages that have frozen figures stay with it.
    """
    as_of = context.get("asked_as_of")
    asked = frozen_parameters(context, name) or ({"as_of": as_of.isoformat()} if as_of else {})
    asked |= parameters
    address = address_of(name, *arguments)
    return f"{address}?{urlencode(asked)}" if asked else address


@register.simple_tag
def project_panels() -> tuple[str, ...]:
    """Return the templates that other apps add to the page of a project."""
    return joined_pages.project_panels()


@register.filter
def subject_address(alert: Alert) -> str:
    """Return the address of what an alert is about, where another app shows it; else nothing."""
    return joined_pages.subject_address(alert)


@register.inclusion_tag("components/bar.html")
def bar(segments: Sequence[Any], text: str = "", tall: bool = False, mark: Any = None) -> dict[str, Any]:
    """Draw a bar of segments; `mark` is where a dashed line stands, in percent."""
    return {"segments": segments, "label": text, "tall": tall, "mark": mark, "patterned": PATTERNS}


@register.inclusion_tag("components/patterns.html")
def patterns() -> dict[str, Any]:
    """Define the patterns that bars are filled with: once a page."""
    return {"patterns": PATTERNS, "tile": TILE}
