"""Who has a second factor, and who must."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User

from portfolio.models import SecondFactor

SUPERUSERS_ARE = "Administrator"


class Accounts(ModelBackend):
    """Accounts by their passwords, read with their second factors, which every request asks for."""

    def get_user(self, user_id: Any) -> User | None:
        person = User.objects.select_related("second_factor").filter(pk=user_id).first()
        return person if person is not None and self.user_can_authenticate(person) else None


def factor_of(person: User) -> SecondFactor | None:
    """Return the second factor of an account; None where none is set up."""
    try:
        return person.second_factor
    except SecondFactor.DoesNotExist:
        return None


def must_have(person: User) -> bool:
    """Whether one of an account's roles needs a second factor here; a superuser counts as Administrator."""
    roles = settings.SECOND_FACTOR_ROLES
    if not roles:
        return False
    if person.is_superuser and SUPERUSERS_ARE in roles:
        return True
    return person.groups.filter(name__in=roles).exists()


def codes_left(factor: SecondFactor) -> int:
    """Return how many recovery codes were not used yet."""
    return factor.recovery_codes.filter(used_at=None).count()
