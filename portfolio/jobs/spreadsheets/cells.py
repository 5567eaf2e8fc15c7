"""A cell as it is read from any kind of file: one text, whose first letter says what the file holds there.

Empty: nothing. `s` text. `n` a number of a workbook, exact and plain. `c` such a number with the three
letters of the currency it is shown in before it. `d` a day of a workbook, YYYY-MM-DD. `x` what cannot be
read: the rest says why.
"""

Cell = str
Row = list[Cell]

TEXT, NUMBER, AMOUNT, DAY, UNREADABLE = "s", "n", "c", "d", "x"
LARGEST_CELL = 32_767  # characters: what a spreadsheet program holds in a cell
TOO_LONG = f"{UNREADABLE}the cell holds more than {LARGEST_CELL:,} characters"


def text_cell(text: str) -> Cell:
    """Return the cell of a text; one that no spreadsheet program would hold cannot be read."""
    if len(text) > LARGEST_CELL:
        return TOO_LONG
    return TEXT + text if text else ""


def shown_text(cell: Cell) -> str:
    """Return a cell as a person would see it in the file."""
    if not cell or cell[0] == UNREADABLE:
        return ""
    return f"{cell[1:4]} {cell[4:]}" if cell[0] == AMOUNT else cell[1:]


def column_letters(number: int) -> str:
    """Return the letters of a column, counted from 0: A, Z, AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the number of a column, counted from 0, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
