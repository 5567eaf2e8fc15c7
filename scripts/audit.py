"""`make audit` and `make sbom`: known vulnerabilities of what is installed, and the list of what that is.

Tools in an environment of their own, by hash from requirements-audit.txt. Advisories come from the package
indices' own services. Where one can't be reached, or does not know of an old and famous vulnerability, that
is said, and is no failure: nothing is known then. Status 1 means that a vulnerability is known. The lists are
CycloneDX, in var/sbom.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV_BIN = ROOT / ".venv" / "bin"
TOOLS = ROOT / "var" / "audit-tools"
LOCKED = ROOT / "requirements-audit.txt"
AUDITED = ("requirements.txt", "requirements-dev.txt", "requirements-audit.txt")
BOMS = ROOT / "var" / "sbom"
SECONDS = 300
FAMOUS = "django==4.2.0"  # vulnerable since 2023, and known to be


def say(sentence: str) -> None:
    print(sentence, flush=True)


def install_tools() -> None:
    """Make the environment of the tools, unless it is there as the lock file has it."""
    stamp, value = TOOLS / ".stamp", LOCKED.read_text()
    if stamp.exists() and stamp.read_text() == value:
        return
    say("Installing the tools of the audit into var/audit-tools")
    subprocess.run([sys.executable, "-m", "venv", "--clear", TOOLS], check=True)
    command: list[str | Path] = [
        TOOLS / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    command += ["--no-deps", "--require-hashes", "-r", LOCKED]
    if subprocess.run(command).returncode:
        sys.exit("The tools could not be installed; pip says why above.")
    stamp.write_text(value)


def npm() -> str:
    found = shutil.which("npm") or shutil.which("npm", path=str(VENV_BIN))
    return found or sys.exit("There is no npm here: make setup brings it.")


def advisories_of(requirements: Path, *options: str) -> list[dict[str, Any]]:
    """Return what PyPI says of each package of a file; raise ValueError where it says nothing."""
    command: list[str | Path] = [
        TOOLS / "bin" / "pip-audit",
        "--requirement",
        requirements,
        "--disable-pip",
        *options,
    ]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, KeyError) as error:
        raise ValueError from error
    return packages


def knows_advisories() -> bool:
    """Whether PyPI answers with advisories: a mirror may have the packages, and nothing of what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text(f"{FAMOUS}\n")
        try:
            return any(package.get("vulns") for package in advisories_of(file, "--no-deps"))
        except ValueError:
            return False


def audit_python(name: str) -> str:
    """Return "clean", "vulnerable" or "unknown" of a lock file, and say what was found."""
    try:
        packages = advisories_of(ROOT / name, "--require-hashes")
    except ValueError:
        say(f"{name}: unknown. The advisories of PyPI can't be reached from here.")
        return "unknown"
    faults = [
        f"  {package['name']} {package['version']}: {fault['id']}"
        f" ({', '.join(fault.get('fix_versions') or ['no fix yet'])})"
        for package in packages
        for fault in package.get("vulns", [])
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    say("\n".join([f"{name}: {len(packages)} packages, {len(faults)} known vulnerabilities", *faults]))
    if skipped:
        say(f"  unknown of {len(skipped)}: {', '.join(skipped)}")
    if faults:
        return "vulnerable"
    return "unknown" if skipped else "clean"


def audit_npm() -> str:
    """Return "clean", "vulnerable" or "unknown" of package-lock.json, and say what was found."""
    command = [
        npm(),
        "audit",
        "--json",
        "--package-lock-only",
        "--fetch-retries",
        "0",
        "--fetch-timeout",
        "15000",
    ]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
        answer = json.loads(done.stdout)
        counts = answer["metadata"]["vulnerabilities"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        say("package-lock.json: unknown. The advisories of npm can't be reached from here.")
        return "unknown"
    packages = answer["metadata"]["dependencies"]["total"]
    faults = [f"  {name}: {fault['severity']}" for name, fault in answer["vulnerabilities"].items()]
    total = counts["total"]
    say("\n".join([f"package-lock.json: {packages} packages, {total} known vulnerabilities", *faults]))
    return "vulnerable" if total else "clean"


def audit() -> int:
    """Audit every lock file; return 1 where a vulnerability is known."""
    if knows_advisories():
        found = [audit_python(name) for name in AUDITED]
    else:
        say(f"Python packages: unknown. PyPI does not answer with the advisories of {FAMOUS} from here.")
        found = ["unknown"] * len(AUDITED)
    found.append(audit_npm())
    if "unknown" in found:
        say(f"NOT AUDITED: {found.count('unknown')} of {len(found)} lock files, for want of the advisories.")
    return 1 if "vulnerable" in found else 0


def npm_bom() -> subprocess.CompletedProcess[str]:
    """Run npm sbom on a copy that has a version, without which it refuses a package."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            described = json.loads((ROOT / name).read_text())
            described["version"] = "0.0.0"
            if "packages" in described:
                described["packages"][""]["version"] = "0.0.0"
            (Path(folder) / name).write_text(json.dumps(described))
        command = [npm(), "sbom", "--sbom-format", "cyclonedx", "--package-lock-only"]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def write_boms() -> int:
    """Write what the application is made of as CycloneDX: Python packages, and npm packages."""
    BOMS.mkdir(parents=True, exist_ok=True)
    python, browser = BOMS / "python.cdx.json", BOMS / "npm.cdx.json"
    command: list[str | Path] = [TOOLS / "bin" / "cyclonedx-py", "requirements", ROOT / "requirements.txt"]
    command += ["--output-reproducible", "--of", "JSON", "-o", python]
    if subprocess.run(command).returncode:
        return 1
    done = npm_bom()
    if done.returncode:
        say(done.stderr)
        return 1
    browser.write_text(done.stdout)
    for file in (python, browser):
        bom = json.loads(file.read_text())
        say(f"{file.relative_to(ROOT)}: CycloneDX {bom['specVersion']}, {len(bom['components'])} components")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["audit", "sbom"])
    what = parser.parse_args().what
    install_tools()
    return audit() if what == "audit" else write_boms()


if __name__ == "__main__":
    sys.exit(main())
