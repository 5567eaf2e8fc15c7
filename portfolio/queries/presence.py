"""Whether there is anything to show, and whether it is much."""

from portfolio.models import Project

MOST_PROJECTS = 1_000


def is_loaded() -> bool:
    """Whether any project is recorded."""
    return Project.objects.exists()


def is_large() -> bool:
    """Whether there are so many projects that results of many dates are no work for a request."""
    return Project.objects.order_by()[MOST_PROJECTS : MOST_PROJECTS + 1].exists()
