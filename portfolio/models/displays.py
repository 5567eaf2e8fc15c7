"""What the words of closed lists are called: looked up in a list that is made once.

Django makes a dictionary of all choices of a field anew at each look, and a page looks hundreds of times.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Model


def keep_displays(model: type[Model]) -> None:
    """Let `get_…_display` of a model look up what its fields' values are called."""
    for field in model._meta.local_fields:
        if field.choices:
            setattr(model, f"get_{field.name}_display", _display(field.attname, dict(field.flatchoices)))


def _display(name: str, labels: dict[Any, Any]) -> Callable[[Model], str]:
    called = {value: str(label) for value, label in labels.items()}

    def display(record: Model) -> str:
        value = getattr(record, name)
        said: str = called.get(value, value)
        return said

    return display
