"""What the functions of templates do with values, as Django's engine does: look up, call, escape, fill in."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from inspect import signature
from typing import Any

from django.template.base import VariableDoesNotExist, render_value_in_context
from django.template.context import Context
from django.template.defaultfilters import pluralize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeData, SafeString, mark_safe

from investai.wording.book import Book

MISSING: Any = type("Missing", (), {})()  # what a name stands for that is not there
_BUILTIN = (tuple.__getitem__, list.__getitem__, str.__getitem__, None)
_by_attribute: dict[type, bool] = {}
_SILENT = (TypeError, AttributeError, KeyError, ValueError, IndexError)


def find(dicts: Sequence[Mapping[str, Any]], name: str) -> Any:
    """Return what a name stands for in the dictionaries of a context; MISSING where it stands for nothing."""
    for found in reversed(dicts):
        if name in found:
            value = found[name]
            return called(value) if callable(value) else value
    return MISSING


def look(current: Any, bit: str) -> Any:
    """Return what `current.bit` says in a template; MISSING where it says nothing."""
    cls = current.__class__
    if cls is type(current) and (_by_attribute.get(cls) or _has_no_items(cls)):
        try:
            value = getattr(current, bit)
        except Exception:
            return _looked(current, bit)
        return called(value) if callable(value) else value
    return _looked(current, bit)


def look_or_empty(current: Any, bit: str) -> Any:
    """Return the same to be written: nothing where it says nothing."""
    value = look(current, bit)
    return "" if value is MISSING else value


def look_or_none(current: Any, bit: str) -> Any:
    """Return the same to be asked: None where it says nothing."""
    value = look(current, bit)
    return None if value is MISSING else value


def look_for(current: Any, bit: str) -> Any:
    """Return the same for a filter; raise VariableDoesNotExist where it says nothing."""
    return there(look(current, bit))


def there(value: Any) -> Any:
    """Return a value for a filter; raise VariableDoesNotExist where there is none."""
    if value is MISSING:
        raise VariableDoesNotExist("Failed lookup")
    return value


def _has_no_items(cls: type) -> bool:
    """Whether items of a type, if it has any, have no names: then `current.bit` is an attribute."""
    _by_attribute[cls] = found = getattr(cls, "__getitem__", None) in _BUILTIN
    return found


def _looked(current: Any, bit: str) -> Any:
    """Return what `current.bit` says by all rules of templates: an item, an attribute, or a place."""
    if current is MISSING:
        return MISSING
    try:
        try:
            if not hasattr(type(current), "__getitem__"):
                raise TypeError
            value = current[bit]
        except _SILENT:
            try:
                value = getattr(current, bit)
            except (TypeError, AttributeError):
                if bit in dir(current):  # what a property raised is its own
                    raise
                try:
                    value = current[int(bit)]
                except _SILENT:
                    return MISSING
    except Exception as error:
        if getattr(error, "silent_variable_failure", False):
            return ""
        raise
    return called(value) if callable(value) else value


def called(value: Any) -> Any:
    """Return what templates see of something that can be called."""
    if not callable(value) or getattr(value, "do_not_call_in_templates", False):
        return value
    if getattr(value, "alters_data", False):
        return ""
    try:
        return value()
    except TypeError:
        try:
            signature(value).bind()
        except (TypeError, ValueError):  # it asks for something, and a template has nothing to give
            return ""
        raise
    except Exception as error:
        if getattr(error, "silent_variable_failure", False):
            return ""
        raise


def text(value: Any, context: Context) -> str:
    """Return a value as it stands in a page."""
    if value.__class__ is SafeString:
        return value
    if value.__class__ is str:
        return escape(value)
    if value.__class__ is int and context.use_l10n is False:
        return str(value)
    return render_value_in_context(value, context)


def result(value: Any) -> str:
    """Return what a tag gave as it stands in a page."""
    if value.__class__ is SafeString:
        return value
    return escape(value) if value.__class__ is str else conditional_escape(value)


def kept_safe(function: Any, value: Any, *arguments: Any, **named: Any) -> Any:
    """Return what a filter makes of a value; what is safe stays so."""
    made = function(value, *arguments, **named)
    return mark_safe(made) if isinstance(value, SafeData) else made  # noqa: S308 - as Django's filters say


def rows(values: Any) -> Any:
    """Return what a loop goes through, with a length."""
    if values is None:
        return ()
    return values if hasattr(values, "__len__") else list(values)


def begun(dicts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what `forloop` stands for before the first turn of a loop."""
    outer = find(dicts, "forloop")
    return {"parentloop": {} if outer is MISSING else outer}


def turned(loop: dict[str, Any], place: int, number: int) -> None:
    """Bring `forloop` up to date with the turn at a place, counted from 0."""
    loop["counter0"], loop["counter"] = place, place + 1
    loop["revcounter"], loop["revcounter0"] = number - place, number - place - 1
    loop["first"], loop["last"] = place == 0, place == number - 1


def unpacked(item: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return what the names of a loop stand for in one turn; raise ValueError where there are not as many."""
    try:
        number = len(item)
    except TypeError:
        number = 1
    if number != len(names):
        raise ValueError(f"Need {len(names)} values to unpack in for loop; got {number}. ")
    return dict(zip(names, item, strict=True))


def asked(condition: Any, context: Context) -> Any:
    """Return what Django finds of a condition in which something failed."""
    try:
        return condition.eval(context)
    except VariableDoesNotExist:
        return None


def chosen(number: Any, book: Book) -> int:
    """Return which ending a word has after a number: that of one thing, or of several."""
    return 0 if number == 0 and book.figures.none_is_one else int(pluralize(number, "0,1"))


def fill(pieces: Iterable[str | int], values: Sequence[str]) -> str:
    """Return a sentence with its places filled in."""
    return "".join([piece if isinstance(piece, str) else values[piece - 1] for piece in pieces])
