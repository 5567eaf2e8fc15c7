"""Downloads that are prepared: what is asked for, how far it is, and the file that comes of it."""

import uuid

from django.conf import settings
from django.db import models

from portfolio.models.sources import one_of
from portfolio.vocabulary import DownloadState


class Download(models.Model):
    """A list, or everything, that somebody has prepared as a file.

    `address` is where the same file is to be had at once. `permissions` are those that its content needs
    beyond reading, `seen` what its reader had to see where not all see the same (`List.sees`). A worker that
    works on it renews `worked_on_at`; each attempt has a number, so that one that was given up writes no
    more, and `deaths` counts attempts whose worker went away. `size` is in bytes.
    """

    key = models.UUIDField("key", unique=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="downloads")
    list_name = models.CharField("list", max_length=80)
    format = models.CharField("format", max_length=5)
    parameters = models.JSONField("parameters", default=dict)
    address = models.TextField("address")
    permissions = models.JSONField("permissions", default=list)
    seen = models.JSONField("seen", default=list)
    state = models.CharField("state", max_length=7, choices=DownloadState, default=DownloadState.QUEUED)
    message = models.TextField("message", blank=True)
    rows_expected = models.PositiveBigIntegerField("rows expected", null=True, blank=True)
    rows_written = models.PositiveBigIntegerField("rows written", default=0)
    as_of = models.DateField("as of", null=True, blank=True)
    data_version = models.PositiveBigIntegerField("data version", null=True, blank=True)
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
        permissions = [("oversee_download", "Can see and remove the downloads of others")]
        constraints = [one_of("state", DownloadState, "download_state")]
        indexes = [
            models.Index(fields=["owner", "state"], name="download_by_owner"),
            models.Index(fields=["state", "worked_on_at"], name="download_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.list_name} as {self.format} ({self.key})"
