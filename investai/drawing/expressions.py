"""The expressions of templates, as expressions of Python: variables, filters and conditions."""

from typing import Any, Protocol, cast

from django.template.base import FilterExpression, Variable
from django.template.defaulttags import TemplateLiteral
from django.template.smartif import TokenBase
from django.utils.safestring import SafeString, mark_safe

from investai.wording.tags import t

# What stands for something that is not there: nothing where it is written, None where it is asked, and a
# filter that is given it fails.
EMPTY, NONE, FAILS = "empty", "none", "fails"
_LOOK = {EMPTY: "look_or_empty", NONE: "look_or_none", FAILS: "look_for"}
_WORDS = {"True", "False", "None"}
_OPERATORS = {"or", "and", "in", "not in", "is", "is not", "==", "!=", ">", ">=", "<", "<="}


class Unknown(Exception):
    """Nothing is known here of a part of a template: Django draws it."""


class Names(Protocol):
    """What a function knows: values by the names under which it reaches them, and what names stand for."""

    def constant(self, value: Any) -> str: ...

    def in_language(self, part: Any) -> str: ...

    def root(self, name: str) -> tuple[str, bool]: ...


def expression(names: Names, found: FilterExpression, missing: str) -> str:
    """Return a filter expression; `missing` says what stands for what is not there."""
    if _is_said(found):
        return names.in_language(found)
    said = _variable(names, found.var, missing) if found.is_var else names.constant(found.var)
    for function, arguments in found.filters:
        said = _filtered(names, said, function, arguments)
    return said


def _is_said(found: FilterExpression) -> bool:
    """Whether an expression is a text of ours, in the language of who reads."""
    return isinstance(found.var, str) and [function for function, _ in found.filters] == [t]


def _variable(names: Names, variable: Variable, missing: str) -> str:
    if variable.translate:
        raise Unknown
    if variable.lookups is None:
        return names.constant(variable.literal)
    first, *bits = variable.lookups
    if first in _WORDS:
        if bits:
            raise Unknown
        return first
    said, is_there = names.root(first)
    if not bits:
        return said if is_there else _given(said, missing)
    for bit in bits[:-1]:
        said = f"look({said}, {bit!r})"
    return f"{_LOOK[missing]}({said}, {bits[-1]!r})"


def _given(said: str, missing: str) -> str:
    if missing == FAILS:
        return f"there({said})"
    return f"({said} if {said} is not MISSING else {'None' if missing == NONE else repr('')})"


def _filtered(names: Names, said: str, function: Any, arguments: list[tuple[bool, Any]]) -> str:
    if getattr(function, "expects_localtime", False):
        said = f"template_localtime({said}, context.use_tz)"
    given = [
        _variable(names, argument, FAILS) if looked_up else names.constant(mark_safe(argument))  # noqa: S308
        for looked_up, argument in arguments
    ]
    if getattr(function, "needs_autoescape", False):
        given.append("autoescape=True")
    name = names.constant(function)
    if getattr(function, "is_safe", False):
        return f"kept_safe({', '.join((name, said, *given))})"
    return f"{name}({', '.join((said, *given))})"


def condition(names: Names, token: TokenBase) -> str:
    """Return the condition of an `if`."""
    if isinstance(token, TemplateLiteral):
        return expression(names, cast(FilterExpression, token.value), NONE)
    if token.id == "not":
        return f"(not {condition(names, token.first)})"
    if token.id not in _OPERATORS:
        raise Unknown
    return f"({condition(names, token.first)} {token.id} {condition(names, token.second)})"


def is_constant(found: FilterExpression) -> bool:
    """Whether an expression is a text without filters."""
    return isinstance(found.var, SafeString) and not found.filters
