"""The line of stages at the head of a project: all steps of the ladder, with those that were reached."""

from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.models import ProjectStage
from portfolio.vocabulary import ENDED_STAGES, Stage

REACHED, CURRENT, PASSED, AHEAD, ENDED = "reached", "now", "passed", "ahead", "ended"


@dataclass(frozen=True, slots=True)
class Step:
    """A stage with the days on which it was reached, and where the project stands to it."""

    label: str
    state: str
    records: list[ProjectStage]

    @property
    def is_current(self) -> bool:
        return self.state in (CURRENT, ENDED)


def stage_line(records: Sequence[ProjectStage]) -> list[Step]:
    """Return the steps of a project whose recorded stages come in their order, the newest last.

    A project that ended has its end as the last step; one that passed a stage of which no day is recorded
    says so.
    """
    newest = Stage(records[-1].stage) if records else None
    ladder = [stage for stage in Stage if stage not in ENDED_STAGES]
    by_stage = {stage: [record for record in records if record.stage == stage] for stage in Stage}
    reached = [ladder.index(stage) for stage in ladder if by_stage[stage]]
    furthest = max(reached, default=-1)
    steps = []
    for place, stage in enumerate(ladder):
        if stage == newest:
            state = CURRENT
        elif by_stage[stage]:
            state = REACHED
        else:
            state = PASSED if place < furthest else AHEAD
        steps.append(Step(str(stage.label), state, by_stage[stage]))
    if newest in ENDED_STAGES:
        # What had not been reached when it ended is not ahead any more.
        steps = [step for step in steps if step.state != AHEAD]
    for stage in ENDED_STAGES:
        if by_stage[stage]:
            steps.append(Step(str(stage.label), ENDED if stage == newest else REACHED, by_stage[stage]))
    return steps
