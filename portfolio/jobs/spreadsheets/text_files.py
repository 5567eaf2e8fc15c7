"""CSV as offices write it: any common encoding and separator."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader, TextIOWrapper
from pathlib import Path

from charset_normalizer import from_bytes

from portfolio.jobs.spreadsheets.cells import LARGEST_CELL, Row, text_cell
from portfolio.jobs.spreadsheets.kinds import ACCEPTED, FileRefused
from portfolio.rules.alphabets import covered_by_one_language

SAMPLE = 256_000
SAMPLED_ROWS = 200
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Encodings of one byte a character, the likelier first: most cannot be told from bytes alone.
ONE_BYTE = tuple(
    encoding
    for group in (
        "cp1252 iso8859_15 cp1250 iso8859_2 iso8859_1 cp1253 iso8859_7 cp1251 iso8859_5 cp1257",
        "iso8859_13 cp1254 iso8859_9 iso8859_16 iso8859_10 iso8859_4 iso8859_3 iso8859_14",
    )
    for encoding in group.split()
)
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", *ONE_BYTE)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
MOST_DISORDER = 0.2


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a CSV file is written."""

    encoding: str
    separator: str

    @property
    def words(self) -> str:
        name = self.encoding.replace("iso8859_", "ISO 8859-").replace("cp", "Windows-").replace("-sig", "")
        return (
            f"{name.upper() if name.startswith('utf') else name}, {SEPARATORS[self.separator]} between cells"
        )


def form_of(path: Path, encoding: str = "", separator: str = "") -> TextForm:
    """Return how a file is written, from its bytes, or as a person says; raise FileRefused."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    encoding = encoding or _encoding(path, sample)
    try:
        text = sample.decode(encoding, errors="ignore" if len(sample) == SAMPLE else "strict")
    except UnicodeError as error:
        raise FileRefused(
            f"The file is not text in {encoding}. Import it again, and choose another encoding there."
        ) from error
    if "\0" in text:
        raise FileRefused(f"The file holds bytes that are no text. {ACCEPTED}")
    return TextForm(encoding, separator or _separator(text))


def _encoding(path: Path, sample: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample[:2_000]:
        even, odd = sample[:2_000:2].count(0), sample[1:2_000:2].count(0)
        if max(even, odd) < len(sample[:2_000]) // 8:
            raise FileRefused(f"The file holds bytes that are no text. {ACCEPTED}")
        return "utf-16-be" if even > odd else "utf-16-le"
    if _decodes(path, "utf-8"):
        return "utf-8-sig"
    return _one_byte_encoding(path, sample)


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(1 << 20):
                pass
    except UnicodeError:
        return False
    return True


def _one_byte_encoding(path: Path, sample: bytes) -> str:
    """Return the encoding in which a sample looks most like one language of Europe.

    charset-normalizer says which decode to text without disorder; several do for short lists, and those
    are told apart by whether the letters are those of one language.
    """
    lines = [line for line in sample.splitlines() if not line.isascii()] or sample.splitlines()
    telling = b"\n".join(lines)[:SAMPLE]
    disorder = {
        encoding: match.chaos
        for match in from_bytes(telling, cp_isolation=[*ONE_BYTE])
        for encoding in match.could_be_from_charset
    }
    least = min(disorder.values(), default=0.0)
    best, best_rank = "", (-1.0, 0.0)
    for encoding in ONE_BYTE:
        if disorder.get(encoding, 0.0 if not disorder else 1.0) > least + MOST_DISORDER:
            continue
        try:
            text = telling.decode(encoding)
        except UnicodeError:
            continue
        if _CONTROLS.search(text.replace("\x1a", "")):
            continue
        rank = (round(covered_by_one_language(text), 3), -round(disorder.get(encoding, 0.0), 2))
        if rank > best_rank and _decodes(path, encoding):
            best, best_rank = encoding, rank
    if not best:
        raise FileRefused(f"The file holds bytes that are no text in any known encoding. {ACCEPTED}")
    return best


def _separator(text: str) -> str:
    """Return the separator that gives the most rows of one width, and of these the widest."""
    best, best_rank = ",", (0.0, 0)
    for separator in SEPARATORS:
        widths = _widths(text, separator)
        wide = [width for width in widths if width > 1]
        if not wide:
            continue
        usual = max(set(wide), key=lambda width: (wide.count(width), width))
        rank = (round(wide.count(usual) / len(widths), 1), usual)
        if rank > best_rank:
            best, best_rank = separator, rank
    return best


def _widths(text: str, separator: str) -> list[int]:
    widths: list[int] = []
    try:
        for row in csv.reader(text.splitlines(keepends=True), delimiter=separator):
            if any(row):
                widths.append(len(row))
            if len(widths) >= SAMPLED_ROWS:
                break
    except csv.Error:
        return []
    return widths


def text_rows(path: Path, form: TextForm, told: Callable[[int], None] | None = None) -> Iterator[Row]:
    """Yield the rows of a CSV file; `told` is called now and then with the bytes read so far."""
    with path.open("rb") as raw:
        lines = _told(TextIOWrapper(raw, form.encoding, newline=""), raw, told)
        reader = csv.reader(lines, delimiter=form.separator)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                too_long = "field limit" in str(error)
                why = f"a cell of more than {LARGEST_CELL:,} characters, or a quote that is not closed"
                raise FileRefused(
                    f"Row {reader.line_num}: {why if too_long else error}. Correct the file, and import that."
                ) from error
            except UnicodeError as error:
                raise FileRefused(
                    f"After row {reader.line_num}, there are bytes that are not {form.encoding}."
                    " Import it again, and choose another encoding there."
                ) from error
            yield [text_cell(cell) for cell in row]


def _told(lines: TextIOWrapper, raw: BufferedReader, told: Callable[[int], None] | None) -> Iterator[str]:
    for number, line in enumerate(lines):
        if told and number % 1_000 == 0:
            told(raw.tell())
        yield line.replace("\0", "\ufffd")
