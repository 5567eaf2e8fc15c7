"""Addresses of pages and tables, found once a kind: a page has hundreds of links to figures and projects."""

import re
from functools import cache
from typing import Any

from django.urls import NoReverseMatch, reverse

# Words and natural keys stand in an address as they are.
_AS_IT_IS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*").fullmatch


def address_of(name: str, *arguments: Any) -> str:
    """Return the address of a page or table; raise NoReverseMatch where there is none."""
    if all(isinstance(argument, str) and _AS_IT_IS(argument) for argument in arguments):
        parts = _parts(name, len(arguments))
        if parts is not None:
            return "".join(part for pair in zip(parts, (*arguments, ""), strict=True) for part in pair)
    return reverse(name, args=arguments)


@cache
def _parts(name: str, number: int) -> list[str] | None:
    """Return what stands around the arguments in addresses of a kind; None where it takes no such ones."""
    places = [f"place{n}place" for n in range(number)]
    try:
        address = reverse(name, args=places)
    except NoReverseMatch:
        return None
    parts = re.split("place[0-9]+place", address)
    return parts if len(parts) == number + 1 else None
