"""The second factor of an account: what codes are checked against, and recovery codes. It is no fact."""

from django.conf import settings
from django.db import models


class SecondFactor(models.Model):
    """What an account's codes are checked against. There is a row once it is set up, and none before."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="second_factor")
    sealed_secret = models.CharField("secret, encrypted", max_length=500)
    set_up_at = models.DateTimeField("set up at")
    last_step = models.BigIntegerField("half minute of the last code that was used")
    wrong_codes = models.PositiveIntegerField("wrong codes in a row", default=0)
    last_wrong_at = models.DateTimeField("last wrong code at", null=True, blank=True)

    class Meta:
        verbose_name = "second factor"
        default_permissions = ()

    def __str__(self) -> str:
        return f"second factor of account {self.owner_id}"


class RecoveryCode(models.Model):
    """A code that lets its owner in once without the device. Only a digest of it is kept."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField("SHA-256 of the code", max_length=64)
    used_at = models.DateTimeField("used at", null=True, blank=True)

    class Meta:
        verbose_name = "recovery code"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["factor", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"
