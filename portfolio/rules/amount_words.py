"""Large amounts in words, so that whoever typed one sees a digit too many."""

from decimal import Decimal

SCALES = ((9, "billion"), (6, "million"), (3, "thousand"))


def in_words(amount: Decimal) -> str:
    """Return an amount of zero or more by its thousands: “2 billion 100 million and 0.55”; exact."""
    whole, part = divmod(amount, 1)
    left, words = int(whole), []
    for power, name in SCALES:
        number, left = divmod(left, 10**power)
        if number:
            words.append(f"{number:,} {name}")
    if left or not words:
        words.append(str(left))
    text = " ".join(words)
    return f"{text} and {part.normalize():f}" if part else text
