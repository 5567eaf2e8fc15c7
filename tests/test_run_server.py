"""`make run`: which database a portfolio has, and what stops the start."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.bundles import SMALL
from tests.template import begin_with_copy

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "scripts" / "run_server.py"


def run(*command: str | Path, database: Path) -> subprocess.CompletedProcess[str]:
    """Run Python on a database of its own."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}"}
    return subprocess.run(
        [sys.executable, *command], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture
def run_server() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_server", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_portfolio_has_a_database_of_its_own(
    run_server: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", " ")  # as good as absent
    assert run_server.own_database("reference") is None, "the settings know its database"
    assert run_server.own_database("illustrative") == f"sqlite:///{ROOT / 'var' / 'illustrative.sqlite3'}"
    monkeypatch.setenv("DATABASE_URL", "postgres://u@host/db")
    assert run_server.own_database("illustrative") is None, "what the environment says goes first"


def test_a_portfolio_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    done = run(SCRIPT, "--portfolio", "models", database=tmp_path / "db.sqlite3")
    assert done.returncode == 1
    assert 'PORTFOLIO is "models". Accepted: illustrative and reference' in done.stderr
    assert not (tmp_path / "db.sqlite3").exists()


def test_another_portfolio_in_the_database_stops_the_start(tmp_path: Path) -> None:
    database = tmp_path / "db.sqlite3"
    begin_with_copy(database)
    run("manage.py", "migrate", "-v0", database=database)
    run("manage.py", "load_portfolio", SMALL, database=database)
    done = run(SCRIPT, "--portfolio", "illustrative", database=database)
    assert done.returncode == 1
    assert "already holds another portfolio: 6 projects, none of portfolio/illustrative" in done.stderr
    assert "unset DATABASE_URL" in done.stderr
