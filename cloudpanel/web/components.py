"""`{% component "notice" kind="warning" text=text %}`: a part of a page with arguments of its own.

The template `components/NAME.html` begins with `{% arguments text kind="info" %}`, which declares them; one with a
value is optional. It sees its arguments and nothing else of the page except the CSRF token. An unknown or missing
argument is a TemplateSyntaxError when the page is compiled.

One that begins with `{% fixed_arguments %}` depends on its arguments and the language alone, and gets no CSRF token.
Its texts are remembered, so its arguments may have a few values only, and none that people type.
"""

from django import template
from django.template import Context, Engine, Node, Template, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.utils.translation import get_language

register = template.Library()


class ArgumentsNode(Node):
    def __init__(self, required: list[str], optional: dict[str, FilterExpression], *, fixed: bool) -> None:
        self.required, self.optional, self.fixed = required, optional, fixed

    def render(self, context: Context) -> str:
        return ""


class ComponentNode(Node):
    """A component in a page; both templates are compiled at the same time.

    Django's InclusionNode looks the template up and copies the whole context each time: 6 % of a page of 50 users.
    """

    def __init__(self, template: Template, arguments: dict[str, FilterExpression]) -> None:
        self.template, self.arguments = template, arguments

    def render(self, context: Context) -> str:
        return self.drawn(context, {**self.values(context), "csrf_token": context.get("csrf_token")})

    def values(self, context: Context) -> dict[str, object]:
        return {name: value.resolve(context) for name, value in self.arguments.items()}

    def drawn(self, context: Context, values: dict[str, object]) -> str:
        inner = Context(values, context.autoescape, context.use_l10n, context.use_tz)
        inner.template, inner.render_context = context.template, context.render_context
        return self.template.render(inner)


class FixedComponentNode(ComponentNode):
    """Remembers its texts: what is the same on every page was 5 % of the Python calls of a login."""

    def __init__(self, template: Template, arguments: dict[str, FilterExpression]) -> None:
        super().__init__(template, arguments)
        self.texts: dict[tuple[object, ...], str] = {}

    def render(self, context: Context) -> str:
        values = self.values(context)
        key = (get_language(), context.autoescape, *values.values())
        if key not in self.texts:
            self.texts[key] = self.drawn(context, values)
        return self.texts[key]


@register.tag
def arguments(parser: Parser, token: Token) -> ArgumentsNode:
    """Declares the arguments of a component."""
    return _arguments(parser, token, fixed=False)


@register.tag
def fixed_arguments(parser: Parser, token: Token) -> ArgumentsNode:
    """Declares those of a component that is the same for the same arguments."""
    return _arguments(parser, token, fixed=True)


def _arguments(parser: Parser, token: Token, *, fixed: bool) -> ArgumentsNode:
    pairs = [bit.partition("=") for bit in token.split_contents()[1:]]
    optional = {name: parser.compile_filter(default) for name, equals, default in pairs if equals}
    return ArgumentsNode([name for name, equals, _default in pairs if not equals], optional, fixed=fixed)


@register.tag
def component(parser: Parser, token: Token) -> ComponentNode:
    """Renders `components/NAME.html`. The name is a literal; arguments are given by name."""
    _tag, quoted, *bits = token.split_contents()
    template = Engine.get_default().get_template(f"components/{quoted[1:-1]}.html")
    declared = _declared(template)
    given = token_kwargs(bits, parser)
    _check(f"component {quoted}", declared, given, rest=bits)
    node = FixedComponentNode if declared.fixed else ComponentNode
    return node(template, {**declared.optional, **given})


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
