"""`{% component "notice" kind="warning" text=text %}`: a part of a page with arguments of its own.

The template `components/NAME.html` begins with `{% arguments text kind="info" %}`, which declares them; one with a
value is optional. It sees its arguments and nothing else of the page except the CSRF token. An unknown or missing
argument is a TemplateSyntaxError when the page is compiled.
"""

from typing import Any

from django import template
from django.template import Context, Engine, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.library import InclusionNode

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
    given = token_kwargs(bits, parser)
    _check(f"component {quoted}", declared, given, rest=bits)
    return InclusionNode(_given, False, [], given, filename)


def _check(name: str, declared: ArgumentsNode, given: dict[str, FilterExpression], rest: list[str]) -> None:
    unknown = [*(given.keys() - {*declared.required, *declared.optional}), *rest]
    missing = [argument for argument in declared.required if argument not in given]
    if unknown:
        raise TemplateSyntaxError(f"{name} does not take {', '.join(sorted(unknown))}.")
    if missing:
        raise TemplateSyntaxError(f"{name} is missing {', '.join(missing)}.")


def _given(**values: Any) -> dict[str, Any]:
    return values


def _declared(filename: str) -> ArgumentsNode:
    nodes: NodeList = Engine.get_default().get_template(filename).nodelist
    for node in nodes.get_nodes_by_type(ArgumentsNode):
        if isinstance(node, ArgumentsNode):
            return node
    raise TemplateSyntaxError(f"{filename} doesn't declare its arguments.")
