"""What `make run` does after the setup: bring the database up to date, fill it at the first run, and serve.

Whether a run is the first one is read from the data: it is when the database holds no project. Whatever
people entered stays.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def say(sentence: str) -> None:
    print(sentence, flush=True)


def prepare(portfolio: str) -> None:
    """Migrate, load the portfolio into an empty database, compute today's results, make an administrator."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "investai.settings")

    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(str(error))

    from django.core.management import CommandError, call_command
    from django.db import OperationalError, connection
    from django.utils import timezone

    from portfolio.models import Project, RecomputeRequest, ResultSet

    try:
        say(f"Bringing the database up to date: {connection.settings_dict['NAME']}")
        call_command("migrate", interactive=False, verbosity=0)

        if not Project.objects.exists():
            folder = Path("portfolio") / portfolio
            if not (ROOT / folder).is_dir():
                sys.exit(
                    f"There is no folder {folder}. PORTFOLIO names a folder of portfolio/ with a bundle."
                )
            say(f"First run: loading the portfolio in {folder}")
            call_command("load_portfolio", str(ROOT / folder))
        else:
            say(f"Keeping the portfolio in the database: {Project.objects.count()} projects")

        today = timezone.localdate()
        has_results = ResultSet.objects.filter(as_of=today).exists()
        if RecomputeRequest.objects.exists() or not has_results:
            say(f"Computing the results as of {today}")
            call_command("recompute")

        call_command("make_administrator")
    except (CommandError, OperationalError) as error:
        sys.exit(str(error))
    connection.close()


def serve(port: str) -> None:
    """Become gunicorn: one process, eight threads."""
    say(f"Serving on http://127.0.0.1:{port}  (Ctrl-C stops; the administration is at /admin/)")
    command = [sys.executable, "-m", "gunicorn", "investai.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "1", "--worker-class", "gthread", "--threads", "8"]
    command += ["--graceful-timeout", "5", "--no-control-socket", "--log-level", "warning"]
    os.chdir(ROOT)
    os.execv(sys.executable, command)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", default="8000")
    parser.add_argument("--portfolio", default="reference", help="a folder of portfolio/")
    options = parser.parse_args()
    prepare(options.portfolio)
    serve(options.port)


if __name__ == "__main__":
    main()
