"""Numbers and limits in texts, with digits grouped as the language does."""

from django.utils.formats import number_format
from django.utils.functional import Promise, lazy


class Grouped(int):
    """A number that `str()` and templates show with its digits grouped as the language does."""

    def __str__(self) -> str:
        return number_format(int(self), force_grouping=True)


def _filled_in(text: str | Promise, limits: dict[str, int]) -> str:
    return str(text) % {name: Grouped(limit) for name, limit in limits.items()}


_later = lazy(_filled_in, str)


def limited(text: str | Promise, limit: int, **others: int) -> str:
    """`text` with %(limit)s and others filled in when it is shown: "1,024" in English, "1.024" in German."""
    return _later(text, {"limit": limit, **others})
