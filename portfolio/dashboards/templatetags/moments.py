"""Template filters of moments: how long something took or has waited."""

from datetime import datetime

from django import template

from investai.wording import translated
from investai.wording.book import filled

register = template.Library()

UNITS = (
    (86_400, "{1} day", "{1} days"),
    (3_600, "{1} hour", "{1} hours"),
    (60, "{1} minute", "{1} minutes"),
    (1, "{1} second", "{1} seconds"),
)


@register.filter
def took(finished: datetime, started: datetime) -> str:
    """Write the time from one moment to another, to the hundredth of a second below a minute."""
    seconds = max((finished - started).total_seconds(), 0)
    if seconds < 60:
        return translated(f"{seconds:.2f} s")
    return translated(f"{int(seconds // 60):,} min {int(seconds % 60)} s")


@register.filter
def waited(now: datetime, since: datetime) -> str:
    """Write how long something has waited, in its largest whole unit: 3 minutes."""
    seconds = max(int((now - since).total_seconds()), 0)
    size, one, more = next((unit for unit in UNITS if seconds >= unit[0]), UNITS[-1])
    number = seconds // size
    return filled(translated(one if number == 1 else more), {"1": translated(f"{number:,}")})
