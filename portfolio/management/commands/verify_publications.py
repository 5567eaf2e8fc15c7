from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portfolio.queries.publications import frozen, publications


class Command(BaseCommand):
    help = "Compare every publication with its checksums. Ends with status 1 where one was tampered with."

    def handle(self, *args: Any, **options: Any) -> None:
        verified, faults = 0, list[str]()
        for publication in publications():
            found = frozen(publication).faults
            verified += 1
            faults.extend(f"{publication.slug}: {fault}" for fault in found)
        if faults:
            raise CommandError("\n".join(faults), returncode=1)
        self.stdout.write(f"{verified} publication{'s' * (verified != 1)} as published.")
