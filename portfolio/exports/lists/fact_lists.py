"""The facts: the files of the bundle, its columns first, then what saves a reader the joins."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from portfolio.exports.lists.columns import Asked, By, Column, ListTable
from portfolio.exports.lists.fact_columns import DERIVED, IN_BUNDLE
from portfolio.jobs.bundle_format import FILE_BY_NAME, File
from portfolio.jobs.bundles import dated

# The order of saved bundles: by key, texts by code point.
EVENT_ORDER = (
    By("contribution"),
    By("occurred_on"),
    By("kind"),
    By("amount", nulls_first=True),
    By("confidence"),
    By("source"),
    By("id"),
)


def _rows(file: File) -> Callable[[Asked], QuerySet[Any]]:
    def rows(asked: Asked) -> QuerySet[Any]:
        found = file.model._default_manager.order_by()
        return found if asked.day is None else found.filter(dated(file, asked.day))

    return rows


def _list(name: str, title: str, meaning: str) -> ListTable:
    file = FILE_BY_NAME[name]
    repeatable = bool(file.repeatable)
    columns: tuple[Column, ...] = IN_BUNDLE[name] + DERIVED.get(name, ())
    return ListTable(
        name=name.replace("_", "-"),
        title=title,
        meaning=meaning,
        columns=columns,
        key=("id",) if repeatable else file.key,
        order=EVENT_ORDER if repeatable else tuple(By(column, ranked=False) for column in file.key),
        rows=_rows(file),
    )


FACT_LISTS = (
    _list("sources", "Sources", "The documents that facts come from; every fact names one."),
    _list("programmes", "Programmes", "Programmes of the European Union or the EIB Group."),
    _list(
        "published_figures",
        "Published figures",
        "Figures as programmes published them: claims, never measurements.",
    ),
    _list(
        "published_figure_readings",
        "Readings of published figures",
        "What other sources say of the same published figures, one row a figure and source.",
    ),
    _list("envelopes", "Envelopes", "Budgets and mobilisation targets that contributions count against."),
    _list("memoranda", "Memoranda", "Memoranda of understanding between institutions."),
    _list(
        "memorandum_actions", "Memorandum actions", "What was agreed in memoranda, as actions with progress."
    ),
    _list("financiers", "Financiers", "Those who finance projects."),
    _list("projects", "Projects", "AI factories and AI gigafactories, from the first idea to operation."),
    _list("project_stages", "Project stages", "The stages that projects reached, each with its day."),
    _list(
        "cost_estimates",
        "Cost estimates",
        "What projects are to cost, as estimated on a day; the newest estimate is the need.",
    ),
    _list(
        "contributions",
        "Contributions",
        "Contracts, or promises of contracts, between a financier and a project. Their amounts are events.",
    ),
    _list(
        "contribution_events",
        "Contribution events",
        "What happened to each contribution on a day: announced, approved, signed, disbursed, cancelled.",
    ),
    _list("chip_models", "Chip models", "Models of AI chips with their published speed and memory."),
    _list("chip_deployments", "Chip deployments", "Chips of one model in one system of a project."),
    _list("milestones", "Milestones", "What projects are to reach by a day, and the day they did."),
    _list(
        "exchange_rates",
        "Exchange rates",
        "Units of a currency for one euro on a day, as the European Central Bank publishes them.",
    ),
)
