"""The menu of a row: what this viewer may do with it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class MenuItem:
    """An entry with the address of its page. Without an address it isn't shown."""

    text: str | Promise
    url: str
    icon: str
    danger: bool = False
    wish: str = ""
    """What the form of that page should already have chosen."""


def offered(items: Iterable[MenuItem]) -> list[MenuItem]:
    return [item for item in items if item.url]
