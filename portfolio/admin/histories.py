"""The history of a record in the admin: every version with what it changed, compared, and restored."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin

from portfolio.jobs.restoring import RestoreRefused, as_of_version, restore, stake_of
from portfolio.models import Proposal
from portfolio.queries.edit_history import Kind
from portfolio.queries.recorded_changes import FieldChange, Labels, RecordedChange, change_of, compared
from portfolio.queries.versions import history_of, version_of

VERSIONS_ON_A_PAGE = 50


def _numbers(*texts: str) -> bool:
    """Whether parts of an address are numbers that a record or a version may have."""
    return all(text.isdecimal() and len(text) < 19 for text in texts)


class NumberedHistoryAdmin(SimpleHistoryAdmin):
    """The plain history, which takes its parts of the address for numbers without looking."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        if not _numbers(unquote(object_id)):
            raise Http404
        found: HttpResponse = super().history_view(request, object_id, extra_context)
        return found

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        if not _numbers(unquote(object_id), version_id):
            raise Http404
        found: HttpResponse = super().history_form_view(request, object_id, version_id, extra_context)
        return found


class VersionedAdmin(admin.ModelAdmin):
    """Admin of records whose versions can be looked at, compared with each other, and restored."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        pk = self._key(request, object_id)
        rows = self._history(pk)
        shown = Paginator(rows, VERSIONS_ON_A_PAGE).get_page(request.GET.get("p"))
        if not shown.object_list:
            raise Http404
        entries = list(shown.object_list)
        before = rows.filter(history_id__lt=entries[-1].history_id).first()
        pairs = list(zip(entries, [*entries[1:], before], strict=True))
        labels = Labels()
        labels.ask(self.model, [entry for pair in pairs for entry in pair if entry is not None])
        labels.read()
        changes = [change_of(self._kind, entry, previous, labels) for entry, previous in pairs]
        record = self.model._default_manager.filter(pk=pk).first()
        context = {
            "title": f"History of {changes[0].title}",
            "original": record,
            "changes": changes,
            "newest": changes[0].version if record is not None and shown.number == 1 else None,
            "shown": shown,
            "compared": self._compared(request, pk),
        }
        return self._page(request, "admin/facts/history.html", {**context, **(extra_context or {})})

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show a version beside the record as it is now, and bring the record back to it once confirmed."""
        pk = self._key(request, object_id)
        entry = self._version(pk, version_id)
        if entry is None:
            raise Http404
        record = self.model._default_manager.filter(pk=pk).first()
        may = self.has_change_permission(request, record) if record else self.has_add_permission(request)
        refused = ""
        if request.method == "POST":
            if not may:
                raise PermissionDenied
            try:
                return self._restored(request, pk, entry)
            except RestoreRefused as error:
                refused = str(error)
        labels = Labels()
        labels.ask(self.model, [entry] if record is None else [entry, record])
        labels.read()
        change = change_of(self._kind, entry, None, labels)
        context = {
            "title": f"Version {entry.history_id} of {change.title}",
            "original": record,
            "pk": pk,
            "change": change,
            "differences": compared(self._kind, record, entry, labels),
            "may": may,
            "refused": refused,
            "seen": version_of(record or self.model(pk=pk)),
            "stake": stake_of(as_of_version(self.model, pk, int(entry.history_id)))[1] if may else None,
        }
        return self._page(request, "admin/facts/version.html", context, 409 if refused else 200)

    def _restored(self, request: HttpRequest, pk: int, entry: Any) -> HttpResponse:
        person: Any = request.user
        posted = request.POST
        done = restore(
            self.model, pk, int(entry.history_id), person, posted.get("seen", ""), posted.get("_reason", "")
        )
        if isinstance(done, Proposal):
            return HttpResponseRedirect(reverse("proposal", args=(done.pk,)))
        self.message_user(request, f"Brought back to version {entry.history_id}.", messages.SUCCESS)
        self.say_what_is_restated(request, [done])
        return HttpResponseRedirect(reverse(self._kind.page, args=(pk,)))

    def say_what_is_restated(self, request: HttpRequest, days: list[Any]) -> None:
        """Say which publications changes from these days on bear on."""

    @property
    def _kind(self) -> Kind:
        return Kind(self.model)

    def _key(self, request: HttpRequest, object_id: str) -> int:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        text = unquote(object_id)
        if not _numbers(text):
            raise Http404
        return int(text)

    def _history(self, pk: int) -> Any:
        rows = history_of(self.model)._default_manager.filter(id=pk).select_related("history_user")
        return rows.order_by("-history_id")

    def _version(self, pk: int, version: str) -> Any:
        return self._history(pk).filter(history_id=int(version)).first() if _numbers(version) else None

    def _compared(
        self, request: HttpRequest, pk: int
    ) -> tuple[RecordedChange, RecordedChange, list[FieldChange]] | None:
        """Return two versions and what differs, the older first; None where none were chosen."""
        chosen = [self._version(pk, request.GET.get(name, "")) for name in ("from", "to")]
        if None in chosen:
            return None
        older, newer = sorted(chosen, key=lambda entry: int(entry.history_id))
        labels = Labels()
        labels.ask(self.model, [older, newer])
        labels.read()
        differences = compared(self._kind, older, newer, labels) if older.pk != newer.pk else []
        one, other = (change_of(self._kind, entry, None, labels) for entry in (older, newer))
        return one, other, differences

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        around = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**around, **context}, status=status)
