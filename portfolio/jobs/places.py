"""The places of gigafactories: how many may be selected at any date (rule 11)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from portfolio.models import ProjectStage, PublishedFigure
from portfolio.rules.project_coverage import is_selected
from portfolio.vocabulary import FigureKey, ProjectKind, Stage

PLACE = {stage: place for place, stage in enumerate(Stage.values)}


class FactRefused(Exception):
    """A fact that the rules don't allow to be recorded; its text says why and what is accepted."""


class StageRow(NamedTuple):
    """A stage of a gigafactory: ISO day, project, stage, and the line it comes from (0: recorded)."""

    day: str
    project: str
    stage: str
    line: int


@dataclass(frozen=True, slots=True)
class Excess:
    """A day on which more gigafactories are selected than the limit allows; the lines of their stages."""

    day: str
    newcomers: list[str]
    holders: list[str]
    lines: Mapping[str, int]

    def sentence(self, limit: int, names: Mapping[str, str] | None = None) -> str:
        """Return what is wrong in a sentence; `names` gives each key the name that people know."""
        names = names or {}
        count = len(self.newcomers) + len(self.holders)
        held = (
            f"; places held by {', '.join(names.get(key, key) for key in self.holders)}"
            if self.holders
            else ""
        )
        newcomers = ", ".join(names.get(key, key) for key in self.newcomers)
        return (
            f"{newcomers} would make {count} selected AI gigafactories on {self.day},"
            f" and the published figure gigafactory_limit is {limit}{held}"
        )


def over_limit(stages: Iterable[StageRow], limit: int) -> Iterator[Excess]:
    """Yield each day on which a gigafactory becomes selected beyond the limit."""
    by_day: dict[str, list[StageRow]] = {}
    for row in stages:
        by_day.setdefault(row.day, []).append(row)
    lines: dict[str, int] = {}  # of those selected: where the stage stands that selected them
    for day in sorted(by_day):
        before = set(lines)
        for row in sorted(by_day[day], key=lambda row: PLACE[row.stage]):
            if not is_selected(row.stage):
                lines.pop(row.project, None)
            else:
                lines.setdefault(row.project, row.line)
        newcomers = lines.keys() - before
        if newcomers and len(lines) > limit:
            yield Excess(day, sorted(newcomers), sorted(before & lines.keys()), dict(lines))


def lock_limit() -> PublishedFigure | None:
    """Return the published limit, held until the transaction ends, so that two people cannot both pass it."""
    figures = PublishedFigure.objects.select_for_update(of=("self",)).select_related("source")
    return figures.filter(key=FigureKey.GIGAFACTORY_LIMIT).first()


def check_places(figure: PublishedFigure | None) -> None:
    """Raise FactRefused where the recorded stages exceed the limit at any date."""
    if figure is None or figure.value is None:
        return
    stages = ProjectStage.objects.filter(project__kind=ProjectKind.AI_GIGAFACTORY).order_by()
    rows = [
        StageRow(str(reached_on), slug, stage, 0)
        for slug, stage, reached_on in stages.values_list("project__slug", "stage", "reached_on")
    ]
    limit = int(figure.value)
    for excess in over_limit(rows, limit):
        names = dict(stages.values_list("project__slug", "project__name"))
        raise FactRefused(
            f"{excess.sentence(limit, names)} (source: {figure.source}). Accepted: at most {limit} at any"
            " date. Another project must leave its place first, or the limit must be raised with its source."
        )
