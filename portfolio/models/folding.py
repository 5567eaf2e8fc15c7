"""Columns folded by the database itself, as `names.folded` does it: for texts that have no folded copy."""

import unicodedata
from functools import cache
from typing import Any

from django.db.backends.signals import connection_created
from django.db.models import CharField, TextField, Transform

from portfolio.names import PLAIN, folded

SQLITE_FUNCTION = "portfolio_folded"
# Where this many characters or more become the same one, one look for all of them is the quicker way.
TOGETHER = 3
# The first two planes of Unicode, in which all marks and blanks are; the others have signs of Chinese.
PLANES = range(1, 0x20000)


class Folded(Transform):
    """A text as `names.folded` has it: `city__folded__contains`; NULL stays NULL."""

    lookup_name = "folded"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function=SQLITE_FUNCTION, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        text, parameters = compiler.compile(self.lhs)
        plain, of_plain = _plain(f"({text})::text")
        # Most texts are ASCII: of these hardly anything is to be done.
        chosen = (
            f"CASE WHEN octet_length(({text})::text) = char_length(({text})::text)"
            f""" THEN lower(({text})::text COLLATE "C") COLLATE "C" ELSE {plain} COLLATE "C" END"""
        )
        return (
            f"btrim(regexp_replace({chosen}, %s, ' ', 'g'))",
            (*parameters, *parameters, *parameters, *parameters, *of_plain, _blanks()),
        )


CharField.register_lookup(Folded)
TextField.register_lookup(Folded)


def _plain(text: str) -> tuple[str, list[str]]:
    """Return SQL of a text, decomposed, without marks, in lower case and in plain letters; its parameters."""
    sql = f"""lower(regexp_replace(normalize({text}, NFKD), %s, '', 'g') COLLATE "und-x-icu")"""
    parameters = [_marks()]
    for plain in dict.fromkeys(PLAIN.values()):
        found = "".join(letter for letter, to in PLAIN.items() if to == plain)
        if len(found) >= TOGETHER:
            sql, parameters = f"regexp_replace({sql}, %s, %s, 'g')", [*parameters, f"[{found}]", plain]
            continue
        for letter in found:
            sql, parameters = f"replace({sql}, %s, %s)", [*parameters, letter, plain]
    return sql, parameters


@cache
def _marks() -> str:
    """Return the pattern of the characters that Unicode combines with the one before."""
    return f"[{_ranges(unicodedata.combining)}]+"


@cache
def _blanks() -> str:
    """Return the pattern of blanks that are to be a single space, and are none yet."""
    others = _ranges(lambda character: character != " " and character.isspace())
    return f"[ {others}]{{2,}}|[{others}]"


def _ranges(chosen: Any) -> str:
    """Return the characters for which something holds, as they stand in a pattern."""
    found: list[list[int]] = []
    for code in PLANES:
        if chosen(chr(code)):
            if found and found[-1][1] == code - 1:
                found[-1][1] = code
            else:
                found.append([code, code])
    return "".join(chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in found)


def _teach(sender: Any, connection: Any, **of_signal: Any) -> None:
    """Tell SQLite how a text is folded, at each new connection."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(SQLITE_FUNCTION, 1, _folded, deterministic=True)


def _folded(text: Any) -> str | None:
    return None if text is None else folded(str(text))


connection_created.connect(_teach, dispatch_uid=SQLITE_FUNCTION)
