"""Compile the catalogues of locale/ into what the pages read. Babel does it: no gettext tools are needed."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

MADE = "made"  # as investai/wording/book.py has it, which needs Django


def compile_file(path: Path) -> None:
    """Write the compiled file beside a catalogue, with the texts that have a translation."""
    code = path.parent.parent.name
    made = Catalog(locale=code)
    with path.open("rb") as file:
        for message in read_po(file, locale=code, ignore_obsolete=True):
            if message.id and message.string:
                # What only templates say is found as it stands, and no other sentence is taken for it.
                python = any(not str(place).startswith("templates/") for place, _ in message.locations)
                made.add(message.id, message.string, context=MADE if python else None)
    with path.with_suffix(".mo").open("wb") as out:
        write_mo(out, made)


if __name__ == "__main__":
    for found in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        compile_file(found)
