"""The tone that a stage is drawn in, the same on the timeline and on the map."""

from portfolio.vocabulary import ENDED_STAGES, SELECTED_STAGES, Stage

TONES = {
    "before": "before selection",
    "selected": "selected to construction",
    "operational": "operational",
    "ended": "ended",
}


def tone(stage: str) -> str:
    """Return the tone of a stage, or of none yet: the name of a style."""
    if stage in ENDED_STAGES:
        return "ended"
    if stage == Stage.OPERATIONAL:
        return "operational"
    return "selected" if stage in SELECTED_STAGES else "before"
