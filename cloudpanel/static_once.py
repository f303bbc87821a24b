"""`{% static %}`: the address of a file, looked up once; no file of a running panel changes its name."""

from functools import cache

from django import template
from django.template.base import Parser, Token
from django.templatetags.static import StaticNode

register = template.Library()


class StaticOnce(StaticNode):
    handle_simple = staticmethod(cache(StaticNode.handle_simple))


@register.tag("static")
def static(parser: Parser, token: Token) -> StaticNode:
    return StaticOnce.handle_token(parser, token)
