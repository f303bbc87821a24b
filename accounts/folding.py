"""Folds text that is compared, searched or sorted, in the same way on every database.

Databases have their own rules: SQLite folds ASCII letters only, and PostgreSQL follows the locale of the database, in
which "I" may become "ı". So text is folded here, and the stored keys are compared by code point.
"""

import string
import unicodedata
from typing import Literal

NORMALIZED_MAX_LENGTH = 5_000
PLAIN_MAX_LENGTH = 300
EXACT_MAX_LENGTH = 150
SORT_KEY_MAX_LENGTH = PLAIN_MAX_LENGTH + 1 + EXACT_MAX_LENGTH
FOLDED_GROWTH = 3
"""How much longer the folded form can be than its text: "ﬄ" becomes "ffl"."""

_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "þ": "th"})
_BEYOND_LATIN_AND_GREEK = "\u0400"
_SEPARATOR = "\x01"


def normalized(form: Literal["NFC", "NFD", "NFKD"], text: str) -> str:
    """In this form of Unicode UAX 15. Longer text than any field takes stays as it is: sorting its marks takes time by
    the square of their number, for which the interpreter does nothing else."""
    return unicodedata.normalize(form, text) if len(text) <= NORMALIZED_MAX_LENGTH else text


def nfc(text: str) -> str:
    """The composed spelling: "ä" as one code point, however it was typed."""
    return normalized("NFC", text)


def ascii_lower(text: str) -> str:
    """Lower case for usernames and email addresses, as the database's `LOWER(… COLLATE "C")`: only A to Z change."""
    return text.translate(_ASCII_LOWER)


def spellings(text: str) -> set[str]:
    """What to search for, by `ascii_lower`, in text without a folded column: the usual cases, composed and
    decomposed."""
    usual = {text} if text.isascii() else {text, text.lower(), text.upper(), text.title()}
    composed = {nfc(spelling) for spelling in usual}
    decomposed = {normalized("NFD", spelling) for spelling in usual}
    return set(map(ascii_lower, composed | decomposed))


def folded(text: str) -> str:
    """Equal for two texts that differ only in case or composition."""
    return nfc(nfc(text).casefold())


def plain(text: str) -> str:
    """Without case and, in Latin and Greek, without accents: "Özgür" becomes "ozgur", "Straße" becomes "strasse".

    Other scripts keep their marks, since these make different letters there ("й" and "и").
    """
    if text.isascii():
        return text.lower()
    kept, strip = [], False
    for char in normalized("NFKD", text).casefold():
        if not unicodedata.combining(char):
            strip = char < _BEYOND_LATIN_AND_GREEK
        elif strip:
            continue
        kept.append(char)
    return nfc("".join(kept)).translate(_LETTERS)


def sort_key(text: str) -> str:
    """A key that sorts as readers of German or English expect: "Özgür" between "Otto" and "Paul", after "Ozgur".

    It begins with the plain form, by which searches find the text. At most SORT_KEY_MAX_LENGTH characters.
    """
    first, exact = plain(text)[:PLAIN_MAX_LENGTH], folded(text)[:EXACT_MAX_LENGTH]
    return first if first == exact else f"{first}{_SEPARATOR}{exact}"
