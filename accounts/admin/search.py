"""The search of Django admin, by the same rules as the searches of the panel.

Django's `icontains` folds in the database, where "I" may become "ı" (PostgreSQL under Turkish rules).
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.models import Field, Model, Q
from django.utils.text import smart_split, unescape_string_literal

from accounts import folding, visible
from accounts.models.texts import FoldedField, SortKeyField

MAX_WORDS = 20
"""Further words are ignored, since SQLite limits the depth of expressions."""


def matching(model: type[Model], fields: Sequence[str], text: str) -> Q:
    """Rows that contain every word of the text in any of these fields. Text in quotes counts as one word."""
    found = Q()
    for word in islice(_words(folding.nfc(visible.unmarked(text))), MAX_WORDS):
        either = Q()
        for path in fields:
            either |= _contains(model, path, word)
        found &= either
    return found


def _words(text: str) -> Iterator[str]:
    for word in smart_split(text):
        quoted = word[0] in "\"'" and word[0] == word[-1] and len(word) > 1
        yield unescape_string_literal(word) if quoted else word


def _contains(model: type[Model], path: str, word: str) -> Q:
    match _field(model, path):
        case SortKeyField():
            return Q((f"{path}__contains", folding.plain(word)))
        case FoldedField():
            return Q((f"{path}__contains", folding.folded(word)))
    found = Q()
    for spelling in folding.spellings(word):
        found |= Q((f"{path}__ascii_lower__contains", spelling))
    return found


def _field(model: type[Model], path: str) -> "Field[Any, Any]":
    """The last field of a path such as `owner__username`."""
    first, _, rest = path.partition("__")
    field = model._meta.get_field(first)
    return _field(field.related_model, rest) if rest else field  # type: ignore[arg-type,return-value]
