"""The page of published figures: claims beside measured values, and where sources disagree."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portfolio.dashboards.page import page, shown_results
from portfolio.queries.published_checks import CheckedFigure, ExistingClaim, published_checks
from portfolio.vocabulary import Verdict


@dataclass(slots=True)
class ProgrammeFigures:
    """The figures of a programme: those that something in the records measures, and the others."""

    name: str
    measured: list[CheckedFigure] = field(default_factory=list)
    unmeasured: list[CheckedFigure] = field(default_factory=list)


@require_safe
def show_published_figures(request: HttpRequest) -> HttpResponse:
    """Answer: what has been claimed, by whom, does it hold, and where do sources disagree?"""
    results = shown_results(request)
    checks = published_checks(results)
    text = request.GET.get("q", "").replace("\0", "").strip()
    asked = request.GET.get("verdict", "")
    verdict = asked if asked in Verdict.values else ""
    found = [figure for figure in checks.figures if _matches(figure, text)]
    numbers = Counter(figure.check.verdict for figure in found)
    chosen = [figure for figure in found if verdict in ("", figure.check.verdict)]
    claim = checks.existing_claim
    context = {
        "results": results,
        "text": text,
        "verdict": verdict,
        "verdicts": [(value, label, numbers[value]) for value, label in Verdict.choices],
        "found": len(found),
        "shown": len(chosen),
        "all": len(checks.figures),
        "programmes": _by_programme(chosen),
        "narrowed": bool(text or verdict),
        "claim": claim,
        "claim_rows": list(zip(claim.chips, claim.equivalents, strict=True)) if claim else [],
        "claim_reasons": _untold(claim) if claim else [],
    }
    return page(request, "portfolio/published_figures.html", context)


def _untold(claim: ExistingClaim) -> list[tuple[str, str]]:
    """Return in which units the claim about existing AI factories cannot be told, each with the reason."""
    rows = [*claim.chips, *claim.equivalents]
    told = [(row.basis, row.check.reason) for row in rows if row.check.verdict == Verdict.CANNOT_BE_TOLD]
    return list(dict.fromkeys(told))


def _matches(checked: CheckedFigure, text: str) -> bool:
    figure = checked.figure
    told = (figure.statement, figure.key, figure.programme.name, figure.source.publisher, figure.source.title)
    return any(text.casefold() in words.casefold() for words in told)


def _by_programme(figures: Iterable[CheckedFigure]) -> list[ProgrammeFigures]:
    groups = []
    for name, members in groupby(figures, key=lambda checked: checked.figure.programme.name):
        group = ProgrammeFigures(name)
        for checked in members:
            (group.measured if checked.check.measure else group.unmeasured).append(checked)
        groups.append(group)
    return groups
