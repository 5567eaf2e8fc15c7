"""What looks like a secret is found, without being shown."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
# Put together here, so that this file holds none.
FOUND = {
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "password in a URL": "DATABASE_URL=postgres://" + "tracker:hunter2@db.internal/tracker",
    "key of a cloud": "aws = '" + "AKIA" + "IOSFODNN7EXAMPLQ'",
    "own token": "inv_0123456789_" + "a1B2c3D4e5" * 4 + "f6G7h8I9j",  # pragma: allowlist secret
    "assigned password": "PASSWORD" + ' = "correct-horse-battery"',
}


@pytest.mark.parametrize("kind", FOUND)
def test_what_looks_like_a_secret_is_found_and_not_shown(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.py"
    file.write_text(f"# harmless\n{FOUND[kind]}\n")
    done = subprocess.run(
        [sys.executable, "scripts/scan_secrets.py", file], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    assert "settings.py:2: " in done.stdout
    assert not any(part in done.stdout for part in ("hunter2", "AKIA", "a1B2c3", "correct-horse"))
