"""Parses codes as people type and paste them."""

import unicodedata

LONGEST = 500
"""In characters; a longer text is no code."""
_PASSED_OVER = {"Cf", "Pd", "Zs"}
_MINUS = "\N{MINUS SIGN}"


def bare(text: str) -> str:
    """`text` without spaces, dashes and invisible format characters; empty if the text is too long."""
    return "".join(char for char in text if not _is_passed_over(char)) if len(text) <= LONGEST else ""


def _is_passed_over(char: str) -> bool:
    return char.isspace() or char == _MINUS or unicodedata.category(char) in _PASSED_OVER
