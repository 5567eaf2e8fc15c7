"""Imports of spreadsheets: the file, how it is read, what each row would change, and what was written."""

from django.conf import settings
from django.db import models

from portfolio.models.sources import one_of
from portfolio.vocabulary import ImportStatus, RowOutcome


def _person(name: str) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=name
    )


class SpreadsheetImport(models.Model):
    """A file that somebody imports, from its upload to its undoing.

    `plan` is how it is read, `found` what was recognised and the evidence of its columns. `digest` identifies
    what the preview showed: nothing else is applied. A worker that works on it renews `worked_on_at`; each
    attempt has a number, so that one that was given up writes no more. Rows above the threshold of approval
    are written once somebody else has approved them.
    """

    file_name = models.CharField("file", max_length=255)
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    size = models.PositiveBigIntegerField("bytes")
    kind = models.CharField("kind of file", max_length=4, blank=True)
    status = models.CharField("status", max_length=10, choices=ImportStatus.choices)
    created_by = _person("uploaded by")
    created_at = models.DateTimeField("uploaded at", auto_now_add=True)
    plan = models.JSONField("plan", default=dict)
    found = models.JSONField("found", default=dict)
    rows = models.PositiveIntegerField("rows", default=0)
    new = models.PositiveIntegerField("new", default=0)
    changed = models.PositiveIntegerField("changed", default=0)
    unchanged = models.PositiveIntegerField("unchanged", default=0)
    faulty = models.PositiveIntegerField("faulty", default=0)
    left_out = models.PositiveIntegerField("left out", default=0)
    digest = models.CharField("digest", max_length=64, blank=True)
    warnings = models.JSONField("warnings", default=list)
    message = models.TextField("message", blank=True)
    step = models.CharField("step", max_length=60, blank=True)
    done = models.PositiveBigIntegerField("done", default=0)
    total = models.PositiveBigIntegerField("of", default=0)
    attempt = models.PositiveIntegerField("attempt", default=0)
    worked_on_at = models.DateTimeField("worked on at", null=True, blank=True)
    applied_by = _person("applied by")
    applied_at = models.DateTimeField("applied at", null=True, blank=True)
    reason = models.TextField("reason", blank=True)
    approved_by = _person("approved by")
    undone_by = _person("undone by")
    undone_at = models.DateTimeField("undone at", null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        default_permissions = ()
        constraints = [one_of("status", ImportStatus, "spreadsheet_import_status")]

    def __str__(self) -> str:
        return f"{self.file_name} (import {self.pk})"


class ImportedFilePart(models.Model):
    """A piece of an uploaded file, kept until the import is applied or discarded."""

    of = models.ForeignKey(SpreadsheetImport, models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField("position")
    content = models.BinaryField("content")

    class Meta:
        ordering = ["position"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["of", "position"], name="imported_file_part_once")]

    def __str__(self) -> str:
        return f"part {self.position} of import {self.of_id}"


class ImportRow(models.Model):
    """A row of the list and what it would do: its outcome, what differs, and what is wrong with it.

    `changes` has label, old and new value of each field that differs; of a new record, the new ones.
    `faults` has address, column, text, what is wrong and what is accepted.
    """

    of = models.ForeignKey(SpreadsheetImport, models.CASCADE, related_name="rows_of_list")
    number = models.PositiveIntegerField("row")
    outcome = models.CharField("outcome", max_length=9, choices=RowOutcome.choices)
    key = models.CharField("key", max_length=600, blank=True)
    changes = models.JSONField("changes", default=list)
    faults = models.JSONField("faults", default=list)

    class Meta:
        ordering = ["of", "number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["of", "number"], name="import_row_once"),
            one_of("outcome", RowOutcome, "import_row_outcome"),
        ]
        indexes = [models.Index(fields=["of", "outcome", "number"], name="import_row_by_outcome")]

    def __str__(self) -> str:
        return f"row {self.number} of import {self.of_id}"


class ImportedFact(models.Model):
    """A row of facts that an import wrote, with the version of it in the history that this made."""

    of = models.ForeignKey(SpreadsheetImport, models.CASCADE, related_name="written")
    file = models.CharField("file", max_length=40)
    fact = models.BigIntegerField("fact")
    version = models.BigIntegerField("version")
    added = models.BooleanField("added")

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        indexes = [models.Index(fields=["of", "file", "fact"], name="imported_fact_by_file")]

    def __str__(self) -> str:
        return f"{self.file} {self.fact} by import {self.of_id}"


class ImportLayout(models.Model):
    """How lists with these columns were mapped the last time: the next one is mapped the same way."""

    layout = models.CharField("layout", max_length=64, unique=True)
    plan = models.JSONField("plan")
    changed_by = _person("changed by")
    changed_at = models.DateTimeField("changed at", auto_now=True)

    class Meta:
        ordering = ["-changed_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.layout
