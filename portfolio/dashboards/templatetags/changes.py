"""Links from differences to their causes: a page of changes has hundreds of them."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from investai.wording import sentence, translated
from portfolio.dashboards.templatetags.figures import page
from portfolio.exports.change_words import Shown

register = template.Library()


@register.simple_tag(takes_context=True)
def difference(context: dict[str, Any], entry: Shown) -> SafeString:
    """Link a difference to its causes; it is read out with what differs, and by how much."""
    cell, line = entry.cell, entry.line
    days = {"from": context["since"], "to": context["until"]}
    address = page(context, "split", cell.table, cell.key, cell.column, **days)
    label, exact = translated(line.label), translated(line.exact_difference)
    if line.difference:
        shown = translated(line.difference)
        told = sentence("{1}: {2}, its causes", label, shown)
    else:
        before, after = translated(line.baseline), translated(line.scenario)
        shown = f"{before} → {after}"
        told = sentence("{1}: {2} → {3}, its causes", label, before, after)
    return format_html('<a href="{}" title="{}" aria-label="{}">{}</a>', address, exact, told, shown)
