"""What other apps add to the pages of the portfolio: panels of a project, and where alerts lead."""

from django.urls import reverse

from portfolio.models import Alert

_panels: list[str] = []
_subjects: dict[str, str] = {}


def join_project_panel(template: str) -> None:
    """Show a template on the page of every project, with that page's context; once, when an app starts."""
    if template not in _panels:
        _panels.append(template)


def join_subject(subject: str, url_name: str) -> None:
    """Say which page shows what alerts of a subject are about, by its key."""
    _subjects[subject] = url_name


def project_panels() -> tuple[str, ...]:
    """Return the templates that other apps add to the page of a project."""
    return tuple(_panels)


def subject_address(alert: Alert) -> str:
    """Return the address of what an alert is about, where another app shows it; else nothing."""
    name = _subjects.get(alert.subject)
    return reverse(name, args=[alert.subject_key]) if name else ""
