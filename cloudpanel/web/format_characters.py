"""Makes invisible characters visible that change how the text around them reads.

Right-to-left overrides, zero-width characters and other format characters of Unicode that somebody has put into a name
are shown as their code, [U+202E]: in texts, titles and attributes, in the panel and in Django admin. Form fields and
queries convert the code back (`visible.unmarked`), so saving an unchanged form changes nothing. Joiners that shape the
letters or emoji around them are kept.
"""

import unicodedata
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts import visible

_ASCII = bytes(range(128))


class VisibleFormatCharacters:
    """Works on the rendered page, so that no template, widget or tag can be forgotten."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponse) and response.headers.get("Content-Type", "").startswith("text/html"):
            _make_visible(response)
        return response


def _make_visible(response: HttpResponse) -> None:
    """Checks the distinct non-ASCII characters first: hardly any page has something to replace."""
    if response.content.isascii():
        return
    beyond_ascii = response.content.translate(None, _ASCII).decode(response.charset, "replace")
    if not any(unicodedata.category(char) in visible.FORMAT for char in set(beyond_ascii)):
        return
    page = response.content.decode(response.charset)
    response.content = visible.marked(page, visible.FORMAT).encode(response.charset)
    if response.has_header("Content-Length"):
        response.headers["Content-Length"] = str(len(response.content))
