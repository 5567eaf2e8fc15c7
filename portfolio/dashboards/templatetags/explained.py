"""Links from figures to what explains them, and the cells of an explanation's terms."""

from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html, strip_tags
from django.utils.safestring import SafeString

from investai.wording import current_book, translated
from investai.wording.book import Book, filled
from portfolio.dashboards import explanations
from portfolio.dashboards.templatetags.figures import page
from portfolio.queries.explanations import Cell, Term
from portfolio.rules.explained import METRICS, VALUE, column_rule
from portfolio.rules.explanations import Unit, Value

register = template.Library()


@register.simple_block_tag(takes_context=True)
def explained(context: dict[str, Any], content: str, table: str, key: str, column: str) -> SafeString:
    """Link a figure, between this tag and `endexplained`, to the explanation of its cell.

    It is read out as the figure, then its name, then that it is explained.
    """
    return _link(context, Cell(table, key, column), content)


@register.simple_block_tag(takes_context=True)
def explained_metric(context: dict[str, Any], content: str, metric: str) -> SafeString:
    """Link a metric of the portfolio to its explanation."""
    return _link(context, Cell(METRICS, metric, VALUE), content)


def _link(context: dict[str, Any], cell: Cell, content: str) -> SafeString:
    address = page(context, "explanation", *cell)
    return _link_in(current_book(), address, cell, content)


@lru_cache(maxsize=4096)
def _link_in(_: Book | None, address: str, cell: Cell, content: str) -> SafeString:
    """Return it in the language of a book, which is that of who reads; most stand on the next page too."""
    figure = " ".join((strip_tags(content) if "<" in content else content).split())
    words = {"1": figure, "2": translated(column_rule(*cell).label)}
    return format_html(
        '<a class="why" href="{}" aria-label="{}">{}</a>',
        address,
        filled(translated("{1}: {2}, explained"), words),
        conditional_escape(content),
    )


@register.filter
def written(value: Value, unit: str) -> str:
    """Write a value exactly, by its unit."""
    return translated(explanations.written(value, Unit(unit)))


@register.filter
def worth(term: Term, unit: str) -> str:
    """Write what a term adds, or why it adds nothing."""
    return translated(explanations.worth(term, Unit(unit)))


@register.filter
def column_label(cell: Cell) -> str:
    """Write the name of a cell's column."""
    return translated(column_rule(*cell).label)
