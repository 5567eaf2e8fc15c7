"""The facts whose history bears on results: when each counts, what it is called, and whose it is."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery

from portfolio.models import (
    ChipDeployment,
    ChipModel,
    Contribution,
    ContributionEvent,
    CostEstimate,
    Envelope,
    ExchangeRate,
    Financier,
    Milestone,
    Project,
    ProjectStage,
    PublishedFigure,
)
from portfolio.queries.versions import history_of
from portfolio.vocabulary import DeploymentStatus

Row = dict[str, Any]

ABOUT_HISTORY = (
    "history_id",
    "history_type",
    "history_date",
    "history_change_reason",
    "history_user__username",
)


@dataclass(frozen=True)
class Tracked:
    """A kind of fact with its history. `name` is its file in a bundle.

    It exists from the first of the days under `begins` on, always where there are none; each of `dates`
    counts from its own day on. `label` names the columns by which people know it.
    """

    name: str
    model: type[models.Model]
    label: tuple[str, ...]
    begins: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    project: str = ""

    @property
    def history(self) -> type[models.Model]:
        return history_of(self.model)

    @cached_property
    def columns(self) -> "list[models.Field[Any, Any]]":
        """The columns that people fill in, as its history has them."""
        return [
            field
            for field in self.history._meta.concrete_fields
            if field.name != "id" and not field.name.startswith("history_")
        ]

    @cached_property
    def told(self) -> list[tuple[str, str]]:
        """The columns by name, each with where `rows` has what it says."""
        references = {field.name for field in self.columns if isinstance(field, models.ForeignKey)}
        names = [str(field.name) for field in self.columns]
        return [(name, f"{name}_key" if name in references else name) for name in names]

    @cached_property
    def plain_columns(self) -> list[str]:
        """The columns of its history, references as ids."""
        return ["id", *ABOUT_HISTORY, *(str(field.attname) for field in self.columns)]

    def rows(self) -> QuerySet[Any, Row]:
        """Return the history as dicts of its columns; a reference is the key of what it refers to."""
        names, keys = ["id", *ABOUT_HISTORY], {}
        for field in self.columns:
            if isinstance(field, models.ForeignKey):
                keys[f"{field.name}_key"] = _key_of(field.remote_field.model, OuterRef(field.attname))
            else:
                names.append(field.name)
        if self.project == "contribution":
            keys["project_key"] = _project_of_contribution()
        rows = self.history._default_manager.order_by().annotate(**keys)
        return cast("QuerySet[Any, Row]", rows.values(*names, *keys))


class Keys:
    """The natural keys of all records that histories refer to, read once a model, to read histories whole.

    They are the keys that records had last, whether or not they are still there.
    """

    def __init__(self) -> None:
        self._keys: dict[type[models.Model], dict[int, str]] = {}
        self._projects: dict[int, int] = {}

    def fill(self, tracked: Tracked, row: Row) -> Row:
        """Return an entry of a history, read with ids, as `Tracked.rows` gives it."""
        for field in tracked.columns:
            if isinstance(field, models.ForeignKey):
                keys = self._of(field.remote_field.model)
                row[f"{field.name}_key"] = keys.get(row[field.attname])
        if tracked.project == "contribution":
            if not self._projects:
                history = history_of(Contribution)
                self._projects = dict(
                    history._default_manager.order_by("history_id").values_list("id", "project_id")
                )
            project = self._projects.get(row["contribution_id"])
            row["project_key"] = self._of(Project).get(project) if project is not None else None
        return row

    def _of(self, model: type[models.Model]) -> dict[int, str]:
        if model not in self._keys:
            history = history_of(model)
            rows = history._default_manager.order_by("history_id").values_list("id", _key_name(model))
            self._keys[model] = dict(rows)
        return self._keys[model]


def _key_name(model: type[models.Model]) -> str:
    return next(name for name in ("slug", "reference", "key") if _has(model, name))


def _key_of(model: type[models.Model], id_: Any) -> Subquery:
    """Return the natural key that a record had last, whether or not it is still there."""
    history = history_of(model)
    return Subquery(
        history._default_manager.filter(id=id_).order_by("-history_id").values(_key_name(model))[:1]
    )


def _has(model: type[models.Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.fields)


def _project_of_contribution() -> Subquery:
    history = history_of(Contribution)
    contributions = history._default_manager.filter(id=OuterRef(OuterRef("contribution_id")))
    newest = contributions.order_by("-history_id").values("project_id")[:1]
    return _key_of(Project, Subquery(newest))


_STATUSES = tuple(f"{status}_on" for status in DeploymentStatus)
_OCCURRED, _REACHED, _ESTIMATED, _DONE, _OF = (
    ("occurred_on",),
    ("reached_on",),
    ("estimated_on",),
    ("done_on",),
    ("date",),
)

TRACKED = (
    Tracked(
        "contribution_events",
        ContributionEvent,
        ("contribution", "kind"),
        _OCCURRED,
        _OCCURRED,
        "contribution",
    ),
    Tracked("project_stages", ProjectStage, ("project", "stage"), _REACHED, _REACHED, "project"),
    Tracked("cost_estimates", CostEstimate, ("project",), _ESTIMATED, _ESTIMATED, "project"),
    Tracked(
        "chip_deployments",
        ChipDeployment,
        ("project", "system"),
        _STATUSES,
        (*_STATUSES, "retired_on"),
        "project",
    ),
    Tracked("milestones", Milestone, ("project", "title"), _DONE, _DONE, "project"),
    Tracked("exchange_rates", ExchangeRate, ("currency",), _OF, _OF),
    Tracked("contributions", Contribution, ("reference",), project="project"),
    Tracked("projects", Project, ("slug",), project="id"),
    Tracked("envelopes", Envelope, ("slug",)),
    Tracked("financiers", Financier, ("slug",)),
    Tracked("published_figures", PublishedFigure, ("key",)),
    Tracked("chip_models", ChipModel, ("slug",)),
)
BY_NAME = {tracked.name: tracked for tracked in TRACKED}
