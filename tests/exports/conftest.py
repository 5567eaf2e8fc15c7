from collections import OrderedDict

import pytest

from portfolio.exports import manifest
from portfolio.exports.lists import counts


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what was counted for the data versions of other tests, which begin anew in each."""
    monkeypatch.setattr(counts, "_counted", OrderedDict())
    monkeypatch.setattr(manifest, "_made", OrderedDict())
