"""Personal API tokens, where and when each was used, and changes of who may do what."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portfolio.models.sources import one_of
from portfolio.vocabulary import AccessChangeKind, TokenScope


class ApiToken(models.Model):
    """What a person's programs show to be believed as that person. Of its secret only a digest is kept."""

    name = models.CharField("name", max_length=100)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    prefix = models.CharField("prefix", max_length=20, unique=True)
    digest = models.CharField("SHA-256 of the secret", max_length=64)
    scope = models.CharField("scope", max_length=20, choices=TokenScope)
    created_at = models.DateTimeField("created at")
    expires_at = models.DateTimeField("expires at")
    last_used_at = models.DateTimeField("last used at", null=True, blank=True)
    revoked_at = models.DateTimeField("revoked at", null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "API token"
        ordering = ["-created_at", "-id"]
        default_permissions = ("add", "view")
        permissions = [("revoke_apitoken", "Can revoke the API token of anybody")]
        constraints = [
            one_of("scope", TokenScope, "api_token_scope"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="api_token_expires_later"
            ),
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(revoked_at=None), name="api_token_name_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (inv_{self.prefix}_…)"

    @property
    def last_day(self) -> date:
        """The last day on which it works, to its end."""
        return timezone.localtime(self.expires_at - timedelta(microseconds=1)).date()


class ApiTokenUse(models.Model):
    """A day on which a token was used, and from which address, noted once a minute at most."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="uses")
    used_on = models.DateField("used on")
    address = models.CharField("address", max_length=45, blank=True)
    first_used_at = models.DateTimeField("first used at")
    last_used_at = models.DateTimeField("last used at")

    class Meta:
        ordering = ["-last_used_at", "-id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["token", "used_on", "address"], name="api_token_use_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.token_id} on {self.used_on}"


class AccessChange(models.Model):
    """A change of who may do what: by whom, when, from where.

    People stand here by name, not by reference: an account may go, and what was done with it stays.
    """

    changed_at = models.DateTimeField("changed at", db_index=True)
    changed_by = models.CharField("changed by", max_length=150, blank=True)  # empty: a command
    address = models.CharField("address", max_length=45, blank=True)
    kind = models.CharField("what", max_length=20, choices=AccessChangeKind)
    subject = models.CharField("account or role", max_length=150, db_index=True)
    detail = models.TextField("detail", blank=True)

    class Meta:
        ordering = ["-changed_at", "-id"]
        default_permissions = ("view",)
        constraints = [one_of("kind", AccessChangeKind, "access_change_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"


class SignOnIdentity(models.Model):
    """Who an account belongs to at the provider of single sign-on, by what it gives to nobody else."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_on")
    issuer = models.CharField("issuer", max_length=500)
    subject = models.CharField("subject", max_length=255)
    since = models.DateTimeField("since", auto_now_add=True)

    class Meta:
        verbose_name = "identity of single sign-on"
        verbose_name_plural = "identities of single sign-on"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="sign_on_identity_once")]

    def __str__(self) -> str:
        return f"{self.subject} of {self.issuer}"
