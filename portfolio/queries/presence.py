"""Whether there is anything to show."""

from portfolio.models import Project


def is_loaded() -> bool:
    """Whether any project is recorded."""
    return Project.objects.exists()
