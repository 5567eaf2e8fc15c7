"""Who edited the records of a project lately, for who may see their history."""

from portfolio.models import Project
from portfolio.queries.edit_history import Person, Search, changes, kinds_for
from portfolio.queries.recorded_changes import RecordedChange, described


def project_edits(person: Person, project: Project, most: int) -> list[RecordedChange] | None:
    """Return the newest changes of a project and of what belongs to it; None for who may see no history.

    Only kinds of records that the person may see are among them. The number of queries is bounded by the
    number of kinds, however many changes there are.
    """
    kinds = kinds_for(person)
    if not kinds:
        return None
    return described(changes(kinds, Search(project=project.pk), None, most), kinds)
