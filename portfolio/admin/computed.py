"""Computed figures beside the fields that they come from: as of today, to be read only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from portfolio.exports.numbers import exact_euro, is_lower_bound, percent, reasons
from portfolio.models import ChipComparison, EnvelopeUtilisation, ProjectCoverage
from portfolio.queries.results import published_set
from portfolio.vocabulary import EnvelopeKind

UNKNOWN = "unknown"
NOT_YET = "not computed yet"


class ComputedFigures(admin.ModelAdmin):
    """An admin whose form shows, below the fields, what was computed of them. `computed` names methods."""

    computed: tuple[str, ...] = ()

    def computed_of(self, record: Any) -> tuple[str, ...]:
        """Return which of the computed figures a record has."""
        return self.computed

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *self.computed]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [name for name in self.get_fields(request, obj) if name not in self.computed]
        sets: list[Any] = [(None, {"fields": fields})]
        if obj is not None:
            about = "As of today, computed from the records; a change shows once its results are published."
            sets.append(("Computed", {"fields": self.computed_of(obj), "description": about}))
        return sets


def row_of(model: type[Any], **of: Any) -> Any:
    """Return the newest published row of a result table about a record; None where there is none."""
    results = published_set()
    return None if results is None else model.objects.filter(result_set=results, **of).first()


def amount(row: Any, name: str) -> str:
    """Return an amount of a row in words for a form: exact, with its bound, or unknown with its reasons."""
    if row is None:
        return NOT_YET
    value = getattr(row, name)
    why = ", ".join(reasons(row.incomplete))
    if value is None:
        return f"{UNKNOWN}: {why}" if why else UNKNOWN
    return f"at least {exact_euro(value)} ({why})" if is_lower_bound(row.incomplete) else exact_euro(value)


def share(row: Any, name: str) -> str:
    """Return a ratio of a row in words for a form."""
    if row is None:
        return NOT_YET
    value = getattr(row, name)
    return UNKNOWN if value is None else percent(value)


class ProjectFigures(ComputedFigures):
    """What was computed of a project."""

    computed = ("stage_today", "need_today", "secured_today", "gap_today", "coverage_today", "chips_today")

    @admin.display(description="stage")
    def stage_today(self, project: Any) -> str:
        row = _coverage(project)
        return NOT_YET if row is None else str(row.get_stage_display() or "no stage yet")

    @admin.display(description="need")
    def need_today(self, project: Any) -> str:
        row = _coverage(project)
        return UNKNOWN if row is not None and row.need_eur is None else _plain(row, "need_eur")

    @admin.display(description="secured")
    def secured_today(self, project: Any) -> str:
        return amount(_coverage(project), "secured_eur")

    @admin.display(description="gap")
    def gap_today(self, project: Any) -> str:
        row = _coverage(project)
        text = _plain(row, "gap_eur")
        return (
            f"at most {text}" if row is not None and row.gap_eur and is_lower_bound(row.incomplete) else text
        )

    @admin.display(description="coverage")
    def coverage_today(self, project: Any) -> str:
        return share(_coverage(project), "coverage")

    @admin.display(description="chips planned, contracted, installed, operational")
    def chips_today(self, project: Any) -> str:
        row = row_of(ChipComparison, project=project)
        if row is None:
            return NOT_YET
        chips = (row.planned_chips, row.contracted_chips, row.installed_chips, row.operational_chips)
        why = ", ".join(reasons(row.incomplete))
        return ", ".join(f"{number:,}" for number in chips) + (f" ({why})" if why else "")


class EnvelopeFigures(ComputedFigures):
    """What was computed of an envelope."""

    budget = ("signed_today", "committed_today", "headroom_today", "utilisation_today")
    target = ("signed_today", "mobilised_today", "progress_today")
    computed = tuple(dict.fromkeys((*budget, *target)))

    def computed_of(self, record: Any) -> tuple[str, ...]:
        return self.target if record.kind == EnvelopeKind.MOBILISATION_TARGET else self.budget

    @admin.display(description="signed")
    def signed_today(self, envelope: Any) -> str:
        return amount(_utilisation(envelope), "signed_eur")

    @admin.display(description="committed")
    def committed_today(self, envelope: Any) -> str:
        return amount(_utilisation(envelope), "committed_eur")

    @admin.display(description="headroom")
    def headroom_today(self, envelope: Any) -> str:
        return _plain(_utilisation(envelope), "headroom_eur")

    @admin.display(description="utilisation")
    def utilisation_today(self, envelope: Any) -> str:
        return share(_utilisation(envelope), "utilisation")

    @admin.display(description="mobilised")
    def mobilised_today(self, envelope: Any) -> str:
        return amount(_utilisation(envelope), "mobilised_eur")

    @admin.display(description="progress")
    def progress_today(self, envelope: Any) -> str:
        return share(_utilisation(envelope), "progress")


def _coverage(project: Any) -> ProjectCoverage | None:
    return _once(project, lambda: row_of(ProjectCoverage, project=project))


def _utilisation(envelope: Any) -> EnvelopeUtilisation | None:
    return _once(envelope, lambda: row_of(EnvelopeUtilisation, envelope=envelope))


def _once(record: Any, read: Any) -> Any:
    if not hasattr(record, "_computed_row"):
        record._computed_row = read()
    return record._computed_row


def _plain(row: Any, name: str) -> str:
    if row is None:
        return NOT_YET
    value = getattr(row, name)
    return UNKNOWN if value is None else exact_euro(value)
