"""What `make run` does after the setup: bring the database up to date, fill it at the first run, and serve.

Whether a run is the first one is read from the data: it is when the database holds no project. Whatever
people entered stays. Each portfolio other than the reference has a database of its own, so that one is never
shown in the place of another.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = "reference"


def say(sentence: str) -> None:
    print(sentence, flush=True)


def bundle_of(portfolio: str) -> Path:
    """Return the folder of a portfolio's bundle; end with a sentence when there is none."""
    known = sorted(path.parent.name for path in (ROOT / "portfolio").glob("*/projects.csv"))
    if portfolio not in known:
        accepted = " and ".join(known)
        sys.exit(
            f'PORTFOLIO is "{portfolio}". Accepted: {accepted}, the folders of portfolio/ with a bundle.'
        )
    return ROOT / "portfolio" / portfolio


def own_database(portfolio: str) -> str | None:
    """Return the DATABASE_URL of a portfolio's own SQLite file; None where the settings decide.

    They do for the reference portfolio, and for all where DATABASE_URL is set.
    """
    if portfolio == REFERENCE or os.environ.get("DATABASE_URL", "").strip():
        return None
    return f"sqlite:///{ROOT / 'var' / portfolio}.sqlite3"


def projects_of(bundle: Path) -> set[str]:
    """Return the slugs of the projects of a bundle."""
    with (bundle / "projects.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["slug"] for row in csv.DictReader(file)}


def prepare(portfolio: str) -> None:
    """Set Django up on the portfolio's database, and make that ready to be served."""
    bundle = bundle_of(portfolio)
    own = own_database(portfolio)
    if own:
        os.environ["DATABASE_URL"] = own  # the server, which takes the place of this process, inherits it
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "investai.settings")

    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(str(error))

    from django.core.management import CommandError
    from django.db import OperationalError, connection

    try:
        say(f"Bringing the database up to date: {connection.settings_dict['NAME']}")
        if own:
            say(f"It holds this portfolio alone. For manage.py to use it: export DATABASE_URL={own}")
        fill(portfolio, bundle)
    except (CommandError, OperationalError) as error:
        sys.exit(str(error))
    connection.close()


def fill(portfolio: str, bundle: Path) -> None:
    """Migrate, load the portfolio into an empty database, compute today's results, make an administrator."""
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    from portfolio.jobs.month_ends import keep_month_ends
    from portfolio.models import Project, RecomputeRequest, ResultSet
    from portfolio.queries.series import months

    call_command("migrate", interactive=False, verbosity=0)
    if not settings.CELERY_BROKER_URL:
        call_command("enforce_retention", verbosity=0)  # beat has it done every night, where there is one

    folder = bundle.relative_to(ROOT)
    recorded = Project.objects.count()
    if not recorded:
        say(f"First run: loading the portfolio in {folder}")
        call_command("load_portfolio", str(bundle))
    elif portfolio != REFERENCE and not Project.objects.filter(slug__in=projects_of(bundle)).exists():
        sys.exit(
            f"The database already holds another portfolio: {recorded} projects, none of {folder}. "
            "Take an empty database, or unset DATABASE_URL: this portfolio then has its own file in var/."
        )
    else:
        say(f"Keeping the portfolio in the database: {recorded} projects")

    today = timezone.localdate()
    has_results = ResultSet.objects.filter(as_of=today).exists()
    if RecomputeRequest.objects.exists() or not has_results:
        say(f"Computing the results as of {today}")
        call_command("recompute")
    if outdated := months(today - timedelta(1)).outdated:
        say(f"Computing the results of {len(outdated)} month ends")
        keep_month_ends()

    call_command("make_administrator")


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
    parser.add_argument("--portfolio", default=REFERENCE, help="a folder of portfolio/")
    options = parser.parse_args()
    prepare(options.portfolio)
    serve(options.port)


if __name__ == "__main__":
    main()
