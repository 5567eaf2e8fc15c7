"""How each kind of node is written out in the function of a template."""

from collections.abc import Callable
from typing import Any, cast

from django.template.base import FilterExpression, Node, NodeList, TextNode, VariableNode
from django.template.defaulttags import CommentNode, ForNode, IfNode, LoadNode, WithNode
from django.template.exceptions import TemplateDoesNotExist
from django.template.library import SimpleBlockNode, SimpleNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode, construct_relative_path
from django.templatetags.l10n import LocalizeNode
from django.templatetags.static import StaticNode

from investai.drawing.expressions import EMPTY, NONE, Unknown, condition, expression, is_constant
from investai.drawing.functions import Function, left_behind
from investai.wording.tags import SayNode, ending_of, mark

Writer = Callable[[Function, Any], None]
MOST_INCLUDED = 12  # one within another
WRITERS: dict[type[Node], Writer] = {}


def writes(*kinds: type[Node]) -> Callable[[Writer], Writer]:
    """Let a function write nodes of some kinds."""

    def kept(writer: Writer) -> Writer:
        WRITERS.update(dict.fromkeys(kinds, writer))
        return writer

    return kept


@writes(TextNode)
def _text(function: Function, node: TextNode) -> None:
    function.constants.append(node.s)


@writes(LoadNode, CommentNode)
def _nothing(function: Function, node: Node) -> None:
    pass


@writes(StaticNode)
def _static(function: Function, node: StaticNode) -> None:
    if node.varname is not None or not is_constant(node.path):
        raise Unknown
    function.constants.append(node)


@writes(VariableNode)
def _variable(function: Function, node: VariableNode) -> None:
    function.line(f"{function.write}({_written(function, node)})")


def _written(function: Function, node: VariableNode) -> str:
    return f"text({expression(function, node.filter_expression, EMPTY)}, context)"


@writes(IfNode)
def _if(function: Function, node: IfNode) -> None:
    depth = function.depth
    for found, nodes in node.conditions_nodelists:
        if found is None:
            function.body(nodes)
            break
        said, name = condition(function, found), function.new("q")
        function.line("try:")
        function.line(f" {name} = {said}")
        function.line("except Exception:")
        function.line(f" {name} = asked({function.constant(found)}, context)")
        function.line(f"if {name}:")
        with function.indented():
            function.body(nodes)
        function.line("else:")
        function.depth += 1
    function.line("pass")
    function.depth = depth


@writes(WithNode)
def _with(function: Function, node: WithNode) -> None:
    with_names(function, node.extra_context, lambda: function.body(node.nodelist))


def with_names(function: Function, named: dict[str, Any], body: Callable[[], None]) -> None:
    """Write a body in which names stand for expressions, for the function and for what Django draws in it."""
    said = {name: expression(function, found, EMPTY) for name, found in named.items()}
    locals_ = {name: function.new("v") for name in named}
    for name, local in locals_.items():
        function.line(f"{local} = {said[name]}")
    pairs = ", ".join(f"{name!r}: {local}" for name, local in locals_.items())
    function.line(f"dicts.append({{{pairs}}})")
    with function.naming(locals_):
        body()
    function.line("dicts.pop()")


@writes(IncludeNode)
def _include(function: Function, node: IncludeNode) -> None:
    if node.isolated_context or not is_constant(node.template):
        raise Unknown
    name = construct_relative_path(str(node.origin.template_name), str(node.template.var))
    if name in function.including or len(function.including) >= MOST_INCLUDED:
        raise Unknown
    try:
        nodes = function.engine.get_template(name).nodelist
    except TemplateDoesNotExist as missing:
        raise Unknown from missing
    if any(nodes.get_nodes_by_type(kind) for kind in (BlockNode, ExtendsNode)):
        raise Unknown
    function.left.update(left_behind(nodes))
    before = function.including
    function.including = (*before, name)
    if node.extra_context:
        with_names(function, node.extra_context, lambda: function.body(nodes))
    elif any(left_behind(nodes)):
        with_names(function, {}, lambda: function.body(nodes))
    else:
        function.body(nodes)
    function.including = before


@writes(ForNode)
def _for(function: Function, node: ForNode) -> None:
    values, turn, item = function.new("v"), function.new("i"), function.new("v")
    function.line(f"{values} = rows({expression(function, cast(FilterExpression, node.sequence), NONE)})")
    function.line(f"{values}_n = len({values})")
    function.line(f"if {values}_n < 1:")
    with function.indented():
        function.body(cast(NodeList, node.nodelist_empty))
    function.line("else:")
    function.depth += 1
    function.line(f"{values}_d = {{}}")
    at = len(function.lines)
    function.line(f"dicts.append({values}_d)")
    through = f"reversed({values})" if node.is_reversed else values
    function.line(f"for {turn}, {item} in enumerate({through}):")
    before, function.asks_for_loop = function.asks_for_loop, False
    function.depth += 1
    start = len(function.lines)
    _turn(function, node, item, f"{values}_d")
    if function.asks_for_loop:
        indent = " " * function.depth
        function.lines.insert(start, f"{indent}turned({values}_l, {turn}, {values}_n)")
        function.lines.insert(at, f"{indent[1:]}{values}_l = {values}_d['forloop'] = begun(dicts)")
    function.asks_for_loop |= before
    function.depth -= 1
    function.line("dicts.pop()")
    function.depth -= 1


def _turn(function: Function, node: ForNode, item: str, held: str) -> None:
    """Write one turn of a loop."""
    names = list(node.loopvars)
    locals_ = {name: function.new("v") for name in names}
    loop = {"forloop": f"{held}['forloop']"}
    if len(names) == 1:
        function.line(f"{held}[{names[0]!r}] = {item}")
        function.line(f"{locals_[names[0]]} = called({item}) if callable({item}) else {item}")
    else:
        function.line(f"{held}_u = unpacked({item}, {tuple(names)!r})")
        function.line(f"dicts.append({held}_u)")
        for name, local in locals_.items():
            function.line(f"{local} = {held}_u[{name!r}]")
            function.line(f"if callable({local}): {local} = called({local})")
    with function.naming({**loop, **locals_}):
        function.body(cast(NodeList, node.nodelist_loop))
    function.line("dicts.pop()" if len(names) > 1 else "pass")


@writes(LocalizeNode)
def _localize(function: Function, node: LocalizeNode) -> None:
    name = function.new("v")
    function.line(f"{name} = context.use_l10n")
    function.line(f"context.use_l10n = {node.use_l10n!r}")
    function.body(node.nodelist)
    function.line(f"context.use_l10n = {name}")


@writes(SimpleNode)
def _tag(function: Function, node: SimpleNode) -> None:
    said = [argument for argument in node.args if not is_constant(argument)]
    if node.func is mark and not said and node.target_var is None:
        function.constants.append(node)
        return
    call = _call(function, node, [])
    if node.target_var is not None:
        function.line(f"dicts[-1][{node.target_var!r}] = {call}")
    else:
        function.line(f"{function.write}(result({call}))")


@writes(SimpleBlockNode)
def _block_tag(function: Function, node: SimpleBlockNode) -> None:
    with function.apart() as within:
        function.body(node.nodelist)
    call = _call(function, node, [f"SafeString(''.join({within}))"])
    if node.target_var is not None:
        function.line(f"dicts[-1][{node.target_var!r}] = {call}")
    else:
        function.line(f"{function.write}(result({call}))")


def _call(function: Function, node: SimpleNode, content: list[str]) -> str:
    given = [*(["context"] if node.takes_context else []), *content]
    given += [expression(function, argument, EMPTY) for argument in node.args]
    named = [f"{name!r}: {expression(function, found, EMPTY)}" for name, found in node.kwargs.items()]
    if named:  # as a dictionary: "from" and "with" are words of Python
        given.append(f"**{{{', '.join(named)}}}")
    return f"{function.constant(node.func)}({', '.join(given)})"


@writes(SayNode)
def _say(function: Function, node: SayNode) -> None:
    if not node.places and not node.endings:
        function.constants.append(node)
        return
    places, pieces = _places(function, node)
    said, endings = function.in_language(node), []
    function.line("if book is None:")
    with function.indented():
        for piece in pieces:
            if isinstance(piece, str):
                function.line(f"{function.write}({piece})")
            else:
                function.body([piece])
    function.line("else:")
    with function.indented():
        for ending in node.endings:
            found = expression(function, ending.number, EMPTY)
            endings.append(f"chosen({found}, book), ")
        given = "".join(f"{place}, " for place in places)
        function.line(f"{function.write}(fill({said}[({''.join(endings)})], ({given})))")


def _places(function: Function, node: SayNode) -> tuple[list[str], list[str | Node]]:
    """Write what stands in the places of a sentence; return the names of it, and the sentence in English."""
    places: list[str] = []
    pieces: list[str | Node] = []
    for part in node.nodelist:
        if isinstance(part, TextNode) or ending_of(part) is not None:
            pieces.append(part)
            continue
        name = function.new("p")
        if isinstance(part, VariableNode):
            function.line(f"{name} = {_written(function, part)}")
        else:
            with function.apart() as within:
                function.body(NodeList([part]))
            function.line(f"{name} = ''.join({within})")
        places.append(name)
        pieces.append(name)
    return places, pieces
