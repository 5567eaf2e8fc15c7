"""Fail where a file of the repository holds what looks like a secret: keys, tokens, passwords in URLs.

By detect-secrets, and by the form of this project's own API tokens. In tests, words assigned to something
called a password are not looked at: they open invented accounts. What only looks like a secret is in
HARMLESS, with the reason, or has `pragma: allowlist secret` on its line.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from multiprocessing import Pool
from pathlib import Path

from detect_secrets import SecretsCollection
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parent.parent
OWN_TOKEN = re.compile(r"inv_[0-9a-z]{10}_[0-9A-Za-z]{49}")
# Lock files are lists of hashes; pictures are no text; this file has words that look like secrets.
LEFT_OUT = re.compile(
    r"^scripts/scan_secrets\.py$|(^|/)(package-lock\.json|requirements[^/]*\.txt)$"
    r"|\.(png|svg|xlsx|xls|zip|ods|woff2?)$"
)
HARMLESS = {
    "PASSWORD": "what documentation has in the place of one",
    "only-for-pictures": "opens the database that pictures are taken of, which is removed afterwards",
    "smtp+tls://`, `smtp+ssl://": "what documentation has between two passwords that it has not",
    "password_changed": "a word of the vocabulary",
    "for-this-step-alone": "a key of a step of the image, in nothing that runs",
}
WORDS = "KeywordDetector"
NO_SECRETS = {"IPPublicDetector"}  # an address is none
ENTROPY = ("Base64HighEntropyString", "HexHighEntropyString")
FILTERS = [
    {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
    *(
        {"path": f"detect_secrets.filters.heuristic.{name}"}
        for name in (
            "is_sequential_string",
            "is_potential_uuid",
            "is_likely_id_string",
            "is_templated_secret",
            "is_prefixed_with_dollar_sign",
            "is_indirect_reference",
            "is_lock_file",
        )
    ),
]


def tracked() -> list[str]:
    """Return the names of the files that git knows and that are there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.split("\0") if name and not LEFT_OUT.search(name)]
    return [name for name in names if (ROOT / name).is_file()]


def plugins(*, words: bool) -> list[dict[str, object]]:
    """Return the detectors to use; those of entropy at detect-secrets' usual limits."""
    kinds: list[type] = list(get_mapping_from_secret_type_to_class().values())
    names = sorted(kind.__name__ for kind in kinds)
    limits = dict(zip(ENTROPY, (4.5, 3.0), strict=True))
    return [
        {"name": name, **({"limit": limits[name]} if name in limits else {})}
        for name in names
        if name not in NO_SECRETS and (words or name != WORDS)
    ]


def found_in(name: str) -> list[str]:
    """Return what looks like a secret in one file: where and of which kind, never the secret."""
    collection = SecretsCollection(root=str(ROOT))
    told = {"plugins_used": plugins(words=not name.startswith("tests/")), "filters_used": FILTERS}
    with transient_settings(told):
        collection.scan_file(name)
    lines = [
        f"{name}:{secret.line_number}: {secret.type}"
        for _, secret in collection
        if secret.secret_value not in HARMLESS
    ]
    text = (ROOT / name).read_text(errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if OWN_TOKEN.search(line):
            lines.append(f"{name}:{number}: API token of this project")
    return lines


def scan(names: Iterable[str]) -> list[str]:
    """Return what looks like a secret in any of some files, in their order."""
    with Pool() as pool:
        return [line for lines in pool.imap(found_in, names, chunksize=20) for line in lines]


def main() -> int:
    names = sys.argv[1:] or tracked()
    lines = scan(names)
    for line in lines:
        print(line)
    if lines:
        print(f"{len(lines)} lines look like secrets. Take them out; what was pushed has to be replaced.")
        return 1
    print(f"No secret found in {len(names)} files.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
