"""Three words that a browser shows, its person says on the phone and the account owner types.

There are two lists of 2,048 plain words each (33 bits for three words; three attempts are allowed). Words of a list
differ by at least two letters, and none sounds like another.
"""

import secrets
from functools import cache
from pathlib import Path

from django.utils.crypto import constant_time_compare

COUNT = 3
LANGUAGES = ("en", "de")


@cache
def listed(language: str) -> tuple[str, ...]:
    """The words of this language, or else the English ones, in alphabetical order."""
    name = language if language in LANGUAGES else LANGUAGES[0]
    return tuple(Path(__file__).with_name(f"words_{name}.txt").read_text(encoding="ascii").split())


@cache
def _all() -> frozenset[str]:
    return frozenset().union(*map(listed, LANGUAGES))


def draw(language: str) -> str:
    """Three different words separated by spaces."""
    return " ".join(secrets.SystemRandom().sample(listed(language), COUNT))


def normalized(text: str) -> str:
    """Ignores case, commas, hyphens and the number of spaces."""
    return " ".join("".join(char if char.isalnum() else " " for char in text.casefold()).split())


def are_three(typed: str) -> bool:
    return len(normalized(typed).split()) == COUNT


def match(typed: str, expected: str) -> bool:
    return constant_time_compare(normalized(typed), expected)


def unknown(typed: str) -> list[str]:
    """Words that are in neither list, because they were misheard or mistyped."""
    return [word for word in normalized(typed).split() if word not in _all()]
