"""Two pairs of eyes in the admin: what is above the threshold becomes a proposal, with a reason."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from portfolio.admin.merging import OPENED, REASON, hidden
from portfolio.jobs.facts import FactRefused, delete_fact, save_fact
from portfolio.jobs.proposals import propose
from portfolio.jobs.review import Review, Stake
from portfolio.models import Proposal
from portfolio.queries.proposals import open_about
from portfolio.queries.references import obstacles

Held = tuple[models.Model | None, models.Model | None, Stake]


class ReasonNeeded(Exception):
    """Edits need a second person, and nobody has said yet why they are made."""

    def __init__(self, held: Iterable[Held]) -> None:
        super().__init__("A reason is needed.")
        self.held = list(held)


class Edits:
    """What one form or deletion writes: at once, or as proposals for a second person."""

    def __init__(self, how: str) -> None:
        self.how = how
        self.review = Review()
        self.held: list[Held] = []
        self.proposed: list[Proposal] = []
        self.written: list[tuple[models.Model | None, models.Model]] = []

    def record(self, record: models.Model) -> date | None:
        """Record what needs nobody else; return the first date whose results that can change."""
        before = None if record._state.adding else type(record)._default_manager.get(pk=record.pk)
        if self._hold(before, record):
            return None
        self.written.append((before, record))
        return save_fact(record, self.how)

    def remove(self, record: models.Model) -> date | None:
        """Delete what needs nobody else; return the first date whose results that can change."""
        return None if self._hold(record, None) else delete_fact(record, self.how)

    def _hold(self, before: models.Model | None, after: models.Model | None) -> bool:
        """Whether an edit needs a second person: it is kept until a reason is known."""
        stake = self.review.stake(before, after)
        if stake is not None:
            self.held.append((before, after, stake))
        return stake is not None

    def settle(self, person: Any, reason: str) -> None:
        """Propose what was held back; raise ReasonNeeded where nobody said why."""
        if self.held and not reason.strip():
            raise ReasonNeeded(self.held)
        self.proposed += [
            propose(before, after, person, self.how, reason, stake) for before, after, stake in self.held
        ]

    def holds(self, record: models.Model) -> bool:
        return any(after is record for _, after, _ in self.held)


class ReviewedAdmin(admin.ModelAdmin):
    """Admin of records of which some edits wait for a second person."""

    def edits(self, request: HttpRequest) -> Edits:
        """Return what the form that is being saved writes."""
        found: Edits = request.edits  # type: ignore[attr-defined]
        return found

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self.edits(request).settle(request.user, request.POST.get(REASON, ""))

    def reviewed_form(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any
    ) -> HttpResponse:
        """Return the form, with what waits for a second person; ask for a reason where one is needed."""
        request.edits = Edits("admin")  # type: ignore[attr-defined]
        if object_id is not None and request.method != "POST":
            record = self.get_object(request, unquote(object_id))
            if record is not None:
                extra_context = {**(extra_context or {}), "proposals": open_about(record)}
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ReasonNeeded as needed:
            return self._ask_why(request, needed, (extra_context or {}).get("opened", ""))

    def _ask_why(self, request: HttpRequest, needed: ReasonNeeded, opened: str) -> HttpResponse:
        held = [
            {
                "record": after if after is not None else before,
                "kind": (after or before)._meta.verbose_name,  # type: ignore[union-attr]
                "word": "delete" if after is None else "add" if before is None else "change",
                "stake": stake,
            }
            for before, after, stake in needed.held
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": "A second person has to approve this",
            "opts": self.opts,
            "held": held,
            "hidden": hidden(request.POST),
            "opened": opened or request.POST.get(OPENED, ""),
        }
        return TemplateResponse(request, "admin/facts/propose.html", context)

    def response_add(
        self, request: HttpRequest, obj: models.Model, post_url_continue: str | None = None
    ) -> HttpResponse:
        proposed = self._proposed(request, obj)
        return proposed or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: models.Model) -> HttpResponse:
        return self._proposed(request, obj) or super().response_change(request, obj)

    def _proposed(self, request: HttpRequest, obj: models.Model) -> HttpResponse | None:
        """Return where to go after edits were proposed; None where none was."""
        edits = self.edits(request)
        if not edits.proposed:
            return None
        self.say_proposed(request, edits.proposed)
        pages = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        if obj.pk is None:
            return HttpResponseRedirect(reverse(f"{pages}_changelist"))
        return HttpResponseRedirect(reverse(f"{pages}_change", args=(obj.pk,)))

    def say_proposed(self, request: HttpRequest, proposed: list[Proposal]) -> None:
        """Say which proposals were made, and that they don't count yet."""
        pairs = [(reverse("proposal", args=(one.pk,)), f"proposal {one.pk}") for one in proposed]
        links = format_html_join(", ", '<a href="{}">{}</a>', pairs)
        sentence = "Above the threshold: it waits for a second person as {}, and does not count before. "
        rest = "What needs nobody else is saved."
        self.message_user(request, format_html(sentence + rest, links), messages.WARNING)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None if self.edits(request).holds(obj) else super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None if self.edits(request).holds(obj) else super().log_change(request, obj, message)

    def reviewed_deletion(
        self, request: HttpRequest, object_id: str, extra_context: Any
    ) -> tuple[HttpResponse | None, Any]:
        """Return the answer where a deletion needs a second person and has its reason; and the context."""
        record = self.get_object(request, unquote(object_id))
        if record is None or not self.has_delete_permission(request, record):
            return None, extra_context
        stake = Review().stake(record, None)
        if stake is None or obstacles(self.model, [record.pk]):
            return None, extra_context
        reason = request.POST.get(REASON, "").strip()
        if request.POST and reason:
            person: Any = request.user
            self.say_proposed(request, [propose(record, None, person, "admin", reason, stake)])
            pages = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
            return HttpResponseRedirect(reverse(pages)), extra_context
        missing = bool(request.POST)
        request.POST = QueryDict()  # ask, with the field for it
        return None, {**(extra_context or {}), "stake": stake, "reason_missing": missing}

    def refuse_reviewed(self, records: Iterable[models.Model]) -> None:
        """Raise FactRefused where records that are to be deleted together need a second person."""
        review = Review()
        held = [record for record in records if review.stake(record, None) is not None]
        if held:
            named = ", ".join(f"“{record}”" for record in held[:10])
            raise FactRefused(
                f"Nothing was deleted: {len(held)} of these need a second person ({named})."
                " Delete them one by one, each with its reason."
            )
