"""Makes text from outside safe to display. Pure.

A character that can't be seen, or that would reorder the text around it, is shown as its number: [U+202E].
"""

import re
import unicodedata
from collections.abc import Set

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
FORMAT = frozenset({"Cf", "Zl", "Zp"})
"""Categories of the characters that no page sends; see `cloudpanel.web.format_characters`."""

_EMPTY = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U00016fe4\U0001d159")
"""Letters, marks and symbols that are blank: fillers, the Braille blank, the null notehead."""
_SELECTORS = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0000-\U000e0fff]")
"""Variation selectors, tags and reserved characters, which only change the character before them."""

_MARK = re.compile(r"\[U\+([0-9A-F]{4,5})\]")
_JOINERS = "\u200c\u200d"
_FIRST_JOINING_SCRIPT = "\u0600"
"""Arabic. The scripts below it (Latin, Greek, Cyrillic, Hebrew …) look the same with and without a joiner."""


def visible(text: str) -> str:
    """`text` with control and format characters (line breaks, right-to-left marks) as [U+202E]."""
    return text if text.isprintable() else marked(text, HIDDEN)


def marked(text: str, categories: Set[str]) -> str:
    """`text` with the characters of these categories as their numbers, except joiners that shape their neighbours."""
    hidden = [char for char in set(text) if unicodedata.category(char) in categories]
    if not hidden:
        return text
    pattern = re.compile(f"[{re.escape(''.join(hidden))}]")
    return pattern.sub(lambda found: found[0] if _joins(text, found.start()) else _mark(found[0]), text)


def unmarked(text: str) -> str:
    """`text` with each mark of a format character converted back to that character."""
    return _MARK.sub(_unmark, text)


def can_be_seen(text: str) -> bool:
    """Whether `text` has a visible character."""
    return any(unicodedata.category(char) not in _EMPTY and char not in _BLANK for char in _SELECTORS.sub("", text))


def _mark(char: str) -> str:
    return f"[U+{ord(char):04X}]"


def _unmark(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if unicodedata.category(char) in FORMAT else found[0]


def _joins(text: str, at: int) -> bool:
    """A zero-width joiner or non-joiner between two letters of a joining script, or between emoji."""
    return text[at] in _JOINERS and 0 < at < len(text) - 1 and _is_shaped(text[at - 1]) and _is_shaped(text[at + 1])


def _is_shaped(char: str) -> bool:
    """Letters, marks and symbols, including emoji, except those that are blank."""
    return char >= _FIRST_JOINING_SCRIPT and char not in _BLANK and unicodedata.category(char)[0] in "LMS"
