"""The form of an assessment: its day and who made it, and a level with evidence for each criterion."""

from typing import Any

from django import forms

from advisory.dashboards.forms import REQUIRED
from advisory.jobs.assessing import GivenScore
from advisory.models import AdvisoryEngagement, ReadinessAssessment, ReadinessCriterion, ReadinessScore
from advisory.vocabulary import MOST_LEVEL
from investai.wording import translated
from investai.wording.book import filled
from portfolio.models import Source
from portfolio.models.fields import KEY_PATTERN

LEVELS = [("", "Not assessed"), *((str(level), str(level)) for level in range(MOST_LEVEL + 1))]


class AssessmentForm(forms.Form):
    """An assessment and its scores; `rows` are the criteria with their four inputs."""

    def __init__(self, assessment: ReadinessAssessment, given: Any = None) -> None:
        self.assessment = assessment
        self.recorded_key = assessment.key if assessment.pk else ""  # a new one may be typed
        self.criteria = list(ReadinessCriterion.objects.filter(scale=assessment.scale_id).order_by("key"))
        recorded = {
            score.criterion_id: score
            for score in (assessment.scores.select_related("source") if assessment.pk else ())
        }
        super().__init__(given, initial=self._initial(recorded))
        self.fields["key"] = forms.RegexField(
            KEY_PATTERN,
            label="Key",
            max_length=255,
            error_messages={"invalid": "Use letters, digits, dots, hyphens and underscores."},
        )
        self.fields["assessed_on"] = forms.DateField(
            label="Assessed on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        )
        self.fields["assessor"] = forms.CharField(label="Assessor")
        self.fields["engagement"] = forms.ModelChoiceField(
            AdvisoryEngagement.objects.filter(request=assessment.request_id).order_by("key"),
            required=False,
            to_field_name="key",
            empty_label=translated("None"),
            label="Engagement",
        )
        for criterion in self.criteria:
            for name, field in self._inputs(criterion).items():
                self.fields[f"c{criterion.pk}-{name}"] = field
        for field in self.fields.values():
            field.error_messages["required"] = REQUIRED
        self._describe()

    def _initial(self, recorded: dict[int, ReadinessScore]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "key": self.assessment.key,
            "assessed_on": self.assessment.assessed_on,
            "assessor": self.assessment.assessor,
            "engagement": self.assessment.engagement.key if self.assessment.engagement else "",
        }
        for pk, score in recorded.items():
            found[f"c{pk}-level"] = "" if score.level is None else str(score.level)
            found[f"c{pk}-evidence"], found[f"c{pk}-document"] = score.evidence, score.document
            found[f"c{pk}-source"] = score.source.key if score.source else ""
        return found

    @staticmethod
    def _inputs(criterion: ReadinessCriterion) -> dict[str, forms.Field]:
        return {
            "level": forms.ChoiceField(
                choices=[(value, translated(text)) for value, text in LEVELS],
                required=False,
                label=filled(translated("{1}: level"), {"1": criterion.name}),
            ),
            "evidence": forms.CharField(
                required=False, label="Evidence", widget=forms.Textarea(attrs={"rows": 2})
            ),
            "document": forms.CharField(required=False, label="Document, its address"),
            "source": forms.ModelChoiceField(
                Source.objects.all(),
                required=False,
                to_field_name="key",
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
                label="Source, its key",
                error_messages={"invalid_choice": "There is no source “%(value)s”. Give its key."},
            ),
        }

    def _describe(self) -> None:
        for name, field in self.fields.items():
            if self.is_bound and self.errors.get(name):
                field.widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"id_{name}-fault"}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        key = cleaned.get("key")
        taken = ReadinessAssessment.objects.filter(key=key).exclude(pk=self.assessment.pk)
        if key and taken.exists():
            self.add_error("key", "There is an assessment with this key already.")
        day = cleaned.get("assessed_on")
        others = ReadinessAssessment.objects.filter(request=self.assessment.request_id)
        if day and others.filter(assessed_on=day).exclude(pk=self.assessment.pk).exists():
            self.add_error("assessed_on", "There is an assessment of that day already: change that one.")
        if not self.errors:
            for name in ("key", "assessed_on", "assessor", "engagement"):
                setattr(self.assessment, name, cleaned[name])
        return cleaned

    def given(self) -> dict[int, GivenScore]:
        """Return what was said of each criterion."""
        said = self.cleaned_data
        return {
            criterion.pk: GivenScore(
                int(said[f"c{criterion.pk}-level"]) if said[f"c{criterion.pk}-level"] else None,
                said[f"c{criterion.pk}-evidence"],
                said[f"c{criterion.pk}-document"],
                said[f"c{criterion.pk}-source"],
            )
            for criterion in self.criteria
        }

    @property
    def rows(self) -> list[tuple[ReadinessCriterion, list[Any]]]:
        """Return each criterion with its inputs."""
        names = ("level", "evidence", "document", "source")
        return [
            (criterion, [self[f"c{criterion.pk}-{name}"] for name in names]) for criterion in self.criteria
        ]

    @property
    def head(self) -> list[Any]:
        return [self[name] for name in ("key", "assessed_on", "assessor", "engagement")]
