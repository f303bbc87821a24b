"""`|flatatt`: the attributes of a form's field by Django's own function, which a widget's template can't call itself.

Django's template for them takes four times as long, attribute by attribute. What was written out is kept, by name and
value: a field has the same attributes at each request.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django import template
from django.forms.utils import flatatt

register = template.Library()


@register.filter("flatatt")
def written_out(attrs: Mapping[str, Any]) -> str:
    """What is not on, off or missing becomes text first: in which language is decided now.

    `maxlength` is left out: a browser cuts what is pasted without a word, where the field has a sentence for it.
    """
    return _written_out(tuple([(name, _plain(value)) for name, value in attrs.items() if name != "maxlength"]))


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) else str(value)


@lru_cache(maxsize=1000)
def _written_out(attrs: tuple[tuple[str, Any], ...]) -> str:
    return flatatt(dict(attrs))
