"""The page of one figure: its rule, its formula with numbers, its terms and their sources."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from investai.wording import translated
from portfolio.dashboards.page import page, shown_results
from portfolio.exports import numbers
from portfolio.exports.explanations import formula_with_numbers, number_text, pages_of
from portfolio.exports.scenario_words import bound
from portfolio.models.fields import plain
from portfolio.queries.explanations import (
    Explanation,
    NothingToExplain,
    Section,
    Term,
    TermSource,
    explain,
)
from portfolio.rules.explained import METRICS
from portfolio.rules.explanations import Aggregate, TermsOf, Unit, Value, rounding, words
from portfolio.vocabulary import (
    EnvelopeKind,
    ProjectKind,
    Reason,
    Stage,
)

TERMS_ON_A_PAGE = 50  # of each list: a figure may have three
WORDS = {
    choice.value: str(choice.label) for choices in (Stage, ProjectKind, EnvelopeKind) for choice in choices
}
# How the terms of a list are set out: one set of columns each.
SHAPES = {
    **dict.fromkeys(
        (
            TermsOf.CONTRIBUTIONS,
            TermsOf.PAYMENTS,
            TermsOf.COUNTED_LINES,
            TermsOf.SHARED_LINES,
            TermsOf.ESTIMATE,
        ),
        "money",
    ),
    TermsOf.COUNTED_PROJECTS: "counted",
    **dict.fromkeys((TermsOf.PROJECTS, TermsOf.FACTORIES, TermsOf.GIGAFACTORIES), "projects"),
    TermsOf.DEPLOYMENTS: "deployments",
}


@dataclass(slots=True)
class NumberedSources:
    """The sources of a page, numbered in the order in which they are first named."""

    numbers: dict[str, int] = field(default_factory=dict)
    named: list[TermSource] = field(default_factory=list)

    def number(self, source: TermSource) -> int:
        """Return the number of a source on the page."""
        if source.key not in self.numbers:
            self.named.append(source)
            self.numbers[source.key] = len(self.named)
        return self.numbers[source.key]


@dataclass(frozen=True, slots=True)
class ShownTerm:
    """A term with its place in the list and the number of its source."""

    place: int
    term: Term
    source: int | None


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A list of terms as a page sets it out."""

    section: Section
    shape: str
    terms: list[ShownTerm]
    total: str
    sentence: str


@require_safe
def show_explanation(request: HttpRequest, table: str, key: str, column: str) -> HttpResponse:
    """Answer: why is this figure what it is?"""
    results = shown_results(request)
    try:
        found = explain(results, table, key, column)
    except NothingToExplain as error:
        context = {"results": results, "sentence": str(error)}
        return page(request, "portfolio/nothing_explained.html", context, status=404)
    rule = found.rule
    last = max([1, *(pages_of(section, TERMS_ON_A_PAGE) for section in found.sections)])
    number = _page_number(request.GET.get("page", ""), last)
    sources = NumberedSources()
    context = {
        "results": results,
        "found": found,
        "rule": rule,
        "about": "project" if table in ("project_coverage", "chip_comparison") else "envelope",
        "whole_portfolio": table == METRICS,
        "bound": _bound(found),
        "headline": headline(found.value, rule.unit, rule.formula.places),
        "exact": number_text(found.value, rule.unit) if found.value is not None else "",
        "rules_before": ", ".join(map(str, rule.rules[:-1])),
        "last_rule": rule.rules[-1],
        "formula": words(rule.formula, [translated(shown.operand.label) for shown in found.operands])
        if found.operands
        else "",
        "with_numbers": _formula_said(found),
        "repeats": formula_with_numbers(found, written) == written(found.value, rule.unit),
        "equals": written(found.value, rule.unit),
        "rounding": rounding(rule.formula),
        "operands": [(shown, written(shown.value, shown.operand.unit)) for shown in found.operands],
        "sections": [_shown(section, number, sources) for section in found.sections],
        "lacking": [(str(Reason(reason).label), terms) for reason, terms in found.lacking.items()],
        "sources": sources.named,
        "page_number": number,
        "pages": last,
    }
    return page(request, "portfolio/explanation.html", context)


def _bound(found: Explanation) -> str:
    """Return "at least" or "at most" where what the terms lack makes the figure a bound, as other pages do.

    A project whose need has no rate is left out of the metrics, on both sides: that makes none of them.
    """
    cell = found.cell
    lacks = set(found.lacking) - ({str(Reason.NO_EXCHANGE_RATE)} if cell.table == METRICS else set())
    if found.bounded:
        lacks.add(str(Reason.AMOUNT_UNKNOWN))
    return bound(cell.table, cell.key if cell.table == METRICS else cell.column, ";".join(lacks))


def _page_number(text: str, last: int) -> int:
    """Return the page asked for: the first for anything odd, the last for anything beyond it."""
    return min(max(int(text), 1), last) if text.isascii() and text.isdecimal() and len(text) < 10 else 1


def _shown(section: Section, page_number: int, sources: NumberedSources) -> ShownSection:
    start = (page_number - 1) * TERMS_ON_A_PAGE
    terms = [
        ShownTerm(place, term, sources.number(term.source) if term.source else None)
        for place, term in enumerate(section.part(start, start + TERMS_ON_A_PAGE), start=start + 1)
    ]
    return ShownSection(
        section,
        SHAPES.get(section.spec.of, "record"),
        terms,
        written(section.total, section.spec.unit),
        _sentence(section),
    )


def _sentence(section: Section) -> str:
    """Return what a list of terms makes, as a sentence."""
    total, count = written(section.total, section.spec.unit), section.count
    terms = f"{count:,} term{'' if count == 1 else 's'}"
    match section.spec.aggregate:
        case Aggregate.SAME | Aggregate.REASONS:
            return ""
        case Aggregate.MEDIAN | Aggregate.LARGEST if not count:
            return "There is no term."
        case Aggregate.MEDIAN:
            return f"The median of {terms} is {total}."
        case Aggregate.LARGEST:
            return f"The largest of {terms} is {total}."
    if not count:
        return f"There is no term, so the sum is {total}."
    if section.total is None:
        return f"The sum of {terms} is unknown."
    return f"1 term adds up to {total}." if count == 1 else f"{count:,} terms add up to {total}."


def _formula_said(found: Explanation) -> str:
    said = formula_with_numbers(found, _said, translated)
    return translated(said) if found.rule.formula.not_below_zero else said  # which ends with words


def _said(value: Value, unit: Unit) -> str:
    return translated(written(value, unit))


def written(value: Value, unit: Unit) -> str:
    """Return a value exactly, as people read it."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _word(value, unit)
    if unit == Unit.EURO:
        return numbers.exact_euro(Decimal(value))
    if unit == Unit.RATIO:
        return f"{value:,}"
    text = f"{Decimal(plain(Decimal(value))):,}"
    return f"{text} {unit}" if unit in (Unit.DAYS, Unit.TFLOPS) else text


def _word(value: str, unit: Unit) -> str:
    if unit == Unit.REASONS:
        return "; ".join(numbers.reasons(value)) or "nothing is missing"
    return WORDS.get(value, value) or "none yet"


def headline(value: Value, unit: Unit, places: int | None) -> str:
    """Return a figure as pages lead with it: a share as a percentage, a multiple as one."""
    if not isinstance(value, Decimal) or unit != Unit.RATIO:
        return written(value, unit)
    match places:
        case 6:
            return numbers.percent(value)
        case 4:
            return numbers.times(value)
    return written(value, unit)


def worth(term: Term, unit: Unit) -> str:
    """Return what a term adds; for a figure that it does not, why."""
    if term.value is None:
        return str(Reason(term.reason).label) if term.reason else "unknown"
    return written(term.value, unit)
