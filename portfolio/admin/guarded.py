"""Forms and deletions of the admin in which no edit of somebody else is lost."""

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from portfolio.admin.guard import Conflict, conflict, opened_versions
from portfolio.admin.merging import BASE, OPENED, as_new, hidden, merged, read_json, unanswered
from portfolio.jobs.locks import hold_facts
from portfolio.queries import versions
from portfolio.queries.references import MAY_NOT_SEE, Obstacle, obstacles, seen_by

MOST_LISTED = 100


class GuardedForm(admin.ModelAdmin):
    """Forms that carry the versions they were opened with, and ask before they write over anything else."""

    change_form_template = "admin/facts/change_form.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        record = None if object_id is None else self.get_object(request, unquote(object_id))
        if request.method != "POST" or object_id is None:
            if record is not None:  # before the form is read: it may be newer than its version, never older
                opened = json.dumps(opened_versions(self, request, record.pk))
                extra_context = {**(extra_context or {}), "opened": opened}
            return self._form(request, object_id, form_url, extra_context)
        with transaction.atomic():
            hold_facts(alone=True)  # nobody else writes between the look and the save
            held = self._held(request, unquote(object_id))
            if held is not None:
                return held
            opened = json.dumps(opened_versions(self, request, unquote(object_id)))
            return self._form(request, object_id, form_url, {**(extra_context or {}), "opened": opened})

    def _form(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any
    ) -> HttpResponse:
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _held(self, request: HttpRequest, pk: str) -> HttpResponse | None:
        """Return the page that asks, where somebody else changed or deleted what is to be saved."""
        record = self.get_object(request, pk)
        if record is None:
            return self._gone(request, pk)
        if not self.has_change_permission(request, record):
            return None  # which is for the form to refuse
        left = unanswered(request.POST)
        if not left:
            request.POST = merged(request.POST) if BASE in request.POST else request.POST  # type: ignore[assignment]
        found = conflict(self, request, record)
        if found is None:
            return None
        return self._ask(request, record, found, left)

    def _ask(
        self, request: HttpRequest, record: models.Model, found: Conflict, left: list[str]
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{record} was changed meanwhile",
            "opts": self.opts,
            "original": record,
            "conflict": found,
            "left": left,
            "hidden": hidden(found.data),
            "opened": json.dumps(opened_versions(self, request, record.pk)),
            "base": found.base,
        }
        return TemplateResponse(request, "admin/facts/changed_meanwhile.html", context, status=409)

    def _gone(self, request: HttpRequest, pk: str) -> HttpResponse | None:
        """Return the page that says who deleted what is to be saved; None where there never was one."""
        history = versions.entries(self.model, pk) if pk.isdecimal() else []
        if not history or not self.has_change_permission(request):
            return None
        last = history[-1]
        form = self.get_form(request, fields=flatten_fieldsets(self.get_fieldsets(request)))(request.POST)
        typed = [
            (one.verbose_name, form[one.name].data or versions.EMPTY, versions.said_of(last, one))
            for one in versions.fields_of(self.model)
            if one.name in form.fields
        ]
        owner = self._owner_of_rows(request)
        context = {
            **self.admin_site.each_context(request),
            "title": "Deleted meanwhile",
            "opts": self.opts,
            "made": versions.made(last),
            "name": f"{self.opts.verbose_name} {last.instance}",
            "typed": typed,
            "hidden": hidden(as_new(request.POST, owner)),
            "may_add": self.has_add_permission(request),
        }
        return TemplateResponse(request, "admin/facts/deleted_meanwhile.html", context, status=409)

    def _owner_of_rows(self, request: HttpRequest) -> str:
        inlines = self.get_inline_instances(request)
        formset: Any = inlines[0].get_formset(request) if inlines else None
        return str(formset.fk.name) if formset else ""


class GuardedDeletion(admin.ModelAdmin):
    """Deletions that say what stands in the way, and ask again where a record was changed meanwhile."""

    delete_confirmation_template = "admin/facts/delete.html"
    delete_selected_confirmation_template = "admin/facts/delete_selected.html"

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Return what goes, how many, and what stands in the way: counted, not collected one by one."""
        records: Any = objs
        request.opened = json.dumps(self._versions_of(records))  # type: ignore[attr-defined]
        ids = [record.pk for record in records]
        listed = [_link(self.admin_site, record) for record in records[:MOST_LISTED]]
        if len(ids) > MOST_LISTED:
            listed.append(f"and {len(ids) - MOST_LISTED:,} more")
        found, hidden = seen_by(request.user, obstacles(self.model, ids))
        only = ids[0] if len(ids) == 1 else None
        said = [part for one in found for part in _explained(self.admin_site, one, only)]
        if hidden:
            said.append(MAY_NOT_SEE)
        return listed, {str(self.opts.verbose_name_plural): len(ids)}, set(), said

    def _versions_of(self, records: Any) -> dict[str, str]:
        ids = [record.pk for record in records]
        return versions.versions(self.model._default_manager.filter(pk__in=ids))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        pk = unquote(object_id)
        if request.method != "POST":
            return self._deletion(request, object_id, extra_context)
        with transaction.atomic():
            hold_facts(alone=True)
            record = self.get_object(request, pk)
            if record is None:
                self._say_who_deleted(request, pk)
            else:
                seen = read_json(request.POST.get(OPENED, ""))
                now = self._versions_of([record])
                if seen and seen != now:
                    changed = self._changed_since(record, str(seen.get(str(record.pk), "")))
                    extra_context = {**(extra_context or {}), "changed": [changed]}
                    request.POST = QueryDict()  # ask again
            return self._deletion(request, object_id, extra_context)

    def _deletion(self, request: HttpRequest, object_id: str, extra_context: Any) -> HttpResponse:
        return super().delete_view(request, object_id, extra_context)

    def _say_who_deleted(self, request: HttpRequest, pk: str) -> None:
        history = versions.entries(self.model, pk) if pk.isdecimal() else []
        if history and history[-1].history_type == "-":
            made = versions.made(history[-1])
            name = f"{self.opts.verbose_name} “{history[-1].instance}”"
            self.message_user(
                request,
                f"The {name} was deleted by {made.who} at {made.at:%Y-%m-%d %H:%M} already.",
                messages.WARNING,
            )

    def _changed_since(self, record: models.Model, version: str) -> dict[str, Any]:
        """Return what was changed of a record since a version, field by field."""
        history = versions.entries(self.model, record.pk, version)
        then = history[0] if history and str(history[0].history_id) == version else None
        fields = versions.fields_of(self.model)
        differing = fields if then is None else versions.differing(then, record, fields)
        rows = [
            (
                one.verbose_name,
                versions.said_of(then, one) if then is not None else "not known",
                versions.said_of(record, one),
                versions.last_change(history, one),
            )
            for one in differing
        ]
        return {"record": record, "rows": rows, "made": versions.made(history[-1] if history else None)}

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *place: Any
    ) -> HttpResponse | None:
        """Ask again before selected records are deleted of which some were changed since they were shown."""
        if request.POST.get("action") != "delete_selected" or "post" not in request.POST:
            return super().response_action(request, queryset, *place)
        with transaction.atomic():
            hold_facts(alone=True)
            self._look_at_selected(request, queryset)
            return super().response_action(request, queryset, *place)

    def _look_at_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Take back that somebody confirmed the deletion of records that were changed since."""
        seen = read_json(request.POST.get(OPENED, ""))
        if not seen:
            return
        selected = queryset.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))
        now = versions.versions(selected)
        moved = [pk for pk, version in now.items() if seen.get(pk) != version]
        gone = len(seen.keys() - now.keys())
        if moved or gone:
            records = selected.filter(pk__in=moved[:MOST_LISTED])
            changed = [self._changed_since(one, str(seen.get(str(one.pk), ""))) for one in records]
            request.changed, request.gone = changed, gone  # type: ignore[attr-defined]
            posted = request.POST.copy()
            del posted["post"]
            request.POST = posted  # type: ignore[assignment]


def _link(site: admin.AdminSite, record: models.Model) -> str:
    meta = record._meta
    kind = str(meta.verbose_name)
    try:
        address = reverse(f"{site.name}:{meta.app_label}_{meta.model_name}_change", args=(record.pk,))
    except NoReverseMatch:
        return f"{kind}: {record}"
    return format_html('{}: <a href="{}">{}</a>', kind, address, record)


def _explained(site: admin.AdminSite, one: Obstacle, pk: Any) -> Any:
    """Return the records of a kind that stand in the way, as nested lists of a template."""
    meta = one.model._meta
    name = f"{site.name}:{meta.app_label}_{meta.model_name}_changelist"
    title: str = f"{one.count:,} {one.kind}"
    try:
        if pk is not None:
            title = format_html('<a href="{}?{}__id__exact={}">{}</a>', reverse(name), one.field, pk, title)
    except NoReverseMatch:
        pass
    first = [_link(site, record) for record in one.first]
    return [title, [*first, f"and {one.more:,} more"] if one.more else first]
