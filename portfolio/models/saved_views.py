"""Views of the list of projects that people keep under a name. They are no facts: no figure needs them."""

import uuid

from django.conf import settings
from django.db import models

from portfolio.models.fields import folded_name_field


class SavedView(models.Model):
    """A list of projects as its owner likes it: filters, order and columns, as an address says them."""

    key = models.UUIDField("key", default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField("name", max_length=100)
    folded_name = folded_name_field("name")
    query = models.TextField("query", blank=True)
    created_at = models.DateTimeField("created at", auto_now_add=True)
    changed_at = models.DateTimeField("changed at", auto_now=True)

    class Meta:
        ordering = ["folded_name", "id"]
        default_permissions = ("add",)
        constraints = [
            models.UniqueConstraint(fields=["owner", "folded_name"], name="one_view_a_name_and_owner")
        ]

    def __str__(self) -> str:
        return self.name
