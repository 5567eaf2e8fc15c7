"""Finds templates as Django does, and lets those of our pages be drawn by functions."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import Engine, Template
from django.template.base import Node, NodeList
from django.template.context import Context
from django.template.loader_tags import BlockNode, ExtendsNode
from django.template.loaders import cached
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from investai.drawing.functions import Draw, Function
from investai.drawing.nodes import WRITERS


class Drawn(NodeList):
    """Nodes that are drawn by a function, which is written when it is first asked for."""

    def __init__(self, engine: Engine, nodes: Iterable[Node]) -> None:
        super().__init__(nodes)
        self.engine = engine

    def render(self, context: Context) -> SafeString:
        """Return what the nodes say."""
        if not context.autoescape:
            return super().render(context)
        return self.function(context)

    @cached_property
    def function(self) -> Draw:
        """The function that draws the nodes."""
        return Function(self.engine, self, WRITERS).made(lambda nodes: Drawn(self.engine, nodes))


def _blocks(nodes: NodeList) -> list[BlockNode]:
    return [node for node in nodes.get_nodes_by_type(BlockNode) if isinstance(node, BlockNode)]


def draw_by_function(template: Template, engine: Engine) -> None:
    """Let functions draw a template, and the blocks that it gives to another or another gives to it."""
    for block in _blocks(template.nodelist):
        block.nodelist = Drawn(engine, block.nodelist)
    template.nodelist = Drawn(engine, template.nodelist)


def write_ahead(template: Template) -> None:
    """Write the functions of a template that is a page, so that no first reader waits for them."""
    if not template.nodelist.get_nodes_by_type(ExtendsNode):
        return  # it is written with the pages that it is a part of
    for nodes in (template.nodelist, *(block.nodelist for block in _blocks(template.nodelist))):
        if isinstance(nodes, Drawn):
            _ = nodes.function


class Loader(cached.Loader):
    """Django's loader that keeps templates; ours are kept as functions."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        """Return a template; raise TemplateDoesNotExist."""
        template = super().get_template(template_name, skip)
        if type(template.nodelist) is NodeList and self._is_of_pages(template):
            draw_by_function(template, self.engine)
        return template

    def _is_of_pages(self, template: Template) -> bool:
        """Whether a template is one of ours; while it is worked on, Django says where it fails."""
        if self.engine.debug or self.engine.string_if_invalid:
            return False
        folder = Path(settings.BASE_DIR) / "templates"
        origin = Path(str(template.origin.name))
        return folder in origin.parents and folder / "admin" not in origin.parents
