"""The Django admin of every fact of advice, by subject."""

from advisory.admin import choices, engagements, readiness, requests

__all__ = ["choices", "engagements", "readiness", "requests"]
