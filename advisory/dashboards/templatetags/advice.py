"""Template tags and filters of advice, beside those that write figures."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.template.base import Node, Parser, Token
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from advisory import vocabulary
from advisory.queries.access import sees_advice, sees_assessments
from advisory.queries.case_page import project_cases, shown_assessments
from advisory.rules.readiness import ReadinessScore
from advisory.vocabulary import FunnelReason
from investai.languages import SOURCE
from investai.wording import mark, translated
from investai.wording.reading import reading_in
from portfolio.dashboards.templatetags.figures import page, unknown
from portfolio.models.fields import plain

register = template.Library()


@register.filter
def advice_label(value: str, words: str) -> str:
    """Write a word of a closed list of advice as people read it."""
    return str(getattr(vocabulary, words)(value).label) if value else ""


@register.filter
def advice_reasons(incomplete: str) -> str:
    """Write the reasons under `incomplete` as a sentence part."""
    return mark("; ").join(
        translated(str(FunnelReason(word).label)) for word in (incomplete or "").split(";") if word
    )


@register.filter
def working_days(value: Decimal | None) -> SafeString | str:
    """Write a number of working days; unknown as a word."""
    return unknown() if value is None else translated(plain(value))


@register.filter
def month(first: date) -> str:
    """Write a month: December 2025."""
    return translated(f"{first:%B %Y}")


@register.filter
def faults(errors: Iterable[Any]) -> list[str]:
    """Write the errors of a field: Django says its own in most languages, the catalogue says ours."""
    with reading_in(SOURCE):
        english = [str(error) for error in errors]
    native = [str(error) for error in errors]
    return [own if own != error else translated(error) for own, error in zip(native, english, strict=True)]


@register.filter
def score(found: ReadinessScore | None) -> SafeString:
    """Write a readiness score, or what it lies between where a criterion is unknown (A4)."""
    if found is None or found.lower is None or found.upper is None:
        return unknown()
    if found.score is not None:
        return format_html("{}", translated(str(found.score)))
    return format_html("{}", translated(f"{found.lower} to {found.upper}"))


@register.filter
def signed(value: Decimal | int | None) -> SafeString | str:
    """Write a difference with its sign; unknown as a word."""
    if value is None:
        return unknown()
    return translated(f"+{value}" if value > 0 else f"−{abs(value)}" if value < 0 else str(value))


@register.inclusion_tag("advisory/components/tabs.html", takes_context=True)
def advice_tabs(context: dict[str, Any], here: str) -> dict[str, Any]:
    """Draw the links between the pages of advice."""
    names: Sequence[tuple[str, str]] = (
        ("advice-board", "Board"),
        ("advice-funnel", "Funnel"),
        ("advice-workload", "Workload"),
        ("advice-deliverables", "Deliverables"),
        ("advice-advisers", "Advisers"),
    )
    sees = sees_advice(context["request"].user)
    tabs = [(name, text, page(context, name)) for name, text in names if sees or name == "advice-funnel"]
    if sees:
        tabs.append(("advice-digest", "My digest", reverse("advice-digest")))
    return {"tabs": tabs, "here": here}


@register.inclusion_tag("advisory/components/project_panel.html", takes_context=True)
def advice_panel(context: dict[str, Any]) -> dict[str, Any]:
    """Draw what was asked and done for the project of a page, for who may see advice; nothing for others."""
    results, project = context["results"], context["project"]
    person = context["request"].user
    confidential, cases = sees_assessments(person), []
    for case in project_cases(results, project) if sees_advice(person) else ():
        assessed = shown_assessments(case.request, results.as_of) if confidential else []
        cases.append((case, assessed[-1] if assessed else None))
    return {
        "cases": cases,
        "confidential": confidential,
        "project": project,
        "results": results,
        "request": context["request"],
        "asked_as_of": context.get("asked_as_of"),
        "frozen": context.get("frozen"),
    }


class WhyNode(Node):
    """A figure that leads to its explanation, for who may see what that names."""

    def __init__(self, inside: Any, table: Any, key: Any, column: Any) -> None:
        self.inside, self.table, self.key, self.column = inside, table, key, column

    def render(self, context: Any) -> str:
        inside: SafeString = self.inside.render(context)
        if not sees_advice(context["request"].user):
            return inside
        cell = [part.resolve(context) for part in (self.table, self.key, self.column)]
        address = page(context, "advice-explanation", *cell)
        return format_html('<a class="why" href="{}">{}</a>', address, inside)


@register.tag
def advice_why(parser: Parser, token: Token) -> WhyNode:
    """Link a figure to its explanation: {% advice_why table key column %}…{% endadvice_why %}."""
    _, table, key, column = token.split_contents()
    inside = parser.parse(("endadvice_why",))
    parser.delete_first_token()
    return WhyNode(inside, *(parser.compile_filter(part) for part in (table, key, column)))
