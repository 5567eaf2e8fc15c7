"""The pages of proposals: what waits for a second person, what each would change, and who decides."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from portfolio.dashboards.page import page
from portfolio.jobs.deciding import approve, current, may_decide, reject, seen_version, withdraw
from portfolio.jobs.proposals import ProposalRefused, model_of, put_texts
from portfolio.jobs.spreadsheets.imports import ImportRefused
from portfolio.models import Proposal
from portfolio.queries.proposals import proposal_of, proposals
from portfolio.queries.versions import EMPTY, entries, fields_of, last_change, made, said_of
from portfolio.vocabulary import ProposalStatus, ProposedAction

ON_A_PAGE = 50
SEES = "portfolio.view_proposal"


@gzip_page
@never_cache
@login_required
@require_safe
def show_proposals(request: HttpRequest) -> HttpResponse:
    """Answer: which changes wait for a second person, and how did earlier ones end?"""
    _check(request)
    asked = request.GET.get("status", "")
    status = asked if asked in (*ProposalStatus.values, "all") else ProposalStatus.OPEN.value
    shown = Paginator(proposals(status), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"results": None, "shown": shown, "status": status, "statuses": ProposalStatus.choices}
    return page(request, "portfolio/proposals.html", context)


@gzip_page
@never_cache
@login_required
@require_safe
def show_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer: what would it change, why, and what has been changed of the record since?"""
    _check(request)
    return _page(request, _found(pk))


@never_cache
@login_required
@require_POST
def decide_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve, reject or withdraw a proposal; what stands in the way is said on its page."""
    _check(request)
    proposal, person = _found(pk), request.user
    posted = request.POST
    answer, reason = posted.get("answer", ""), posted.get("reason", "")
    try:
        if answer == "withdraw":
            withdraw(pk, person)  # type: ignore[arg-type]
        elif answer == "reject":
            reject(pk, person, reason)  # type: ignore[arg-type]
        elif answer == "approve":
            approve(pk, person, reason, posted.get("seen", ""))  # type: ignore[arg-type]
        else:
            raise ProposalRefused("Approve it, reject it, or withdraw it.")
    except (ProposalRefused, ImportRefused) as refused:
        return _page(request, _found(proposal.pk), str(refused), reason)
    return HttpResponseRedirect(reverse("proposal", args=(pk,)))


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm(SEES):
        raise PermissionDenied


def _found(pk: int) -> Proposal:
    proposal = proposal_of(pk)
    if proposal is None:
        raise Http404(f"There is no proposal {pk}.")
    return proposal


def _page(request: HttpRequest, proposal: Proposal, refused: str = "", reason: str = "") -> HttpResponse:
    is_open = proposal.status == ProposalStatus.OPEN
    context: dict[str, Any] = {
        "results": None,
        "proposal": proposal,
        "refused": refused,
        "reason": reason,
        "is_open": is_open,
        "may_decide": is_open and may_decide(proposal, request.user),
        "is_mine": proposal.proposed_by_id == request.user.pk,
    }
    if proposal.action != ProposedAction.IMPORT:
        context |= _compared(proposal)
    return page(request, "portfolio/proposal.html", context, status=409 if refused else 200)


def _compared(proposal: Proposal) -> dict[str, Any]:
    """Return what the record says now beside what is proposed, and what was changed of it since."""
    model, record, seen = model_of(proposal), current(proposal), seen_version(proposal)
    fields = [field for field in fields_of(model) if field.name in {**proposal.old, **proposal.new}]
    old, new = put_texts(model(), proposal.old), put_texts(model(), proposal.new)
    rows = [
        (
            field.verbose_name,
            said_of(old, field) if field.name in proposal.old else "",
            said_of(new, field) if field.name in proposal.new else "",
        )
        for field in fields
    ]
    meta = model._meta
    return {
        "rows": rows,
        "record": record,
        "seen": seen,
        "gone": record is None and proposal.action != ProposedAction.ADD,
        "since": _since(proposal, record, seen),
        "page": f"admin:{meta.app_label}_{meta.model_name}_change",
    }


def _since(proposal: Proposal, record: Any, seen: str) -> list[tuple[Any, ...]]:
    """Return what was changed of a record after a change of it was proposed: field, then, now, by whom."""
    if proposal.fact is None or seen == proposal.version:
        return []
    model = model_of(proposal)
    history = entries(model, proposal.fact, proposal.version)
    if record is None:
        return [("the record", "recorded", "deleted", made(history[-1] if history else None))]
    then = history[0] if history else None
    return [
        (
            field.verbose_name,
            said_of(then, field) if then is not None else EMPTY,
            said_of(record, field),
            last_change(history, field),
        )
        for field in fields_of(model)
        if then is None or getattr(then, field.attname) != getattr(record, field.attname)
    ]
