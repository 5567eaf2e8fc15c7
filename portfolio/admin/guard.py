"""No lost edit: what somebody else changed of a record, and of its rows, since a form was opened.

A form carries the versions it was opened with. The second to save is shown what the first changed beside what
was typed, and chooses; nothing is written until then.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, QueryDict

from portfolio.admin.merging import BASE, DROP, OPENED, RENEW, Payload, posted_as, read_json, renumber
from portfolio.queries import versions
from portfolio.queries.versions import NOBODY, Made

Opened = dict[str, dict[str, str]]


@dataclass(slots=True)
class Choice:
    """Something that was changed by somebody else: what it said, says now, and what was typed.

    `name` is empty where there is nothing to choose: what they did stands.
    """

    label: str
    then: str
    theirs: str
    mine: str
    made: Made
    name: str = ""
    touched: bool = False  # by the one who saves now
    for_theirs: Payload = field(default_factory=dict)
    for_mine: Payload = field(default_factory=dict)

    @property
    def theirs_json(self) -> str:
        return json.dumps(self.for_theirs)

    @property
    def mine_json(self) -> str:
        return json.dumps(self.for_mine)


@dataclass(slots=True)
class Part:
    """The record itself, or a row of it, with what somebody else did to it."""

    title: str
    choices: list[Choice] = field(default_factory=list)
    sentence: str = ""


@dataclass(slots=True)
class Conflict:
    """Everything that was changed meanwhile, and the posted values to go on with."""

    parts: list[Part]
    data: QueryDict
    base: str

    @property
    def asks(self) -> bool:
        return any(choice.name for part in self.parts for choice in part.choices)


def opened_versions(model_admin: admin.ModelAdmin, request: HttpRequest, pk: Any) -> Opened:
    """Return the version of a record, and of each row in its form by the prefix of its formset."""
    found: Opened = {"": {}}
    found[""] = versions.versions(model_admin.model._default_manager.filter(pk=pk))
    for inline in model_admin.get_inline_instances(request):
        formset: Any = inline.get_formset(request)
        rows = inline.model._default_manager.filter(**{formset.fk.name: pk})
        found[formset.get_default_prefix()] = versions.versions(rows)
    return found


def conflict(model_admin: Any, request: HttpRequest, record: models.Model) -> Conflict | None:
    """Return what was changed since the posted form was opened; None where nothing was."""
    posted = request.POST
    base = posted.get(BASE) or posted.get(OPENED, "")
    opened = _read_opened(posted.get(OPENED, ""))
    now = opened_versions(model_admin, request, record.pk)
    if not opened or (opened == now and BASE not in posted):
        return None
    found = _Comparison(model_admin, request, record, _read_opened(base), now).result(base)
    return found if found.parts else None


def _read_opened(text: str) -> Opened:
    """Return the versions that a form carries; those of a part that was spoilt are none."""
    return {
        prefix: {str(pk): str(version) for pk, version in rows.items()}
        for prefix, rows in read_json(text).items()
        if isinstance(rows, dict)
    }


class _Comparison:
    """Three states of a form: as it was opened, as it is recorded now, and as it was posted."""

    def __init__(
        self,
        model_admin: Any,
        request: HttpRequest,
        record: models.Model,
        opened: Opened,
        now: Opened,
    ) -> None:
        self.opened, self.now, self.record = opened, now, record
        self.data = request.POST.copy()
        fieldsets = flatten_fieldsets(model_admin.get_fieldsets(request, record))
        make = model_admin.get_form(request, record, change=True, fields=fieldsets)
        self.form = make(request.POST, instance=type(record)._default_manager.get(pk=record.pk))
        self.formsets, _ = model_admin._create_formsets(request, record, change=True)
        self.parts: list[Part] = []
        self.dropped: list[str] = []

    def result(self, base: str) -> Conflict:
        opened = self.opened.get("", {})
        pk = str(self.record.pk)
        if opened.get(pk) != self.now[""].get(pk):
            title = f"{self.record._meta.verbose_name} {self.record}"
            self._compare(title, self.form, self.record, str(opened.get(pk, "")))
        for formset in self.formsets:
            self._compare_rows(formset)
        renumber(self.data, self.dropped)
        return Conflict(self.parts, self.data, base)

    def _compare(self, title: str, form: forms.ModelForm, record: models.Model, version: str) -> None:
        """Compare the fields of a form; a row that is to be deleted is one choice."""
        model = type(record)
        history = versions.entries(model, record.pk, version)
        then = history[0] if history and str(history[0].history_id) == version else None
        part = Part(title)
        deletes = bool(form.data.get(f"{form.prefix}-DELETE")) if form.prefix else False
        changed = [
            one
            for one in versions.fields_of(model)
            if then is None or getattr(then, one.attname) != getattr(record, one.attname)
        ]
        shown = [one for one in changed if one.name in form.fields]
        if deletes:
            part.choices.append(self._deletion(form, record, shown, then, history))
        else:
            for one in shown:
                choice = _choice(form, one, then, record, versions.last_change(history, one))
                if choice is not None:
                    part.choices.append(choice)
        if shown and not part.choices:
            who = versions.made(history[-1] if history else None).who
            part.sentence = f"{who} saved it, and what it says is what you typed."
        if part.choices or part.sentence:
            self.parts.append(part)

    def _deletion(
        self,
        form: forms.ModelForm,
        record: models.Model,
        changed: Iterable[Any],
        then: Any,
        history: list[Any],
    ) -> Choice:
        theirs = ", ".join(f"{one.verbose_name}: {versions.said_of(record, one)}" for one in changed)
        before = ", ".join(f"{one.verbose_name}: {versions.said_of(then, one)}" for one in changed if then)
        payload: Payload = {f"{form.prefix}-DELETE": None}
        for one in changed:
            payload |= posted_as(
                form.add_prefix(one.name), form.fields[one.name], one.value_from_object(record)
            )
        made = versions.made(history[-1]) if history else NOBODY
        name = f"{form.prefix}-DELETE"
        return Choice("the row", before, theirs or "saved", "to be deleted", made, name, True, payload, {})

    def _compare_rows(self, formset: Any) -> None:
        opened = self.opened.get(formset.prefix, {})
        now = self.now.get(formset.prefix, {})
        kind = formset.model._meta.verbose_name
        there = {str(row.pk): row for row in formset.get_queryset()}
        posted = {str(form["id"].data or ""): form for form in formset.initial_forms}
        for pk, version in opened.items():
            form = posted.get(pk)
            if form is None or now.get(pk) == version:
                continue
            if pk in there:
                self._compare(f"{kind} {there[pk]}", form, there[pk], str(version))
            else:
                self._removed(kind, form, formset.model, pk, str(version))
        for pk in now.keys() - opened.keys():
            if pk in there:
                made = versions.made(versions.entries(formset.model, pk)[0])
                said = ", ".join(
                    f"{one.verbose_name}: {versions.said_of(there[pk], one)}"
                    for one in versions.fields_of(formset.model)
                    if one.name != formset.fk.name
                )
                choice = Choice("a new row", "not there", said, "", made)
                self.parts.append(Part(f"{kind} {there[pk]}", [choice]))

    def _removed(
        self, kind: Any, form: forms.ModelForm, model: type[models.Model], pk: str, version: str
    ) -> None:
        history = versions.entries(model, pk, version)
        then, made = history[0] if history else None, versions.made(history[-1] if history else None)
        fields = [one for one in versions.fields_of(model) if one.name in form.fields]
        touched = [one for one in fields if then is None or _differs(form, one, then)]
        before = ", ".join(f"{one.verbose_name}: {versions.said_of(then, one)}" for one in fields if then)
        row = str(form.prefix)
        choice = Choice("the row", before, "deleted", "not changed by you", made)
        if touched and not form.data.get(f"{row}-DELETE"):
            mine = ", ".join(f"{one.verbose_name}: {_typed(form, one)}" for one in touched)
            choice.name, choice.mine, choice.touched = f"{row}-row", mine, True
            choice.for_theirs, choice.for_mine = {DROP: row}, {RENEW: row}
        else:
            self.dropped.append(row)
        self.parts.append(Part(f"{kind} {_known(then)}", [choice]))


def _choice(form: forms.ModelForm, one: Any, then: Any, record: models.Model, made: Made) -> Choice | None:
    """Return the choice about a field that somebody changed; None where both say the same now."""
    if not _differs(form, one, record):
        return None
    touched = then is None or _differs(form, one, then)
    name = form.add_prefix(one.name)
    mine = _typed(form, one) if touched else "not changed by you"
    before = versions.said_of(then, one) if then is not None else "not known"
    theirs = posted_as(name, form.fields[one.name], one.value_from_object(record))
    return Choice(
        str(one.verbose_name),
        before,
        versions.said_of(record, one),
        mine,
        made,
        name,
        touched,
        theirs,
        posted_mine(form, name),
    )


def posted_mine(form: forms.ModelForm, name: str) -> Payload:
    """Return what was posted for a field, so that it can be put back."""
    data: Any = form.data
    return {key: data.getlist(key) for key in data if key == name or key.startswith(f"{name}_")}


def _differs(form: forms.ModelForm, one: Any, record: Any) -> bool:
    return form.fields[one.name].has_changed(getattr(record, one.attname), form[one.name].data)


def _typed(form: forms.ModelForm, one: Any) -> str:
    data = form[one.name].data
    try:
        value = form.fields[one.name].to_python(data)
    except ValidationError:
        return str(data)
    return str(value) if isinstance(value, models.Model) else versions.said(one, value)


def _known(then: Any) -> str:
    """Return how people knew a row that is gone."""
    return str(then.instance) if then is not None else ""
