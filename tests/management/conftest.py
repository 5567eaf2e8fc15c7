import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

SMALL = Path(__file__).parent.parent / "data" / "small"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of the worked example, to be spoilt."""
    folder = tmp_path / "bundle"
    shutil.copytree(SMALL, folder, ignore=shutil.ignore_patterns("expected"))
    return folder


@pytest.fixture
def edit(bundle: Path) -> Callable[[str, str, str], None]:
    """Replace a text in a file of the copy; the text must be there."""

    def replaced(name: str, old: str, new: str) -> None:
        path = bundle / f"{name}.csv"
        content = path.read_text(encoding="utf-8")
        assert old in content, old
        path.write_text(content.replace(old, new, 1), encoding="utf-8")

    return replaced
