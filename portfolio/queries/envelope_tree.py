"""Which envelopes contain which."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from portfolio.models import Envelope
from portfolio.queries.ordering import by_name


@dataclass(frozen=True, slots=True)
class Branch:
    """An envelope of a tree, and the branches that it contains."""

    envelope: Envelope
    contained: list["Branch"]


def envelope_tree(envelope: Envelope) -> Branch:
    """Return the whole tree that an envelope stands in, from the outermost one down."""
    return tree_of(envelope, tree_rows())


def tree_rows() -> QuerySet[Envelope]:
    """Return the read of what trees are made of: all envelopes, by name."""
    return Envelope.objects.only("slug", "name", "parent").order_by(*by_name())


def tree_of(envelope: Envelope, rows: Iterable[Envelope]) -> Branch:
    """Return the tree that an envelope stands in, made of the rows of `tree_rows`."""
    envelopes = {row.pk: row for row in rows}
    inside: dict[int, list[Envelope]] = defaultdict(list)
    for row in envelopes.values():
        if row.parent_id is not None:
            inside[row.parent_id].append(row)
    outermost = envelopes[envelope.pk]
    passed = {outermost.pk}
    while outermost.parent_id is not None and outermost.parent_id not in passed:
        outermost = envelopes[outermost.parent_id]
        passed.add(outermost.pk)
    return _branch(outermost, inside, frozenset())


def _branch(envelope: Envelope, inside: dict[int, list[Envelope]], above: frozenset[int]) -> Branch:
    above |= {envelope.pk}
    return Branch(
        envelope, [_branch(row, inside, above) for row in inside[envelope.pk] if row.pk not in above]
    )
