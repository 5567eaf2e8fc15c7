import socket
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError, CommandParser

from operations.checks import LATE_HEARTBEAT_SECONDS, all_checks
from operations.heartbeats import BEAT, WORKER, heard_of


class Command(BaseCommand):
    help = "Say what /readyz says, check by check; exit status 1 where one fails."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--own", choices=[WORKER, BEAT], help="only whether the worker or beat of this host lives"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["own"]:
            self._own(options["own"])
            return
        found = all_checks()
        for check in found:
            self.stdout.write(f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.detail}")
        failing = [check.name for check in found if not check.ok]
        if failing:
            raise CommandError(f"Not ready: {', '.join(failing)}.")

    def _own(self, kind: str) -> None:
        host = socket.gethostname()
        try:
            ages = [
                process.age_seconds
                for process in heard_of()
                if process.kind == kind and process.name.rpartition("@")[2] == host
            ]
        except redis.RedisError as error:
            # The process is not to be restarted for a fault of the broker.
            self.stdout.write(f"The broker does not answer ({type(error).__name__}): nothing is known.")
            return
        if not ages or min(ages) > LATE_HEARTBEAT_SECONDS:
            raise CommandError(f"The {kind} of {host} was not heard of lately.")
        self.stdout.write(f"The {kind} of {host} was heard of {min(ages):.0f} seconds ago.")
