"""What the admin of every fact shares: the one write door, history, and refusals shown in the form."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from simple_history.admin import SimpleHistoryAdmin

from portfolio.admin.advised import AdvisedAdmin
from portfolio.admin.amounts import AmountField
from portfolio.admin.exporting import ExportedList
from portfolio.admin.guarded import GuardedDeletion, GuardedForm
from portfolio.admin.histories import VersionedAdmin
from portfolio.admin.labels import LabelledRows, LabelledSelect
from portfolio.jobs.bulk_deletion import delete_facts
from portfolio.jobs.facts import FactRefused, delete_fact
from portfolio.models.fields import FoldedField, MoneyField
from portfolio.names import folded
from portfolio.queries.publications import restated_by

HOW, SELECTED = "admin", "admin, selected records"
LONG_TEXTS = frozenset({"note", "description", "statement"})


class FactFields:
    """One-line inputs for short texts, which models keep without a length limit; amounts as people write."""

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, MoneyField):
            return db_field.formfield(form_class=AmountField)
        if isinstance(db_field, models.TextField):
            long = db_field.name in LONG_TEXTS
            widget = AdminTextareaWidget(attrs={"rows": 3}) if long else AdminTextInputWidget()
            kwargs.setdefault("widget", widget)
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]


class FactList(ChangeList):
    """The list of a fact, in which the column of a name sorts as pages do."""

    def get_ordering_field(self, field_name: Any) -> Any:
        for field in self.lookup_opts.concrete_fields:
            if isinstance(field, FoldedField) and field.of == (field_name,):
                return field.name
        return super().get_ordering_field(field_name)


class FactAdmin(
    FactFields, GuardedForm, GuardedDeletion, AdvisedAdmin, VersionedAdmin, ExportedList, SimpleHistoryAdmin
):
    """Admin of a fact. Everything it writes goes through the write door, in one transaction a form."""

    list_per_page = 50
    show_full_result_count = False
    save_on_top = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FactList

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        """Find what is asked for as it is typed, or without case and diacritics in the folded names."""
        found, several = super().get_search_results(request, queryset, search_term)
        plain = folded(search_term)
        if plain == search_term:
            return found, several
        too, several_too = super().get_search_results(request, queryset, plain)
        return found | too, several or several_too

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: forms.ModelForm, change: bool
    ) -> None:
        obj._history_user = request.user  # type: ignore[attr-defined]
        self.say_what_is_restated(request, [self.edits(request).record(obj)])

    def save_formset(
        self, request: HttpRequest, form: forms.ModelForm, formset: forms.BaseModelFormSet, change: bool
    ) -> None:
        formset.save(commit=False)
        edits = self.edits(request)
        days = [edits.remove(gone) for gone in formset.deleted_objects]
        days += [edits.record(fact) for fact, _ in formset.changed_objects]
        days += [edits.record(fact) for fact in formset.new_objects]
        formset.save_m2m()
        self.say_what_is_restated(request, days)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        self.say_what_is_restated(request, [delete_fact(obj, HOW)])

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        with transaction.atomic():
            self.refuse_reviewed(queryset)
            person: Any = request.user
            day = delete_facts(list(queryset), person, SELECTED)
        self.say_what_is_restated(request, [day])

    def say_what_is_restated(self, request: HttpRequest, days: list[date | None]) -> None:
        """Say which publications changes from these days on bear on."""
        known = [day for day in days if day is not None]
        if sentence := restated_by(min(known, default=None)):
            self.message_user(request, sentence, messages.WARNING)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "fact_refused", None)
        if refusal is None:
            return form

        class RefusedForm(form):  # type: ignore[misc, valid-type]
            """The same form with what the rules refuse, so that nothing typed is lost."""

            def clean(self) -> Any:
                cleaned = super().clean()
                self.add_error(None, refusal)
                return cleaned

        return RefusedForm

    def _form(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any
    ) -> HttpResponse:
        try:
            return self.advised_form(request, object_id, form_url, extra_context)
        except FactRefused as refused:
            request.fact_refused = str(refused)  # type: ignore[attr-defined]
            return self.advised_form(request, object_id, form_url, extra_context)

    def _deletion(self, request: HttpRequest, object_id: str, extra_context: Any) -> HttpResponse:
        answer, context = self.reviewed_deletion(request, object_id, extra_context)
        if answer is not None:
            return answer
        try:
            return super()._deletion(request, object_id, context)
        except FactRefused as refused:
            return self._refused(request, refused)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)
        except FactRefused as refused:
            return self._refused(request, refused)

    def _refused(self, request: HttpRequest, refused: FactRefused) -> HttpResponse:
        self.message_user(request, str(refused), messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())


class FactInline(FactFields, admin.TabularInline):
    """Rows of a fact inside the form of what they belong to."""

    extra = 0
    autocomplete_fields = ["source"]
    show_change_link = True
    formset = LabelledRows

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = LabelledSelect(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Admin of what jobs write: to be looked at."""

    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
