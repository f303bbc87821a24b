"""No page sends a character that can't be seen and changes how the text around it is read.

Right-to-left overrides, zero-width characters and their like (Unicode's format characters) that somebody put into a
name or an address are shown as their number, [U+202E]: in texts, titles and attributes, in the panel and in Django
admin. Form fields and queries read such a number as the character again (`visible.unmarked`), so a form saved unchanged
changes nothing. Joiners that shape the letters or emoji around them are sent as they are.
"""

import unicodedata
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts import visible

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
    if not any(unicodedata.category(sign) in visible.FORMAT for sign in set(beyond_ascii)):
        return
    page = response.content.decode(response.charset)
    response.content = visible.marked(page, visible.FORMAT).encode(response.charset)
    if response.has_header("Content-Length"):
        response.headers["Content-Length"] = str(len(response.content))
