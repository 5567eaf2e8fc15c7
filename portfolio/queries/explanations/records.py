"""Terms that are one record each: estimate, stage, project, envelope, published figure, reference chip."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from portfolio.models import (
    ChipModel,
    CostEstimate,
    Envelope,
    ExchangeRate,
    ProjectStage,
    PublishedFigure,
)
from portfolio.queries.explanations.subject import Subject
from portfolio.queries.explanations.terms import ListedTerms, Term, source_of
from portfolio.queries.projects import STAGE_PLACE
from portfolio.rules.envelope_utilisation import days_passed
from portfolio.rules.explanations import Terms
from portfolio.vocabulary import REFERENCE_CHIP, Reason


def estimate(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the newest cost estimate of a project (rule 4), if it has one."""
    return ListedTerms(spec, list(_estimates(subject)))


def _estimates(subject: Subject) -> Iterable[Term]:
    rows = CostEstimate.objects.filter(
        project=subject.project_id, estimated_on__lte=subject.results.as_of
    ).select_related("source")
    newest = rows.order_by("-estimated_on").first()
    if newest is None:
        return
    rate = ExchangeRate.objects.filter(currency=newest.currency, date=newest.rate_on or date.min).first()
    yield Term(
        kind="cost_estimate",
        fact=newest.estimated_on.isoformat(),
        value=newest.amount_eur,
        reason="" if newest.amount_eur is not None else Reason.NO_EXCHANGE_RATE,
        name=subject.name,
        project=subject.key,
        occurred_on=newest.estimated_on,
        confidence=newest.confidence,
        amount=newest.amount,
        currency=newest.currency,
        per_euro=rate.per_euro if rate else None,
        rate_on=newest.rate_on,
        source=source_of(newest.source),
    )


def missing_need(subject: Subject) -> list[Term]:
    """Return why a project has no need, as a term: the estimate without a rate, or that there is none."""
    found = list(_estimates(subject))
    if not found:
        reason = Reason.NO_COST_ESTIMATE.value
        return [Term(kind="project", fact=subject.key, value=reason, name=subject.name, project=subject.key)]
    newest = found[0]
    if newest.value is not None:
        return []
    return [
        Term(
            kind=newest.kind,
            fact=newest.fact,
            value=newest.reason,
            name=newest.name,
            project=newest.project,
            occurred_on=newest.occurred_on,
            confidence=newest.confidence,
            amount=newest.amount,
            currency=newest.currency,
            source=newest.source,
        )
    ]


def stage(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the stage row that decides a project's stage (rule 0); none: an empty stage."""
    rows = ProjectStage.objects.filter(project=subject.project_id, reached_on__lte=subject.results.as_of)
    newest = rows.select_related("source").order_by("-reached_on", STAGE_PLACE.desc()).first()
    if newest is None:
        nothing = Term(kind="project", fact=subject.key, value="", name=subject.name, project=subject.key)
        return ListedTerms(spec, [nothing])
    return ListedTerms(
        spec,
        [
            Term(
                kind="project_stage",
                fact=newest.stage,
                value=newest.stage,
                name=subject.name,
                project=subject.key,
                event=newest.stage,
                occurred_on=newest.reached_on,
                confidence=newest.confidence,
                source=source_of(newest.source),
            )
        ],
    )


def project(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the project as recorded: its key, or its kind."""
    record: Any = subject.project
    return ListedTerms(
        spec,
        [
            Term(
                kind="project",
                fact=record.slug,
                value=getattr(record, spec.choice[0]),
                name=record.name,
                project=record.slug,
                source=source_of(record.source),
            )
        ],
    )


def envelope(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the envelope as recorded: its key, its kind, or its amount."""
    record = subject.of_envelope
    return ListedTerms(spec, [_envelope_term(record, getattr(record, spec.choice[0]))])


def period(subject: Subject, spec: Terms) -> ListedTerms:
    """Return days of a target's period: all of them, or those that have passed, held between none and all.

    As `begun`, the days that have passed are unknown before the first day.
    """
    record, as_of = subject.of_envelope, subject.results.as_of
    if record.starts_on is None or record.ends_on is None:
        raise ValueError(f"mobilisation target {record.slug} lacks a date")
    passed, whole = days_passed(as_of, record.starts_on, record.ends_on)
    if spec.choice[0] == "period":
        return ListedTerms(spec, [_envelope_term(record, whole)])
    if spec.choice[0] == "begun" and as_of < record.starts_on:
        return ListedTerms(spec, [])
    return ListedTerms(spec, [_envelope_term(record, passed)])


def _envelope_term(record: Envelope, value: Any) -> Term:
    return Term(
        kind="envelope",
        fact=record.slug,
        value=value,
        name=record.name,
        envelope=record.slug,
        confidence=record.confidence,
        starts_on=record.starts_on,
        ends_on=record.ends_on,
        source=source_of(record.source),
    )


def figure(subject: Subject, spec: Terms) -> ListedTerms:
    """Return a published figure, if there is one with a value."""
    record = PublishedFigure.objects.select_related("source").filter(key=spec.choice[0]).first()
    if record is None:
        return ListedTerms(spec, [])
    return ListedTerms(
        spec,
        [
            Term(
                kind="published_figure",
                fact=record.key,
                value=record.value,
                name=record.statement,
                occurred_on=record.as_of,
                confidence=record.confidence,
                source=source_of(record.source),
            )
        ],
    )


def reference_chip(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the chip that equivalents are counted in, with its speed."""
    record = ChipModel.objects.select_related("source").filter(slug=REFERENCE_CHIP).first()
    if record is None:
        return ListedTerms(spec, [])
    return ListedTerms(
        spec,
        [
            Term(
                kind="chip_model",
                fact=record.slug,
                value=record.bf16_dense_tflops,
                reason="" if record.bf16_dense_tflops else Reason.CHIP_MODEL_UNKNOWN,
                name=str(record),
                chip_model=record.slug,
                bf16_dense_tflops=record.bf16_dense_tflops,
                source=source_of(record.source),
            )
        ],
    )


def day(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the day that the results are of."""
    text = subject.results.as_of.isoformat()
    return ListedTerms(spec, [Term(kind="day", fact=text, value=text)])


def metric(subject: Subject, spec: Terms) -> ListedTerms:
    """Return the name of a metric."""
    return ListedTerms(spec, [Term(kind="metric", fact=subject.key, value=subject.key)])
