"""Template filters of moments: how long something took or has waited."""

from datetime import datetime

from django import template

register = template.Library()

UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


@register.filter
def took(finished: datetime, started: datetime) -> str:
    """Write the time from one moment to another, to the hundredth of a second below a minute."""
    seconds = max((finished - started).total_seconds(), 0)
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{int(seconds // 60):,} min {int(seconds % 60)} s"


@register.filter
def waited(now: datetime, since: datetime) -> str:
    """Write how long something has waited, in its largest whole unit: 3 minutes."""
    seconds = max(int((now - since).total_seconds()), 0)
    size, name = next((unit for unit in UNITS if seconds >= unit[0]), UNITS[-1])
    return f"{seconds // size:,} {name}{'' if seconds // size == 1 else 's'}"
