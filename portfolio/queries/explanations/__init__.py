"""Why a published figure is what it is: its rule, the figures and terms it is made of, and their sources.

Every cell of the four tables as of any day can be followed from here down to sources. What is returned puts
the figure together again from its terms, so that it can be seen that they add up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portfolio.models import PortfolioSummary, ResultSet
from portfolio.queries.explanations import chips, money, projects, records
from portfolio.queries.explanations.subject import Subject, find_subject
from portfolio.queries.explanations.terms import Cell, ChainedTerms, ListedTerms, Section, Term, TermSource
from portfolio.rules.explained import EXPLAINED, METRICS, VALUE, column_rule, columns_of
from portfolio.rules.explanations import (
    ColumnRule,
    Of,
    Operand,
    Terms,
    TermsOf,
    Unit,
    Value,
    exact,
    result,
    why_unknown,
)
from portfolio.vocabulary import EnvelopeKind

__all__ = [
    "Cell",
    "Explanation",
    "NothingToExplain",
    "Section",
    "ShownOperand",
    "Term",
    "TermSource",
    "explain",
]


class NothingToExplain(LookupError):
    """There is no such cell; the text says what is wrong and what is accepted."""


@dataclass(frozen=True, slots=True)
class ShownOperand:
    """A part of a figure with its value: another cell, or what a list of terms gives."""

    operand: Operand
    value: Value
    cell: Cell | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A published figure, what it is made of, and whether that adds up to it."""

    cell: Cell
    name: str
    results: ResultSet
    rule: ColumnRule
    value: Value
    operands: list[ShownOperand]
    sections: list[Section]
    recomputed: Value
    unknown_because: str

    @property
    def lacking(self) -> dict[str, int]:
        """Return how many terms add nothing, by reason."""
        found: dict[str, int] = {}
        for section in self.sections:
            for reason, number in section.lacking.items():
                found[reason] = max(found.get(reason, 0), number)
        return found

    @property
    def bounded(self) -> int:
        """Return how many terms are lower bounds, so that what they add up to is one too."""
        return max((section.bounded for section in self.sections), default=0)

    @property
    def adds_up(self) -> bool:
        """Whether terms give their operands, and operands the figure, exactly."""
        return self.value == self.recomputed and all(map(self._supports, self.sections))

    def _supports(self, section: Section) -> bool:
        """Whether a list of terms adds up to the operands that it stands behind."""
        values = [shown.value for shown in self.operands if shown.operand.name in section.spec.behind]
        if not values or section.total is None or None in values:
            return all(value == section.total for value in values)
        return sum(exact(value) for value in values) == section.total


Reader = Callable[[Subject, Terms], Section]


def _lacking(subject: Subject, spec: Terms) -> Section:
    if spec.choice[0] == "chips":
        return chips.lacking_chips(subject, spec)
    events = money.lacking_events(subject, spec)
    if subject.envelope is None:
        needs: Section = ListedTerms(spec, records.missing_need(subject))
    elif subject.envelope.kind == EnvelopeKind.MOBILISATION_TARGET:
        needs = projects.counted_without_need(subject, spec)
    else:
        return events
    return ChainedTerms(spec, [needs, events])


READERS: Mapping[TermsOf, Reader] = {
    TermsOf.CONTRIBUTIONS: money.contributions,
    TermsOf.PAYMENTS: money.payments,
    TermsOf.COUNTED_LINES: money.counted_lines,
    TermsOf.SHARED_LINES: money.shared_lines,
    TermsOf.LACKING: _lacking,
    TermsOf.ESTIMATE: records.estimate,
    TermsOf.STAGE: records.stage,
    TermsOf.PROJECT: records.project,
    TermsOf.ENVELOPE: records.envelope,
    TermsOf.PERIOD: records.period,
    TermsOf.FIGURE: records.figure,
    TermsOf.REFERENCE_CHIP: records.reference_chip,
    TermsOf.DAY: records.day,
    TermsOf.METRIC: records.metric,
    TermsOf.DEPLOYMENTS: chips.deployments,
    TermsOf.FACTORIES: chips.factories,
    TermsOf.GIGAFACTORIES: chips.gigafactories,
    TermsOf.PROJECTS: projects.projects,
    TermsOf.COUNTED_PROJECTS: projects.counted_projects,
}


def explain(results: ResultSet, table: str, key: str, column: str) -> Explanation:
    """Return why a cell of a metric table is what it is in some results.

    Raise NothingToExplain, with a sentence, for an unknown table, key or column.
    """
    subject = _subject(results, table, key, column)
    rule = column_rule(table, key, column)
    cell = Cell(table, key, column)
    value = _published(subject, rule, column)
    if rule.only and subject.envelope is not None and subject.envelope.kind != rule.only:
        return Explanation(cell, subject.name, results, rule, value, [], [], None, _for_another_kind(subject))
    sections = [READERS[spec.of](subject, spec) for spec in rule.terms]
    operands = _operands(subject, rule, {section.spec.name: section.total for section in sections})
    values = [shown.value for shown in operands]
    return Explanation(
        cell,
        subject.name,
        results,
        rule,
        value,
        operands,
        sections,
        result(rule.formula, values),
        "" if value is not None else why_unknown(rule.formula, values),
    )


def _subject(results: ResultSet, table: str, key: str, column: str) -> Subject:
    if table not in EXPLAINED:
        raise NothingToExplain(f"“{table}” is not a metric table. Accepted: {', '.join(EXPLAINED)}.")
    if column not in columns_of(table):
        accepted = ", ".join(columns_of(table))
        raise NothingToExplain(f"“{column}” is not a column of {table}. Accepted: {accepted}.")
    if table == METRICS and key not in EXPLAINED[METRICS]:
        accepted = ", ".join(EXPLAINED[METRICS])
        raise NothingToExplain(f"“{key}” is not a metric of {table}. Accepted: {accepted}.")
    subject = find_subject(results, table, key)
    if subject is None:
        first = columns_of(table)[0]
        raise NothingToExplain(
            f"There is no {first} “{key}” in {table} as of {results.as_of}."
            f" Accepted: a key that stands under {first} in that table."
        )
    return subject


def _published(subject: Subject, rule: ColumnRule, column: str) -> Value:
    if rule.unit == Unit.DATE:
        return subject.results.as_of.isoformat()
    if column in ("project", "envelope"):
        return subject.key
    return _typed(getattr(subject.row, column), rule.unit if column == VALUE else None)


def _typed(value: Any, unit: Unit | None) -> Value:
    """Return a stored value; a metric is stored as text, empty where it is unknown."""
    if unit is not None:
        return Decimal(value) if value else None
    if value is None or isinstance(value, Decimal | int | str):
        return value
    raise TypeError(f"{value!r} is no value of a cell")


def _operands(subject: Subject, rule: ColumnRule, totals: dict[str, Value]) -> list[ShownOperand]:
    metrics: dict[str, str] = {}
    if any(operand.of == Of.METRIC for operand in rule.formula.operands):
        rows = PortfolioSummary.objects.filter(result_set=subject.results)
        metrics = dict(rows.values_list("metric", "value"))
    shown = []
    for operand in rule.formula.operands:
        if operand.of == Of.TERMS:
            shown.append(ShownOperand(operand, totals[operand.name], None))
        elif operand.of == Of.METRIC:
            cell = Cell(METRICS, operand.name, VALUE)
            shown.append(ShownOperand(operand, _typed(metrics[operand.name], operand.unit), cell))
        else:
            cell = Cell(subject.table, subject.key, operand.name)
            shown.append(ShownOperand(operand, _typed(getattr(subject.row, operand.name), None), cell))
    return shown


def _for_another_kind(subject: Subject) -> str:
    kind = EnvelopeKind(subject.of_envelope.kind)
    other = next(other for other in EnvelopeKind if other != kind)
    article = {EnvelopeKind.BUDGET: "budgets", EnvelopeKind.MOBILISATION_TARGET: "mobilisation targets"}
    return f"It is a figure of {article[other]}; this envelope is one of the {article[kind]}."
