"""Edit from many processes at once on PostgreSQL, kill workers meanwhile, and verify every result afterwards.

    python bench/stress.py [--postgres URL] [--edits 5000] [--editors 6] [--workers 2] [--projects 200]

Makes a database of its own and removes it; nothing else may be called so. Editors save and delete facts
through the write door, workers answer requests, readers ask for past dates, and every few seconds a worker
is killed in the middle of whatever it does. In the end the pending requests are answered and `verify_results`
compares all stored results with the facts. The exit status is that of the verification.
"""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

KILL_EVERY_SECONDS = 3.0


def child(role: str, number: int, edits: int) -> None:
    """Be an editor, a worker or a reader, in a process of its own."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "investai.settings")
    django.setup()
    from bench.stress_roles import ROLES

    ROLES[role](Random(number), edits)


def start(role: str, number: int, edits: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--role", role, "--number", str(number), "--edits", str(edits)]
    return subprocess.Popen(command, env=os.environ, text=True, stdout=subprocess.PIPE)


def manage(*command: str) -> int:
    return subprocess.run([sys.executable, str(ROOT / "manage.py"), *command], check=False).returncode


def stress(options: argparse.Namespace) -> int:
    """Run everybody against the database of DATABASE_URL; return the exit status of the verification."""
    from bench.make_portfolio import make_portfolio

    with tempfile.TemporaryDirectory() as folder:
        make_portfolio(Path(folder), options.projects, options.projects * 30, options.projects * 100, seed=1)
        manage("migrate", "--verbosity", "0")
        manage("load_portfolio", folder, "--verbosity", "0")
    manage("recompute")
    started = time.monotonic()
    share = -(-options.edits // options.editors)
    editors = [start("editor", number, share) for number in range(options.editors)]
    workers = [start("worker", 100 + number) for number in range(options.workers)]
    readers = [start("reader", 200)]
    killed = 0
    while any(editor.poll() is None for editor in editors):
        time.sleep(KILL_EVERY_SECONDS)
        victim = killed % len(workers)
        workers[victim].kill()
        workers[victim].wait()
        workers[victim] = start("worker", 100 + victim)
        killed += 1
    seconds = time.monotonic() - started
    for process in [*workers, *readers]:
        process.terminate()
        process.wait()
    told = [editor.communicate()[0].split() for editor in editors]
    saved, refused = (sum(int(words[place]) for words in told) for place in (0, 1))
    print(
        f"{saved} edits saved and {refused} refused by {options.editors} editors at once in {seconds:.0f} s"
        f" ({saved / seconds:.0f} a second); {options.workers} workers, {killed} of them killed meanwhile.",
        flush=True,
    )
    if any(editor.returncode for editor in editors):
        return 1
    return manage("verify_results")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/investai_stress")
    parser.add_argument("--edits", type=int, default=5000)
    parser.add_argument("--editors", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--projects", type=int, default=200)
    parser.add_argument("--role", default="", help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role:
        child(options.role, options.number, options.edits)
        return 0

    import psycopg
    from psycopg import sql

    os.environ["DATABASE_URL"] = options.postgres
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
    name = urlsplit(options.postgres).path.lstrip("/")
    server = urlsplit(options.postgres)._replace(path="/postgres").geturl()
    remove = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(remove)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            return stress(options)
        finally:
            connection.execute(remove)


if __name__ == "__main__":
    sys.exit(main())
