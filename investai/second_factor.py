"""Whose sign-in by password needs a second factor, as the environment says. settings.py takes it over."""

from investai.environment import read, refuse
from investai.single_sign_on import ROLES


def read_roles() -> frozenset[str]:
    """Return the roles that need a second factor; empty: nobody must have one."""
    value = read("SECOND_FACTOR_ROLES")
    roles = [role.strip() for role in value.split(",")] if value else []
    if not set(roles) <= set(ROLES):
        accepted = f"roles separated by commas, of {', '.join(ROLES)}; nothing: nobody must have one"
        raise refuse("SECOND_FACTOR_ROLES", value, accepted)
    return frozenset(roles)


SECOND_FACTOR_ROLES = read_roles()
