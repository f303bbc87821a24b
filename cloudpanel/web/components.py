"""`{% component "notice" kind="warning" text=text %}`: a part of a page with arguments of its own.

The template `components/NAME.html` begins with `{% arguments text kind="info" %}`, which declares them; one with a
value is optional. It sees its arguments and nothing else of the page except the CSRF token. An unknown or missing
argument is a TemplateSyntaxError when the page is compiled.
"""

from typing import Any

from django import template
from django.template import Context, Engine, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token
from django.template.library import InclusionNode, parse_bits

register = template.Library()


class ArgumentsNode(Node):
    def __init__(self, required: list[str], optional: dict[str, FilterExpression]) -> None:
        self.required, self.optional = required, optional

    def render(self, context: Context) -> str:
        for name, default in self.optional.items():
            if name not in context:
                context[name] = default.resolve(context)
        return ""


@register.tag
def arguments(parser: Parser, token: Token) -> ArgumentsNode:
    """Declares the arguments of a component."""
    pairs = [bit.partition("=") for bit in token.split_contents()[1:]]
    optional = {name: parser.compile_filter(default) for name, equals, default in pairs if equals}
    return ArgumentsNode([name for name, equals, _default in pairs if not equals], optional)


@register.tag
def component(parser: Parser, token: Token) -> InclusionNode:
    """Renders `components/NAME.html`. The name is a literal; arguments are given by name."""
    _tag, quoted, *bits = token.split_contents()
    filename = f"components/{quoted[1:-1]}.html"
    declared = _declared(filename)
    args, kwargs = parse_bits(
        parser,
        bits,
        params=[],
        varargs=None,
        varkw=None,
        defaults=None,
        kwonly=[*declared.required, *declared.optional],
        kwonly_defaults=dict.fromkeys(declared.optional),  # type: ignore[arg-type]  # the stub asks for numbers
        takes_context=False,
        name=f"component {quoted}",
    )
    return InclusionNode(_given, False, args, kwargs, filename)


def _given(**values: Any) -> dict[str, Any]:
    return values


def _declared(filename: str) -> ArgumentsNode:
    nodes: NodeList = Engine.get_default().get_template(filename).nodelist
    for node in nodes.get_nodes_by_type(ArgumentsNode):
        if isinstance(node, ArgumentsNode):
            return node
    raise TemplateSyntaxError(f"{filename} doesn't declare its arguments.")
