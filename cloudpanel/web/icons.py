"""`{% lucide %}`: an icon as inline SVG, cached by name and size; the package would render it each time."""

from functools import cache

from django import template
from lucide.templatetags.lucide import lucide

register = template.Library()
register.simple_tag(cache(lucide), name="lucide")
