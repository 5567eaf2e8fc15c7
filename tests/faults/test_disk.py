"""The disk of downloads is full: the owner is told, nothing half-made is left, and later it goes again."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.faults.installation import Installation
from tests.faults.servers import wait_until

pytestmark = [pytest.mark.redis, pytest.mark.postgres]


def ended(installation: Installation, download: dict[str, Any]) -> dict[str, Any]:
    wait_until(
        lambda: installation.state_of(download)["state"] in ("ready", "failed"), "the download has ended", 60
    )
    return installation.state_of(download)


def files(installation: Installation) -> list[Path]:
    return [path for path in installation.downloads.rglob("*") if not path.is_dir()]


def test_a_full_disk(installation: Installation) -> None:
    first = ended(installation, installation.download())
    assert first["state"] == "ready"
    [file] = files(installation)
    with installation.worker.paused():
        asked = installation.download()
        # Every write to this device fails as one on a full disk does.
        part = file.with_name(f"{asked['key']}-1.csv.part")
        part.symlink_to("/dev/full")
    failed = ended(installation, asked)
    assert failed["state"] == "failed"
    assert "no room left on the disk" in failed["message"]
    assert files(installation) == [file], "nothing half-made is left"

    again = ended(installation, installation.download())
    assert again["state"] == "ready"
    [made] = [path for path in files(installation) if path != file]
    content = made.read_bytes()
    assert hashlib.sha256(content).hexdigest() == again["sha256"]
    events = installation.database.value("SELECT count(*) FROM portfolio_contributionevent")
    assert content.count(b"\n") == events + 1
