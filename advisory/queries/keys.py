"""Keys for new records of advice: the next that is free."""

from typing import Any

from advisory.models import (
    AdvisoryDeliverable,
    AdvisoryEngagement,
    AdvisoryMeeting,
    AdvisoryNote,
    AdvisoryRequest,
    AdvisoryWorkPackage,
    ReadinessAssessment,
)
from portfolio.rules.dates import today


def next_key(model: type[Any], parent: Any = None) -> str:
    """Return a key for a new record: of its year, or of what it belongs to, with the next number."""
    year = today().year
    beginning, digits = {
        AdvisoryRequest: (f"ADV-{year}-", 3),
        AdvisoryEngagement: (f"ENG-{year}-", 2),
        AdvisoryWorkPackage: (f"{getattr(parent, 'key', '')}-W", 1),
        AdvisoryDeliverable: (f"{getattr(parent, 'key', '')}D", 1),
        AdvisoryMeeting: (f"{getattr(parent, 'key', '')}-M", 1),
        AdvisoryNote: (f"{getattr(parent, 'key', '')}-N", 1),
        ReadinessAssessment: (f"RA-{year}-", 2),
    }[model]
    taken = model._default_manager.filter(key__startswith=beginning).values_list("key", flat=True)
    numbers = [int(key[len(beginning) :]) for key in taken if key[len(beginning) :].isdecimal()]
    return f"{beginning}{max(numbers, default=0) + 1:0{digits}d}"
