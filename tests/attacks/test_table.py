"""docs/attacks.md says what is tried: each row names tests that are there, and no test is left out."""

import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parent.parent / "docs" / "attacks.md"


def test_the_table_names_every_attack_and_nothing_else() -> None:
    rows = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][2:]
    named = {name for row in rows for name in re.findall(r"`(test_\w+)`", row)}
    there = {
        name
        for path in HERE.glob("test_*.py")
        if path != Path(__file__)
        for name in re.findall(r"(?m)^def (test_\w+)\(", path.read_text(encoding="utf-8"))
    }
    assert named == there
    assert [row for row in rows if not re.search(r"\| V\d+(, V\d+)* \|$", row)] == []
