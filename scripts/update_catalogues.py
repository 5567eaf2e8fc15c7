"""Gather every text that pages say into the catalogues of locale/, and compile them.

    python scripts/update_catalogues.py [CODE …]

Texts that are new stand with an empty translation; those that no page says any more are removed. A CODE that
has no catalogue yet gets one: that is all that a new language needs, beside its translations.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "investai.settings")

import django

from investai.languages import catalogue, translations
from investai.wording import catalogues
from scripts.compile_catalogues import compile_file


def main(codes: list[str]) -> None:
    django.setup()
    for code in codes or translations():
        path = catalogue(code)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(catalogues.updated(code))
        compile_file(path)
        texts = catalogues.translations_in(code)
        missing = sum(not meaning for meaning in texts.values())
        print(f"{path.relative_to(ROOT)}: {len(texts)} texts, {missing} without a translation")


if __name__ == "__main__":
    main(sys.argv[1:])
