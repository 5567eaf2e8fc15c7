"""One installation for all tests of faults: each breaks something, sees it recover, and leaves it sound."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.installation import Installation
from tests.faults.servers import missing

RECOVERIES = pytest.StashKey[list[tuple[str, float]]]()


@pytest.fixture(scope="session")
def running() -> Iterator[Installation]:
    """The processes, started once."""
    if missing():
        required = os.environ.get("REQUIRE_ALL", "") not in ("", "0")
        (pytest.fail if required else pytest.skip)(missing())
    folder = Path(tempfile.mkdtemp(prefix="investai-faults-"))
    folder.chmod(0o755)  # the user postgres has to pass
    found = Installation(folder)
    try:
        found.start()
        yield found
    finally:
        found.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def installation(running: Installation) -> Iterator[Installation]:
    """The installation, sound before a fault, and after it."""
    yield running
    running.check()


@pytest.fixture
def recovered(pytestconfig: pytest.Config) -> Callable[[str, float], None]:
    """Note how long it took until all was well again, for the table in docs/operations.md."""

    def note(what: str, seconds: float) -> None:
        pytestconfig.stash.setdefault(RECOVERIES, []).append((what, seconds))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = config.stash.get(RECOVERIES, [])
    if found:
        terminalreporter.section("time to recovery")
        for what, seconds in found:
            terminalreporter.write_line(f"{seconds:6.1f} s  {what}")
