"""No page sends a character that can't be seen and changes how the text around it is read.

Right-to-left overrides, zero-width characters and their like (Unicode's format characters) that somebody put into a
name or an address are shown as their number, [U+202E]: in texts, titles and attributes, in the panel and in Django
admin. So a form shows them as such too, and saves what it shows. The panel's own texts hold none of them.
"""

import unicodedata
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.logs.visible import mark

CATEGORIES = frozenset({"Cf", "Zl", "Zp"})
_ASCII = bytes(range(128))


class VisibleFormatCharacters:
    """Works on the finished page, so that no template, widget or tag can forget it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponse) and response.headers.get("Content-Type", "").startswith("text/html"):
            _make_visible(response)
        return response


def _make_visible(response: HttpResponse) -> None:
    """Looks at the few distinct characters beyond ASCII first: hardly any page has something to replace."""
    beyond_ascii = response.content.translate(None, _ASCII).decode(response.charset, "replace")
    found = [sign for sign in set(beyond_ascii) if unicodedata.category(sign) in CATEGORIES]
    if not found:
        return
    known_browsers = {ord(sign): mark(sign) for sign in found}
    response.content = response.content.decode(response.charset).translate(known_browsers).encode(response.charset)
    if response.has_header("Content-Length"):
        response.headers["Content-Length"] = str(len(response.content))
