"""What pages say, in the language of who reads.

The code speaks English: templates, rules, alerts, records of runs. A page is put into another language where
it is written out, and nowhere else: what is stored or given away as a file never depends on who reads.
"""

from investai.wording.book import Entered, book_of, current_book, mark, translated
from investai.wording.sentences import sentence

__all__ = ["Entered", "book_of", "current_book", "mark", "sentence", "translated"]
