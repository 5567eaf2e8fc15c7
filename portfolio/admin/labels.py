"""What chosen records are called in the rows of a form: read once for all rows, not once for each."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.forms import BaseInlineFormSet
from django.utils.functional import cached_property


class LabelledSelect(AutocompleteSelect):
    """A choice by autocomplete that is told what its records are called."""

    labels: dict[str, str] | None = None

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        labels = self.labels or {}
        chosen = [str(one) for one in value if str(one) not in self.choices.field.empty_values]
        if not set(chosen) <= labels.keys():
            return super().optgroups(name, value, attr)
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        for one in chosen:
            options.append(self.create_option(name, one, labels[one], True, len(options)))
        return [(None, options, 0)]


class LabelledRows(BaseInlineFormSet):
    """The rows of a form, whose choices are named by one query for each column."""

    @cached_property
    def forms(self) -> list[Any]:
        forms: list[Any] = super().forms
        model: Any = self.model
        for name, widgets in self._selects(forms).items():
            chosen = {getattr(form.instance, f"{name}_id") for form in forms} - {None}
            related: Any = model._meta.get_field(name).related_model
            found = related._default_manager.filter(pk__in=chosen) if chosen else []
            labels = {str(record.pk): str(record) for record in found}
            for widget in widgets:
                widget.labels = labels
        return forms

    def _selects(self, forms: list[Any]) -> dict[str, list[LabelledSelect]]:
        found: dict[str, list[LabelledSelect]] = {}
        for name, widget in _widgets(forms):
            found.setdefault(name, []).append(widget)
        return found


def _widgets(forms: list[Any]) -> Iterator[tuple[str, LabelledSelect]]:
    for form in forms:
        for name, field in form.fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, LabelledSelect):
                yield name, widget
