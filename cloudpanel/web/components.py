"""`{% component "notice" kind="warning" text=text %}`: a part of a page with arguments of its own.

The template `components/NAME.html` begins with `{% arguments text kind="info" %}`, which declares them; one with a
value is optional. It sees its arguments and nothing else of the page except the CSRF token. An unknown or missing
argument is a TemplateSyntaxError when the page is compiled.
"""

from django import template
from django.template import Context, Engine, Node, Template, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs

register = template.Library()


class ArgumentsNode(Node):
    def __init__(self, required: list[str], optional: dict[str, FilterExpression]) -> None:
        self.required, self.optional = required, optional

    def render(self, context: Context) -> str:
        return ""


class ComponentNode(Node):
    """A component in a page; both templates are compiled at the same time.

    Django's InclusionNode looks the template up and copies the whole context each time: 6 % of a page of 50 users.
    """

    def __init__(self, template: Template, arguments: dict[str, FilterExpression]) -> None:
        self.template, self.arguments = template, arguments

    def render(self, context: Context) -> str:
        values = {name: value.resolve(context) for name, value in self.arguments.items()}
        values["csrf_token"] = context.get("csrf_token")
        inner = Context(values, context.autoescape, context.use_l10n, context.use_tz)
        inner.template, inner.render_context = context.template, context.render_context
        return self.template.render(inner)


@register.tag
def arguments(parser: Parser, token: Token) -> ArgumentsNode:
    """Declares the arguments of a component."""
    pairs = [bit.partition("=") for bit in token.split_contents()[1:]]
    optional = {name: parser.compile_filter(default) for name, equals, default in pairs if equals}
    return ArgumentsNode([name for name, equals, _default in pairs if not equals], optional)


@register.tag
def component(parser: Parser, token: Token) -> ComponentNode:
    """Renders `components/NAME.html`. The name is a literal; arguments are given by name."""
    _tag, quoted, *bits = token.split_contents()
    template = Engine.get_default().get_template(f"components/{quoted[1:-1]}.html")
    declared = _declared(template)
    given = token_kwargs(bits, parser)
    _check(f"component {quoted}", declared, given, rest=bits)
    return ComponentNode(template, {**declared.optional, **given})


def _check(name: str, declared: ArgumentsNode, given: dict[str, FilterExpression], rest: list[str]) -> None:
    unknown = [*(given.keys() - {*declared.required, *declared.optional}), *rest]
    missing = [argument for argument in declared.required if argument not in given]
    if unknown:
        raise TemplateSyntaxError(f"{name} does not take {', '.join(sorted(unknown))}.")
    if missing:
        raise TemplateSyntaxError(f"{name} is missing {', '.join(missing)}.")


def _declared(template: Template) -> ArgumentsNode:
    for node in template.nodelist.get_nodes_by_type(ArgumentsNode):
        if isinstance(node, ArgumentsNode):
            return node
    raise TemplateSyntaxError(f"{template.name} doesn't declare its arguments.")
