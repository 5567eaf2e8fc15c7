"""Reads behind the pages of imports."""

from django.db.models import QuerySet

from portfolio.models import ImportRow, SpreadsheetImport
from portfolio.vocabulary import ImportStatus, RowOutcome

NAMED = ("file_name", "sha256", "status", "created_at", "created_by", "applied_at", "undone_at", "message")
COUNTS = ("rows", "new", "changed", "unchanged", "faulty", "left_out")


def all_imports() -> QuerySet[SpreadsheetImport]:
    """Return all imports, the newest first, without what is long in them."""
    rows = SpreadsheetImport.objects.select_related("created_by").order_by("-id")
    return rows.only("id", *NAMED, *COUNTS, "created_by__username")


def import_of(pk: int) -> SpreadsheetImport | None:
    """Return an import with the people it names."""
    people = ("created_by", "applied_by", "approved_by", "undone_by")
    return SpreadsheetImport.objects.select_related(*people).filter(pk=pk).first()


def same_file(taken: SpreadsheetImport) -> SpreadsheetImport | None:
    """Return an import that applied the very same file before and was not undone."""
    others = SpreadsheetImport.objects.filter(sha256=taken.sha256, status=ImportStatus.APPLIED)
    return others.exclude(pk=taken.pk).order_by("-applied_at").first()


def rows_of(taken: SpreadsheetImport, outcome: str) -> QuerySet[ImportRow]:
    """Return the rows of a preview, all of them or those of an outcome, in the order of the list."""
    rows = ImportRow.objects.filter(of=taken).order_by("number")
    return rows.filter(outcome=outcome) if outcome in RowOutcome.values else rows
