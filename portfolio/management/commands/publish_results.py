from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portfolio.jobs.publications import PublicationRefused, publish_results
from portfolio.management.dates import add_as_of


class Command(BaseCommand):
    help = "Freeze the results of a date under a name. They never change again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="the name of the publication, such as a board paper")
        add_as_of(parser, "the day whose results are published, YYYY-MM-DD; today by default")
        parser.add_argument("--note", default="", help="what it was published for")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            publication = publish_results(options["name"], options["as_of"], note=options["note"])
        except PublicationRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"Published “{publication.name}” ({publication.slug}): the results as of {publication.as_of},"
            f" data version {publication.data_version}, SHA-256 {publication.checksum}."
        )
