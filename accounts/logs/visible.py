"""Text from outside, made harmless to look at. Pure.

The rule: a sign that can't be seen, or that would reorder what stands around it, is shown as its number.
"""

import unicodedata

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    """`text` with control and format characters (line ends, right-to-left marks) as [U+202E]."""
    if text.isprintable():
        return text
    return "".join(mark(sign) if unicodedata.category(sign) in HIDDEN else sign for sign in text)


def mark(sign: str) -> str:
    return f"[U+{ord(sign):04X}]"
