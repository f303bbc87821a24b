"""`{% asset "css/base.css" %}`: the URL of a static file, looked up once.

No file of a running panel changes. A page has a dozen of them: Django's `{% static %}`, which looks each up anew, is
4 % of the Python calls of a login.
"""

from functools import cached_property

from django import template
from django.template import Context, Node
from django.template.base import Parser, Token
from django.templatetags.static import static
from django.utils.html import escape

register = template.Library()


class AssetNode(Node):
    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def url(self) -> str:
        """ValueError for a file that `collectstatic` has not found."""
        return escape(static(self.name))

    def render(self, context: Context) -> str:
        return self.url


@register.tag
def asset(_parser: Parser, token: Token) -> AssetNode:
    """The name is a literal."""
    _tag, quoted = token.split_contents()
    return AssetNode(quoted[1:-1])
