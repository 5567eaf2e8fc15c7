"""Publications: the results of a date, frozen under a name.

They hold text and refer to no fact, so that they outlive every edit. Triggers of the database refuse to
change or delete a row of these tables, whoever asks; the migration makes them.
"""

from django.db import models

from portfolio.models.fields import key_field


class Publication(models.Model):
    """The results of a date as somebody published them, with what identifies them."""

    slug = key_field("slug")
    name = models.CharField("name", max_length=200, unique=True)
    note = models.TextField("note", blank=True)
    as_of = models.DateField("as of", db_index=True)
    data_version = models.PositiveBigIntegerField("data version")
    rules_version = models.CharField("rules version", max_length=20)
    published_at = models.DateTimeField("published at")
    # A name, not a reference: an account may go, and what was published stays as it is.
    published_by = models.CharField("published by", max_length=400, blank=True)
    checksum = models.CharField("checksum", max_length=64)

    class Meta:
        ordering = ["-published_at", "-id"]
        default_permissions = ("add", "view")

    def __str__(self) -> str:
        return self.name


class PublishedTable(models.Model):
    """One of the four tables of a publication: the text of its CSV file, byte for byte in UTF-8."""

    publication = models.ForeignKey(Publication, models.PROTECT, related_name="tables")
    name = models.CharField("name", max_length=40)
    csv = models.TextField("CSV")
    sha256 = models.CharField("SHA-256", max_length=64)
    rows = models.PositiveIntegerField("rows")

    class Meta:
        ordering = ["id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["publication", "name"], name="published_table_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.publication_id}"
