import sys
import time
import zipfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portfolio.jobs.bundle_zips import unpacked
from portfolio.jobs.bundles import BundleRefused, load_portfolio
from portfolio.management.progress import ProgressBar


class Command(BaseCommand):
    help = "Load a portfolio bundle: all of it, or nothing with every fault named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder",
            type=Path,
            metavar="DIR",
            help="the folder with the bundle's CSV files, or a zip file of them",
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="the portfolio becomes the bundle: what it does not have goes",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not (folder.is_dir() or zipfile.is_zipfile(folder)):
            raise CommandError(
                f"{folder} is not a folder, nor a zip file. Name a folder that holds a portfolio bundle, or a"
                " zip file of one."
            )
        started = time.monotonic()
        progress = ProgressBar(sys.stderr) if sys.stderr.isatty() else None
        try:
            with nullcontext(folder) if folder.is_dir() else unpacked(folder) as bundle:
                loaded = load_portfolio(bundle, replace=options["replace"], progress=progress)
        except BundleRefused as refused:
            if progress:
                progress.clear()
            count = len(refused.faults)
            raise CommandError(f"{refused}\nNothing was loaded: {count} fault{'s' * (count != 1)}.") from None
        if progress:
            progress.clear()
        seconds = time.monotonic() - started
        for name, changes in loaded.changes.items():
            if changes:
                self.stdout.write(
                    f"{name}: {changes.added} added, {changes.changed} changed, {changes.removed} removed"
                )
        outcome = "" if loaded.changed else "; nothing had changed"
        self.stdout.write(
            f"Loaded {loaded.rows} rows in {seconds:.1f} s"
            f" ({loaded.rows / max(seconds, 0.001):,.0f} rows/s){outcome}."
        )
