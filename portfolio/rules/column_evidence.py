"""How a column of a spreadsheet writes numbers or dates: decided from the cells that can be read in one way.

A cell has one or more *readings*, by the way of writing that gives each: `{".": "191.000", ",": "191000"}`.
A cell with one reading is evidence for its way; one whose readings agree is none; one whose readings differ
depends on what the rest of its column shows. What is not shown is not guessed: it is for a person to settle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_EXAMPLES = 3

Readings = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Example:
    """A cell that shows something: its row and its text."""

    row: int
    text: str


@dataclass(slots=True)
class Evidence:
    """What the cells of a column show: how many speak for each way, and the first of them."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=dict)
    either: int = 0
    either_examples: list[Example] = field(default_factory=list)
    plain: int = 0

    def add(self, row: int, text: str, readings: Readings) -> None:
        """Take a cell into account; one without a reading shows nothing."""
        if not readings:
            return
        if len(readings) == 1:
            way = next(iter(readings))
            self.counts[way] = self.counts.get(way, 0) + 1
            _keep(self.examples.setdefault(way, []), row, text)
        elif len(set(readings.values())) == 1:
            self.plain += 1
        else:
            self.either += 1
            _keep(self.either_examples, row, text)

    def decide(self, chosen: str = "") -> "ColumnRule":
        """Return the way that the column is read in: a person's choice, or what more cells show than not."""
        if chosen:
            return ColumnRule(chosen, self, chosen=True)
        ranked = sorted(self.counts, key=lambda way: -self.counts[way])
        if not ranked:
            return ColumnRule("", self)
        tied = len(ranked) > 1 and self.counts[ranked[0]] == self.counts[ranked[1]]
        return ColumnRule("" if tied else ranked[0], self, mixed=len(ranked) > 1)


def _keep(examples: list[Example], row: int, text: str) -> None:
    if len(examples) < MOST_EXAMPLES:
        examples.append(Example(row, text))


class Unsettled(ValueError):
    """A cell that its column's rule does not read: `wrong` says why; a person has to settle it."""

    def __init__(self, wrong: str) -> None:
        super().__init__(wrong)
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """The way in which a column is read; empty where its cells do not show one.

    `mixed`: some of its cells contradict others, so what depends on the way is not read by it.
    """

    way: str
    evidence: Evidence
    mixed: bool = False
    chosen: bool = False

    @property
    def asks(self) -> bool:
        """Whether a person has to choose the way: cells depend on it, and the column does not show it."""
        return not self.way and bool(self.evidence.either or self.mixed)

    def read(self, readings: Readings, names: Mapping[str, str]) -> str:
        """Return the reading of a cell; raise Unsettled. `names` has what each way is called."""
        values = set(readings.values())
        if len(readings) > 1 and len(values) == 1:
            return values.pop()
        if len(readings) == 1:
            way, value = next(iter(readings.items()))
            if way == self.way:
                return value
            if not self.way:
                raise Unsettled(f"has {names[way]}, and as many cells of its column have another way")
            raise Unsettled(f"has {names[way]}, but its column has {names[self.way]}, {self._shown()}")
        if self.way and not self.mixed:
            return readings[self.way]
        could = " or ".join(readings[way] for way in sorted(readings))
        if self.mixed:
            raise Unsettled(f"could be {could}, and the cells of its column are not written in one way")
        raise Unsettled(f"could be {could}, and nothing in its column shows which")

    def _shown(self) -> str:
        if self.chosen:
            return "as was chosen for it"
        count = self.evidence.counts[self.way]
        examples = ", ".join(f"“{example.text}”" for example in self.evidence.examples[self.way])
        return f"as {count} cell{'s show' if count != 1 else ' shows'} ({examples})"
