"""The --as-of option that commands share."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date

from portfolio.rules.dates import DateRefused, parse_as_of


def as_of_day(text: str) -> date:
    """Return the day; argparse shows the sentence of a refused one."""
    try:
        return parse_as_of(text)
    except DateRefused as error:
        raise ArgumentTypeError(str(error)) from error


def add_as_of(
    parser: ArgumentParser, meaning: str = "the day to compute for, YYYY-MM-DD; today by default"
) -> None:
    parser.add_argument("--as-of", type=as_of_day, metavar="DATE", help=meaning)
