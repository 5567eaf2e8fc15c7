"""Board reports: what somebody wants on paper, how far it is, and the PDF that comes of it."""

import uuid

from django.conf import settings
from django.db import models

from portfolio.models.sources import one_of
from portfolio.vocabulary import DownloadState


class BoardReport(models.Model):
    """A report that somebody has made: `sections` of `ReportSection`, as of a day.

    `since` is the day after which changes are listed, `publication` the slug of the one whose day it is; what
    does not apply is empty. A worker that works on it renews `worked_on_at`; each attempt has a number, so
    that one that was given up writes no more, and `deaths` counts attempts whose worker went away.
    """

    key = models.UUIDField("key", unique=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="board_reports")
    title = models.CharField("title", max_length=200)
    note = models.TextField("note", blank=True)
    sections = models.JSONField("sections")
    as_of = models.DateField("as of")
    since = models.DateField("changes since", null=True, blank=True)
    publication = models.CharField("publication", max_length=255, blank=True)
    state = models.CharField("state", max_length=7, choices=DownloadState, default=DownloadState.QUEUED)
    message = models.TextField("message", blank=True)
    section = models.CharField("section being made", max_length=80, blank=True)
    sections_done = models.PositiveSmallIntegerField("sections done", default=0)
    data_version = models.PositiveBigIntegerField("data version", null=True, blank=True)
    pages = models.PositiveIntegerField("pages", null=True, blank=True)
    size = models.PositiveBigIntegerField("bytes", null=True, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    created_at = models.DateTimeField("asked for at")
    started_at = models.DateTimeField("started at", null=True, blank=True)
    finished_at = models.DateTimeField("finished at", null=True, blank=True)
    expires_at = models.DateTimeField("expires at", null=True, blank=True)
    attempt = models.PositiveIntegerField("attempt", default=0)
    deaths = models.PositiveIntegerField("attempts whose worker went away", default=0)
    worked_on_at = models.DateTimeField("worked on at", null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        default_permissions = ("add",)
        constraints = [one_of("state", DownloadState, "board_report_state")]
        indexes = [
            models.Index(fields=["owner", "state"], name="board_report_by_owner"),
            models.Index(fields=["state", "worked_on_at"], name="board_report_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.key})"


class BoardReportFile(models.Model):
    """The PDF of a report: apart from its row, so that lists never read it.

    In the database, so that every process that serves pages has it, and nothing is left behind anywhere else.
    """

    report = models.OneToOneField(BoardReport, models.CASCADE, related_name="file")
    pdf = models.BinaryField("PDF")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"The PDF of {self.report_id}"
