"""Writes the nodes of a template, and of those that it includes, out as one function of Python."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.template import Engine
from django.template.base import Node, NodeList
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]

from investai.drawing import values
from investai.drawing.expressions import Unknown
from investai.languages import SOURCE
from investai.wording.book import PLACE, Book, current_book
from investai.wording.tags import SayNode

Draw = Callable[[Context], SafeString]
Writers = Mapping[type[Node], "Callable[[Function, Any], None]"]  # by kind of node
FOUND = ("find", "look", "look_or_empty", "look_or_none", "look_for", "there", "called", "text", "result")
LOOPS = ("rows", "begun", "turned", "unpacked")
HELPERS = (*FOUND, *LOOPS, "kept_safe", "asked", "chosen", "fill", "MISSING")
# How a tag names what it leaves behind in the context.
LEFT_BEHIND = ("target_var", "asvar", "varname", "var_name", "variable_name")


class InLanguages:
    """What a function says that depends on nothing but the language: made once for each of them."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self._made: dict[str, tuple[Book | None, list[Any]]] = {}

    def of(self, book: Book | None, context: Context) -> list[Any]:
        """Return what it says in the language of a book, which is that of who reads, by place."""
        code = book.code if book else SOURCE
        known, made = self._made.get(code, (book, None))
        if made is None or known is not book:
            made = [_said(part, context) for part in self.parts]
            self._made[code] = (book, made)
        return made


def _said(part: Any, context: Context) -> Any:
    if isinstance(part, tuple):
        return "".join(piece if isinstance(piece, str) else piece.render(context) for piece in part)
    return _sentences(part) if isinstance(part, SayNode) else part.resolve(context)


def _sentences(node: SayNode) -> dict[tuple[int, ...], list[str | int]]:
    """Return what a sentence says by its endings, in pieces: texts, and numbers of places."""
    book = current_book()
    if book is None:
        return {}
    found = {}
    for ending, text in node.texts.items():
        pieces: list[str | int] = list(PLACE.split(book.exact.get(text, text)))
        pieces[1::2] = [int(place) for place in pieces[1::2]]
        known = range(1, len(node.places) + 1)
        found[ending] = [
            piece if isinstance(piece, str) or piece in known else f"{{{piece}}}" for piece in pieces
        ]
    return found


class Function:
    """A function that is being written."""

    def __init__(self, engine: Engine, nodes: Iterable[Node], writers: Writers) -> None:
        self.engine = engine
        self.writers = writers
        self.nodes = list(nodes)
        self.known: dict[str, Any] = {name: getattr(values, name) for name in HELPERS}
        self.known |= {"SafeString": SafeString, "template_localtime": template_localtime}
        self.known |= {"current_book": current_book, "languages": InLanguages()}
        self.lines: list[str] = []
        self.depth = 1
        self.write = "write"
        self.constants: list[str | Node] = []
        self.scope: dict[str, str] = {}
        self.roots: dict[str, str] = {}
        self.including: tuple[str, ...] = ()
        self.left = set(left_behind(self.nodes))
        self.asks_for_loop = False
        self.numbers = iter(range(1_000_000))

    def made(self, drawn: Callable[[NodeList], NodeList]) -> Draw:
        """Return the function; `drawn` gives the nodes within a node that Django draws."""
        self.drawn = drawn
        self.body(self.nodes)
        self.flush()
        head = ["def draw(context):", " dicts = context.dicts", " book = current_book()"]
        head += [" said = languages.of(book, context)", " out = []", " write = out.append"]
        head += [f" {local} = find(dicts, {name!r})" for name, local in self.roots.items()]
        source = "\n".join([*head, *self.lines, " return SafeString(''.join(out))"])
        exec(compile(source, "<template>", "exec"), self.known)  # noqa: S102 - of our templates alone
        draw: Draw = self.known["draw"]
        return draw

    # What expressions ask for.

    def constant(self, value: Any) -> str:
        """Return the name under which the function reaches a value."""
        if type(value) in (int, str):
            return repr(value)
        name = f"c{next(self.numbers)}"
        self.known[name] = value
        return name

    def in_language(self, part: Any) -> str:
        """Return an expression for what depends on the language alone."""
        parts: list[Any] = self.known["languages"].parts
        parts.append(part)
        return f"said[{len(parts) - 1}]"

    def root(self, name: str) -> tuple[str, bool]:
        """Return an expression for what a name stands for, and whether it stands for something."""
        if name == "forloop":
            self.asks_for_loop = True
        if name in self.left:
            return f"find(dicts, {name!r})", False
        if name in self.scope:
            return self.scope[name], True
        return self.roots.setdefault(name, f"r{len(self.roots)}"), False

    # What nodes are written with.

    def line(self, text: str) -> None:
        """Write a line, after what is to be said before it."""
        self.flush()
        self.lines.append(" " * self.depth + text)

    def flush(self) -> None:
        """Write a line that says the constants collected so far."""
        if not self.constants:
            return
        parts, self.constants = self.constants, []
        if all(isinstance(part, str) for part in parts):
            said = repr("".join(map(str, parts)))
        else:
            said = self.in_language(tuple(parts))
        self.lines.append(" " * self.depth + f"{self.write}({said})")

    def new(self, kind: str) -> str:
        """Return a name of the function that nothing else has."""
        return f"{kind}{next(self.numbers)}"

    @contextmanager
    def indented(self) -> Iterator[None]:
        """Write what follows one step further in."""
        self.flush()
        self.depth += 1
        before = len(self.lines)
        yield
        self.flush()
        if len(self.lines) == before:
            self.line("pass")
        self.depth -= 1

    @contextmanager
    def apart(self) -> Iterator[str]:
        """Write what follows into a list of its own; gives the name of the list."""
        name, write = self.new("l"), self.write
        self.line(f"{name} = []")
        self.line(f"{name}_write = {name}.append")
        self.write = f"{name}_write"
        yield name
        self.flush()
        self.write = write

    @contextmanager
    def naming(self, named: dict[str, str]) -> Iterator[None]:
        """Let names stand for locals of the function."""
        before = self.scope
        self.scope = {**before, **named}
        yield
        self.scope = before

    def body(self, nodes: Iterable[Node]) -> None:
        """Write nodes one after another."""
        for node in nodes:
            writer = self.writers.get(type(node), by_django)
            lines, state = len(self.lines), (self.depth, self.write, self.scope, self.including)
            constants = list(self.constants)
            try:
                writer(self, node)
            except Unknown:
                del self.lines[lines:]
                self.depth, self.write, self.scope, self.including = state
                self.constants = constants
                by_django(self, node)


def by_django(function: Function, node: Node) -> None:
    """Let Django draw a node of which nothing is known; what stands within it is drawn as functions."""
    for attribute in node.child_nodelists:
        within = vars(node).get(attribute)
        if type(within) is NodeList:
            setattr(node, attribute, function.drawn(within))
    function.asks_for_loop = True
    function.line(f"{function.write}({function.constant(node.render_annotated)}(context))")


def left_behind(nodes: Iterable[Node]) -> Iterator[str]:
    """Yield the names that tags give to what they leave behind."""
    for node in nodes:
        for attribute in LEFT_BEHIND:
            if name := getattr(node, attribute, None):
                yield name
        for attribute in node.child_nodelists:
            yield from left_behind(getattr(node, attribute, None) or ())
