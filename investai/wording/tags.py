"""Template tags of what pages say; built in, so that every template has them.

`{% say %}…{% endsay %}` stands around a whole sentence with its tags and variables; `{{ text|t }}` is for a
text that Python made, and for one in quotes: `{% include "card.html" with title="What changed"|t %}`.
"""

from collections.abc import Iterator
from copy import copy
from itertools import product
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, TextNode, Token, VariableNode
from django.template.context import Context
from django.template.defaultfilters import pluralize
from django.utils.safestring import mark_safe

from investai.wording.book import Book, current_book, filled, translated
from investai.wording.book import mark as mark_between
from investai.wording.figures import joined
from investai.wording.reading import reader_s_language

register = template.Library()


@register.filter
def t(text: Any) -> Any:
    """Say a text of Python in the language of who reads."""
    return "" if text is None else translated(text if isinstance(text, str) else str(text))


@register.simple_tag
def language_code() -> str:
    """Return the code of the language of who reads, as `lang` has it."""
    return reader_s_language()


@register.simple_tag
def mark(sign: str) -> str:
    """Set two parts of a text apart as the language of who reads does: `{% mark ":" %}`."""
    return mark_between(f"{sign} ")


class Ending:
    """`{{ number|pluralize }}` in a sentence: a word has one ending for one thing, and another for more."""

    def __init__(self, expression: FilterExpression) -> None:
        self.number = copy(expression)
        *self.number.filters, (_, arguments) = expression.filters
        endings = str(arguments[0][1]) if arguments else "s"
        one, _, more = endings.rpartition(",")
        self.endings = (one, more)

    def chosen(self, context: Context, book: Book) -> int:
        number = self.number.resolve(context)
        return 0 if number == 0 and book.figures.none_is_one else int(pluralize(number, "0,1"))


def ending_of(node: Node) -> Ending | None:
    """Return the endings that a node chooses between; None for any other node."""
    if isinstance(node, VariableNode):
        filters = node.filter_expression.filters
        if filters and filters[-1][0] is pluralize:
            return Ending(node.filter_expression)
    return None


class SayNode(Node):
    """A sentence of a template: a text with places for all that is no text."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self.places: list[Node] = []
        self.endings: list[Ending] = []
        parts: list[str | Ending] = []
        for node in nodelist:
            ending = ending_of(node)
            if isinstance(node, TextNode):
                parts.append(node.s)
            elif ending is not None:
                self.endings.append(ending)
                parts.append(ending)
            else:
                self.places.append(node)
                parts.append(f"{{{len(self.places)}}}")
        self.texts = dict(self._texts(parts))
        for node in nodelist:
            if isinstance(node, TextNode):
                node.s = joined(node.s)  # what English says; the catalogues have plain spaces

    def _texts(self, parts: list[str | Ending]) -> Iterator[tuple[tuple[int, ...], str]]:
        for chosen in product((0, 1), repeat=len(self.endings)):
            following = iter(chosen)
            text = "".join(part if isinstance(part, str) else part.endings[next(following)] for part in parts)
            yield chosen, " ".join(text.split())

    def render(self, context: Context) -> str:
        book = current_book()
        if book is None:
            return self.nodelist.render(context)
        text = self.texts[tuple(ending.chosen(context, book) for ending in self.endings)]
        values = {
            str(number): str(node.render_annotated(context)) for number, node in enumerate(self.places, 1)
        }
        return mark_safe(filled(book.exact.get(text, text), values))  # noqa: S308


@register.tag
def say(parser: Parser, token: Token) -> SayNode:
    """Say what stands up to `endsay` in the language of who reads."""
    if len(token.split_contents()) > 1:
        raise template.TemplateSyntaxError("say takes no arguments")
    nodelist = parser.parse(("endsay",))
    parser.delete_first_token()
    return SayNode(nodelist)
