"""The OUT argument that commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import CommandError


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Say in a sentence what is in the way of writing files into a folder."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error.strerror}. Name another folder.") from error
