"""Limits in messages, with digits grouped as the language does."""

from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.functional import Promise, lazystr

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class _Limited:
    def __init__(self, text: str | Promise, limit: int) -> None:
        self.text = text
        self.limit = limit

    def __str__(self) -> str:
        return str(self.text) % {"limit": number_format(self.limit, force_grouping=True)}


def limited(text: str | Promise, limit: int) -> "_StrPromise":
    """`text` with %(limit)s filled in when it is shown: "1,024" in English, "1.024" in German."""
    return lazystr(_Limited(text, limit))
