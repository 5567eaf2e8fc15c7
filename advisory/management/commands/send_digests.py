from typing import Any

from django.core.management.base import BaseCommand

from advisory.jobs.digests import send_digests


class Command(BaseCommand):
    help = (
        "Send the digests of advice of today that have not been sent yet. Beat does it at 7 in the morning."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        sent = send_digests()
        self.stdout.write(f"Sent {sent} digest{'s' * (sent != 1)}.")
