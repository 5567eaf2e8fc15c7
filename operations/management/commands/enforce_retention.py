from typing import Any

from django.core.management.base import BaseCommand

from operations.retention import enforce_retention


class Command(BaseCommand):
    help = "Forget what is older than it may be kept, as beat does every night."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, count in enforce_retention().items():
            if options["verbosity"] > 0:
                self.stdout.write(f"{name}: {count} forgotten")
