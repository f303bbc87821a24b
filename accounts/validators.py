"""Rejects invalid values in URLs and queries, in one place."""

import re

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import folding, visible

QUERY_MAX_LENGTH = 200
ID_MAX = 2**63 - 1


def query_value(request: HttpRequest, name: str, *, max_length: int = QUERY_MAX_LENGTH) -> str:
    """One value of the query (NFC, marks of format characters converted back).

    Raises BadRequest (400) for NUL, for a value sent twice and for one that is too long.
    """
    values = request.GET.getlist(name)
    if len(values) > 1:
        raise BadRequest(_("“%(name)s” was sent twice.") % {"name": name})
    value = visible.unmarked(values[0]) if values else ""
    if len(value) > max_length:
        said = _("“%(name)s” is too long. Use at most %(number)d characters.")
        raise BadRequest(said % {"name": name, "number": max_length})
    if "\0" in value:
        raise BadRequest(_("“%(name)s” isn't valid.") % {"name": name})
    return folding.nfc(value.strip())


_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


def row_id(text: str) -> int | None:
    """The row id in `text`: a positive number that fits 64 bits, without leading zeros; otherwise None."""
    number = int(text) if _ID.fullmatch(text) else None
    return number if number and number <= ID_MAX else None


class IdConverter:
    """A row id in a URL; anything else doesn't match."""

    regex = _ID.pattern

    def to_python(self, value: str) -> int:
        number = row_id(value)
        if number is None:
            raise ValueError
        return number

    def to_url(self, value: int) -> str:
        return str(value)
