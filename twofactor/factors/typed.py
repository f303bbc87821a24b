"""Parses codes as people type and paste them."""

import unicodedata

LONGEST = 500
"""In characters; a longer text is no code."""
_PASSED_OVER = {"Cf", "Pd", "Zs"}
_MINUS = "\N{MINUS SIGN}"


def bare(text: str) -> str:
    """`text` without spaces, dashes and invisible format characters; empty if the text is too long."""
    return "".join(sign for sign in text if not _is_passed_over(sign)) if len(text) <= LONGEST else ""


def _is_passed_over(sign: str) -> bool:
    return sign.isspace() or sign == _MINUS or unicodedata.category(sign) in _PASSED_OVER
