"""Numbers and limits in texts, with digits grouped as the language does."""

from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.functional import Promise, lazystr

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Grouped(int):
    """A number that `str()` and templates show with its digits grouped as the language does."""

    def __str__(self) -> str:
        return number_format(int(self), force_grouping=True)


class _Limited:
    def __init__(self, text: str | Promise, limits: dict[str, int]) -> None:
        self.text = text
        self.limits = limits

    def __str__(self) -> str:
        return str(self.text) % {name: Grouped(limit) for name, limit in self.limits.items()}


def limited(text: str | Promise, limit: int, **others: int) -> "_StrPromise":
    """`text` with %(limit)s and others filled in when it is shown: "1,024" in English, "1.024" in German."""
    return lazystr(_Limited(text, {"limit": limit, **others}))
