"""`|flatatt`: renders the attributes of a form field with Django's function, which templates can't call.

Django's template for attributes takes four times as long. Results are cached, because fields have the same attributes
at each request.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django import template
from django.forms.utils import flatatt

register = template.Library()


@register.filter("flatatt")
def written_out(attrs: Mapping[str, Any]) -> str:
    """Converts values to text first, because lazy ones depend on the current language.

    `maxlength` is left out: browsers silently cut pasted text, whereas the form field shows an error.
    """
    return _written_out(tuple([(name, _plain(value)) for name, value in attrs.items() if name != "maxlength"]))


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) else str(value)


@lru_cache(maxsize=1000)
def _written_out(attrs: tuple[tuple[str, Any], ...]) -> str:
    return flatatt(dict(attrs))
