"""Terms that are chips: deployments of a project, and AI factories of the existing baseline (rules 9, 10)."""

from typing import Any, NamedTuple

from portfolio.models import ChipComparison, ChipDeployment, ChipModel
from portfolio.queries.chips import existing, status_as_of
from portfolio.queries.existing_factories import existing_rows
from portfolio.queries.explanations.subject import Subject
from portfolio.queries.explanations.terms import Cell, ListedTerms, Term, source_of
from portfolio.rules.explanations import Terms, Value
from portfolio.vocabulary import (
    REFERENCE_CHIP,
    SELECTED_STAGES,
    ProjectKind,
    Reason,
)


class Factory(NamedTuple):
    """An AI factory of the existing baseline."""

    slug: str
    name: str
    stage: str
    installed_chips: int
    operational_chips: int

    @property
    def present(self) -> int:
        return self.installed_chips + self.operational_chips


def deployments(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the deployments of a project that have one of some statuses, the largest first.

    Each is worth its chips; weighed, its chips times the speed of their model, where the chips are known.
    """
    weighed = spec.kind == "weighed"
    found = [record for record in _existing(subject) if record.status in spec.choice]
    if weighed:
        found = [record for record in found if record.chips is not None]
    return ListedTerms(
        spec, [_deployment(record, *(_weight(record) if weighed else _chips(record))) for record in found]
    )


def lacking_chips(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the deployments of a project without a number, or of unknown speed; or that there is none."""
    records = _existing(subject)
    reference = ChipModel.objects.filter(slug=REFERENCE_CHIP).first()
    terms = []
    for record in records:
        if record.chips is None:
            terms.append(_deployment(record, Reason.CHIP_COUNT_UNKNOWN.value, ""))
        elif _weight(record)[0] is None or reference is None or not reference.bf16_dense_tflops:
            terms.append(_deployment(record, Reason.CHIP_MODEL_UNKNOWN.value, ""))
    if not records:
        reason = Reason.CHIP_COUNT_UNKNOWN.value
        terms.append(
            Term(kind="project", fact=subject.key, value=reason, name=subject.name, project=subject.key)
        )
    return ListedTerms(spec, terms)


def factories(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the AI factories of the existing baseline, each worth its chips, or one."""
    one = spec.choice[0] == "one"
    columns = ("project__slug", "project__name", "stage", "installed_chips", "operational_chips")
    rows = [Factory(*row) for row in existing_rows(subject.results).values_list(*columns)]
    return ListedTerms(
        spec, rows, lambda row: _factory(row, one=one), lambda row: (1 if one else row.present, "")
    )


def gigafactories(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the selected gigafactories, each worth its chips of all statuses, the largest first."""
    rows = ChipComparison.objects.filter(
        result_set=subject.results, kind=ProjectKind.AI_GIGAFACTORY, stage__in=SELECTED_STAGES
    ).select_related("project")
    ordered = sorted(rows, key=lambda row: (-(row.chips or 0), row.project.slug))
    return ListedTerms(spec, [_gigafactory(row) for row in ordered])


def _existing(subject: Subject) -> list[Any]:
    as_of = subject.results.as_of
    return list(
        ChipDeployment.objects.filter(existing(as_of), project=subject.project_id)
        .annotate(status=status_as_of(as_of))
        .select_related("chip_model", "source")
        .order_by("-chips", "system")
    )


def _chips(record: Any) -> tuple[Value, str]:
    return record.chips, "" if record.chips is not None else Reason.CHIP_COUNT_UNKNOWN


def _weight(record: Any) -> tuple[Value, str]:
    speed = record.chip_model.bf16_dense_tflops if record.chip_model else None
    return (None, Reason.CHIP_MODEL_UNKNOWN) if speed is None else (record.chips * speed, "")


def _deployment(record: Any, value: Value, reason: str) -> Term:
    model = record.chip_model
    return Term(
        kind="chip_deployment",
        fact=record.system,
        value=value,
        reason=reason,
        project=record.project.slug,
        event=record.status,
        occurred_on=getattr(record, f"{record.status}_on"),
        confidence=record.confidence,
        chip_model=model.slug if model else "",
        name=str(model) if model else "",
        chips=record.chips,
        bound=record.bound,
        bf16_dense_tflops=model.bf16_dense_tflops if model else None,
        planned_on=record.planned_on,
        contracted_on=record.contracted_on,
        installed_on=record.installed_on,
        operational_on=record.operational_on,
        source=source_of(record.source),
    )


def _factory(row: Factory, *, one: bool) -> Term:
    slug = row.slug
    columns = [name for name in ("installed_chips", "operational_chips") if getattr(row, name)]
    return Term(
        kind="project",
        fact=slug,
        value=1 if one else row.present,
        name=row.name,
        project=slug,
        event=row.stage,
        chips=row.present,
        cells=tuple(Cell("chip_comparison", slug, column) for column in columns),
    )


def _gigafactory(row: ChipComparison) -> Term:
    slug = row.project.slug
    return Term(
        kind="project",
        fact=slug,
        value=row.chips,
        reason="" if row.chips is not None else Reason.CHIP_COUNT_UNKNOWN,
        name=row.project.name,
        project=slug,
        event=row.stage,
        chips=row.chips,
        cells=(Cell("chip_comparison", slug, "chips"),),
    )
