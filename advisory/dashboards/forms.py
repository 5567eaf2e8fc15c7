"""The forms of advice: which fields of which records, who may use them, and where they lead back to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models as django_models
from django.urls import reverse
from django.utils.text import capfirst

from advisory import models
from advisory.queries.keys import next_key
from investai.wording import translated
from portfolio.models import Project, Source
from portfolio.rules.dates import today

MOST_CHOICES = 200
REQUIRED = "This field is required."


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of record that people add and change in the pages of advice.

    `parent` is the field of what it belongs to, whose key the address of a new one gives. `back` returns the
    address of the page that shows it. What is `confidential` needs the right to see it too.
    """

    slug: str
    new: str  # the title of the page that takes a new one
    change: str  # and of the page that changes one, with its name or, where that is confidential, without
    model: type[django_models.Model]
    fields: tuple[str, ...]
    parent: str
    back: Callable[[Any], str]
    confidential: bool = False
    home: str = "advice-board"  # the page that is left for when nothing else shows it
    numbered: bool = True  # a new one is offered the next key

    @property
    def name(self) -> str:
        return str(self.model._meta.verbose_name)

    def permission(self, verb: str) -> str:
        return f"advisory.{verb}_{self.model._meta.model_name}"

    @property
    def has_key(self) -> bool:
        return "key" in self.fields


def _to_request(request: models.AdvisoryRequest) -> str:
    return reverse("advice-request", args=[request.key])


def _to_engagement(engagement: models.AdvisoryEngagement) -> str:
    return reverse("advice-engagement", args=[engagement.key])


def _to_advisers(fact: Any) -> str:
    return reverse("advice-advisers")


KINDS = {
    kind.slug: kind
    for kind in (
        RecordKind(
            "provider",
            "New advisory provider",
            "Change advisory provider {1}",
            models.AdvisoryProvider,
            ("key", "name", "kind", "country", "source"),
            "",
            _to_advisers,
            home="advice-advisers",
            numbered=False,
        ),
        RecordKind(
            "adviser",
            "New adviser",
            "Change adviser {1}",
            models.Adviser,
            ("key", "name", "provider", "account"),
            "",
            _to_advisers,
            home="advice-advisers",
            numbered=False,
        ),
        RecordKind(
            "capacity",
            "New adviser's capacity",
            "Change adviser's capacity {1}",
            models.AdviserCapacity,
            ("since", "days_per_month"),
            "adviser",
            _to_advisers,
            home="advice-advisers",
        ),
        RecordKind(
            "request",
            "New advisory request",
            "Change advisory request {1}",
            models.AdvisoryRequest,
            ("key", "project", "requester", "country", "need", "received_on", "source"),
            "",
            _to_request,
        ),
        RecordKind(
            "triage",
            "New triage",
            "Change triage {1}",
            models.AdvisoryTriage,
            ("decided_on", "outcome", "reason", "estimated_days", "source"),
            "request",
            lambda fact: _to_request(fact.request),
        ),
        RecordKind(
            "engagement",
            "New advisory engagement",
            "Change advisory engagement {1}",
            models.AdvisoryEngagement,
            (
                *("key", "provider", "kind", "scope", "lead", "budget_days", "budget_eur"),
                *("starts_on", "ends_on", "source"),
            ),
            "request",
            _to_engagement,
        ),
        RecordKind(
            "work-package",
            "New work package",
            "Change work package {1}",
            models.AdvisoryWorkPackage,
            ("key", "title", "budget_days", "due_on", "done_on"),
            "engagement",
            lambda fact: _to_engagement(fact.engagement),
        ),
        RecordKind(
            "deliverable",
            "New deliverable",
            "Change deliverable {1}",
            models.AdvisoryDeliverable,
            ("key", "title", "due_on", "done_on", "document"),
            "work_package",
            lambda fact: _to_engagement(fact.work_package.engagement),
        ),
        RecordKind(
            "meeting",
            "New advisory meeting",
            "Change advisory meeting",
            models.AdvisoryMeeting,
            ("key", "held_on", "subject", "participants"),
            "request",
            lambda fact: _to_request(fact.request),
            confidential=True,
        ),
        RecordKind(
            "note",
            "New advisory note",
            "Change advisory note",
            models.AdvisoryNote,
            ("key", "meeting", "written_on", "author", "text"),
            "request",
            lambda fact: _to_request(fact.request),
            confidential=True,
        ),
    )
}
LONG = frozenset({"need", "reason", "scope", "text"})
BY_KEY = {"source": (Source, "key"), "project": (Project, "slug")}
BY = {"key": "Its key, as records name it.", "slug": "Its slug, as records name it."}
NONE_OF = {
    "source": "There is no source “%(value)s”. Give its key.",
    "project": "There is no project “%(value)s”. Give its slug.",
}


class RecordForm(forms.ModelForm):
    """A form that checks its record whole: what is unique beside its parent counts too."""

    def _get_validation_exclusions(self) -> set[str]:
        known = {field.name for field in self._meta.model._meta.fields if field.is_relation}
        return super()._get_validation_exclusions() - known  # type: ignore[misc]


def record_form(kind: RecordKind, fact: django_models.Model, given: Any = None) -> forms.ModelForm:
    """Return the form of a record: with what was given, or with what is recorded."""
    form_class = forms.modelform_factory(
        kind.model, form=RecordForm, fields=kind.fields, formfield_callback=_field
    )
    form: forms.ModelForm = form_class(given, instance=fact)
    for field in form.fields.values():
        field.error_messages["required"] = REQUIRED
    if kind.has_key:
        form.fields["key"].error_messages["unique"] = f"{capfirst(kind.name)} with this Key already exists."
    for name, (_, key) in BY_KEY.items():
        # Chosen by a key, so what is recorded has to be given by that key too, not by its number.
        if name in form.fields and (recorded := getattr(fact, name)):
            form.initial[name] = getattr(recorded, key)
    meeting: Any = form.fields.get("meeting")
    if meeting is not None:
        meeting.queryset = models.AdvisoryMeeting.objects.filter(request=fact.request_id)  # type: ignore[attr-defined]
        meeting.label_from_instance = lambda found: f"{found.held_on}, {found.subject}"
    for name, field in form.fields.items():
        said = [f"id_{name}-hint"] if field.help_text else []
        if form.is_bound and form.errors.get(name):
            said.insert(0, f"id_{name}-fault")
            field.widget.attrs["aria-invalid"] = "true"
        if said:
            field.widget.attrs["aria-describedby"] = " ".join(said)
    return form


def _field(field: Any, **kwargs: Any) -> Any:
    """Return the input of a field: dates by the browser's own, texts in one line, references by key."""
    if isinstance(field, django_models.DateField):
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return field.formfield(**{**kwargs, "widget": widget})
    if isinstance(field, django_models.TextField):
        long = field.name in LONG
        kwargs["widget"] = forms.Textarea(attrs={"rows": 4}) if long else forms.TextInput()
        return field.formfield(**kwargs)
    if isinstance(field, django_models.ForeignKey) and field.name in BY_KEY:
        model, key = BY_KEY[field.name]
        return _reference(field, model, key)
    found = field.formfield(**kwargs)
    unchosen = translated("None" if field.blank else "Choose one")
    if isinstance(found, forms.ModelChoiceField):
        found.empty_label = unchosen
    elif isinstance(found, forms.TypedChoiceField):
        found.choices = [("", unchosen), *((value, translated(str(text))) for value, text in field.choices)]
    if isinstance(found, forms.DecimalField):
        found.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return found


def _reference(field: Any, model: Any, key: str) -> forms.ModelChoiceField:
    """Return the choice of a record: from a list of at most so many, else by its key."""
    rows = model.objects.order_by(key)
    listed = field.name != "source" and rows.count() <= MOST_CHOICES
    return forms.ModelChoiceField(
        rows,
        required=not field.blank,
        label=field.verbose_name.capitalize(),
        to_field_name=key,
        empty_label=translated("None"),
        widget=forms.Select() if listed else forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=field.help_text if listed else f"{BY[key]} {field.help_text}".strip(),
        error_messages={"invalid_choice": NONE_OF[field.name]},
    )


def new_record(kind: RecordKind, parent: Any, person: Any) -> django_models.Model:
    """Return a record that is not recorded yet, with what can be guessed filled in."""
    fact: Any = kind.model(**({kind.parent: parent} if kind.parent else {}))
    if kind.has_key and kind.numbered:
        fact.key = next_key(kind.model, parent)
    for name in ("received_on", "decided_on", "held_on", "written_on", "since"):
        if name in kind.fields:
            setattr(fact, name, today())
    if "author" in kind.fields:
        fact.author = person.get_full_name() or person.get_username()
    return fact


def parent_model(kind: RecordKind) -> Any:
    """Return the model of what a kind of record belongs to."""
    return kind.model._meta.get_field(kind.parent).related_model
