"""Versions of records of which there are many."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords


class ManyVersions(HistoricalRecords):
    """History whose newest changes are found by an index: a bundle writes a million at one moment."""

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        newest = models.Index(fields=["history_date", "history_id"], name=f"{model._meta.model_name}_newest")
        return {**super().get_meta_options(model), "indexes": [newest]}
