"""Install what the project needs: .venv, node_modules, the map, and static files collected into var/static.

Runs before the virtual environment exists, so it uses the standard library only. Each step keeps a stamp with
a hash of the files that it depends on, and is skipped while that hash stays the same.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_BIN = VENV / "bin"
VENV_PYTHON = VENV_BIN / "python"
REQUIREMENTS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
NODE_REQUIREMENTS = ROOT / "requirements-node.txt"
NODE_FILES = [ROOT / "package.json", ROOT / "package-lock.json"]
MAP_MAKERS = [ROOT / "scripts" / "draw_europe.py", ROOT / "portfolio" / "dashboards" / "projection.py"]
STATIC_FOLDERS = [ROOT / "static", ROOT / "portfolio" / "static", ROOT / "advisory" / "static"]
NO_NETWORK = (
    "If the lines above speak of connections, of names that cannot be resolved or of versions that cannot be "
    "found, this machine does not reach the package index: connect it to the network and run make again."
)


def say(sentence: str) -> None:
    print(sentence, flush=True)


def digest(paths: Iterable[Path]) -> str:
    """A hash of the contents and names of files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text() == value


def works(*command: str | Path) -> bool:
    """Whether a program is there and starts."""
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def run(command: list[str | Path], problem: str) -> None:
    """Run a step in the project's folder; when it fails, stop with a sentence that says what to do."""
    environment = {**os.environ, "PATH": f"{VENV_BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    if subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL).returncode:
        sys.exit(problem)


def pip_install(requirements: list[Path], what: str) -> None:
    command: list[str | Path] = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--retries", "1"]
    command += ["--disable-pip-version-check", "--no-deps", "--require-hashes"]
    for path in requirements:
        command += ["-r", path]
    run(command, f"{what} could not be installed; pip says why above. {NO_NETWORK}")


def make_venv() -> None:
    if works(VENV_PYTHON, "-c", "import pip"):
        return
    version = ".".join(str(part) for part in sys.version_info[:3])
    say(f"Making the virtual environment .venv with Python {version}")
    run(
        [sys.executable, "-m", "venv", "--clear", VENV],
        "The virtual environment .venv could not be made; Python says why above. On Debian and Ubuntu the "
        f"missing part is usually: apt-get install python{sys.version_info[0]}.{sys.version_info[1]}-venv",
    )


def install_python_packages() -> None:
    stamp, value = VENV / ".stamp-python", digest(REQUIREMENTS)
    if is_stamped(stamp, value):
        return
    say("Installing the Python packages into .venv (about half a minute)")
    pip_install(REQUIREMENTS, "The Python packages")
    stamp.write_text(value)


def find_npm() -> str:
    """The system's npm, or the one of a Node.js wheel in .venv, installed when it is first needed."""
    if works("node", "--version") and works("npm", "--version"):
        return shutil.which("npm") or "npm"
    if not works(VENV_BIN / "node", "--version"):
        say("Installing Node.js into .venv from a wheel, since this machine has no node and npm")
        pip_install([NODE_REQUIREMENTS], "Node.js")
    return str(VENV_BIN / "npm")


def install_node_packages() -> None:
    stamp, value = ROOT / "node_modules" / ".stamp", digest(NODE_FILES)
    if is_stamped(stamp, value):
        return
    npm = find_npm()
    say("Installing the browser's packages into node_modules")
    run(
        [npm, "ci", "--loglevel", "error", "--fetch-retries", "1", "--fetch-retry-mintimeout", "1000"],
        f"The packages in node_modules could not be installed; npm says why above. {NO_NETWORK}",
    )
    stamp.write_text(value)


def draw_map() -> None:
    stamp, value = ROOT / "var" / ".stamp-map", digest([*NODE_FILES, *MAP_MAKERS])
    if is_stamped(stamp, value) and (ROOT / "var" / "map" / "europe.svg").exists():
        return
    say("Drawing the outline of Europe into var/map")
    run([VENV_PYTHON, MAP_MAKERS[0]], "The map could not be drawn; Python says why above.")
    stamp.write_text(value)


def compile_catalogues() -> None:
    catalogues = sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
    stamp, value = ROOT / "var" / ".stamp-catalogues", digest(catalogues)
    if is_stamped(stamp, value) and all(path.with_suffix(".mo").exists() for path in catalogues):
        return
    say("Compiling the languages of the pages")
    run(
        [VENV_PYTHON, ROOT / "scripts" / "compile_catalogues.py"],
        "The catalogues in locale/ could not be compiled; Babel says why above.",
    )
    stamp.write_text(value)


def collect_static_files() -> None:
    sources = [path for folder in STATIC_FOLDERS for path in sorted(folder.rglob("*")) if path.is_file()]
    stamp = ROOT / "var" / ".stamp-static"
    settings = [ROOT / "investai" / name for name in ("settings.py", "apps.py", "finders.py", "storage.py")]
    value = digest([REQUIREMENTS[0], *NODE_FILES, *MAP_MAKERS, *settings, *sources])
    if is_stamped(stamp, value) and (ROOT / "var" / "static" / "staticfiles.json").exists():
        return
    say("Collecting static files into var/static")
    run(
        [VENV_PYTHON, "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity", "0"],
        "The static files could not be collected; Django says why above.",
    )
    stamp.write_text(value)


def main() -> None:
    make_venv()
    install_python_packages()
    install_node_packages()
    draw_map()
    compile_catalogues()
    collect_static_files()


if __name__ == "__main__":
    main()
