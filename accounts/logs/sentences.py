"""A row of the log in words: what was done, and its detail. Pure.

Every detail is shown, known or not, so that rows of later and earlier versions can be read, too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext

from accounts import moments
from accounts.logs.words import (
    CHANGED,
    KEYS_OF_ENDS,
    LABELS,
    LABELS_OF_EVENTS,
    MOMENTS,
    NAMES_ONLY,
    PERMISSIONS,
    TOLD,
    VALUES,
    WITH_PERMISSIONS,
    WITH_WORDS,
    WORDS,
)
from accounts.visible import visible

_PLACES = {key: place for place, key in enumerate(LABELS)}
_NEEDS = re.compile(r"(\w+)(?:, (\d{1,5}) min)?", re.ASCII)
MANY = 3


@dataclass(frozen=True)
class LogDetail:
    label: str
    text: str
    short: str
    """The same in short."""


def action(event: str, outcome: str) -> str:
    """What was done or attempted."""
    return str(TOLD.get((event, outcome)) or LABELS_OF_EVENTS.get(event, event))


def facts(event: str, detail: Mapping[str, Any]) -> list[LogDetail]:
    """Each part of the detail with its name, in the order of LABELS. `old` and `new` are combined: “Name: Ada → Eve”.

    PostgreSQL does not keep the order in which they were written.
    """
    left = dict(detail)
    said = _change(event, left) + _page(left)
    return said + [_fact(key, left[key]) for key in sorted(left, key=_place) if left[key] != []]


def _place(key: str) -> int:
    return _PLACES.get(key, len(_PLACES))


def _change(event: str, left: dict[str, Any]) -> list[LogDetail]:
    what = left.pop("field", event)
    label = str(CHANGED.get(what, gettext("Change")))
    if "old" not in left or "new" not in left:
        return [] if what == event else [LogDetail(gettext("Changed"), label, label)]
    key = "" if what in NAMES_ONLY else KEYS_OF_ENDS.get(what, "old")
    old, new = (_text(key, left.pop(end)) for end in ("old", "new"))
    text = f"{old or '–'} → {new or '–'}"
    return [LogDetail(label, text, text)]


def _page(left: dict[str, Any]) -> list[LogDetail]:
    """The page that was refused; the method only where it isn't GET."""
    if "path" not in left or "method" not in left:
        return []
    method, path = left.pop("method"), left.pop("path")
    text = visible(path if method == "GET" else f"{method} {path}")
    return [LogDetail(gettext("Page"), text, text)]


def _fact(key: str, value: Any) -> LogDetail:
    label = str(LABELS.get(key, key.replace("_", " ").capitalize()))
    return LogDetail(visible(label), _text(key, value), _short(key, value))


def summary(found: list[LogDetail]) -> str:
    return " · ".join(f"{fact.label}: {fact.short}" for fact in found)


def _text(key: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(WORDS["yes" if value else "no"])
    if isinstance(value, list):
        words = PERMISSIONS if key in WITH_PERMISSIONS else {}
        return ", ".join(str(words.get(str(entry), visible(str(entry)))) for entry in value)
    if key in MOMENTS and (moment := moments.read(value)):
        return moments.in_words(moment)
    if key == "needs" and (needs := _NEEDS.fullmatch(str(value))):
        return needs_of(needs[1], int(needs[2]) if needs[2] else None)
    words = WORDS if key in WITH_WORDS else VALUES.get(key, {})
    return str(words.get(str(value), visible(str(value))))


def needs_of(needs: str, minutes: int | None) -> str:
    """What somebody needs to open an application: the code of it, and how old their proof may be."""
    needs = str(VALUES["needs"].get(needs, needs))
    if minutes is None:
        return needs
    within = ngettext(
        "%(needs)s, confirmed within %(minutes)d minute",
        "%(needs)s, confirmed within %(minutes)d minutes",
        minutes,
    )
    return within % {"needs": needs, "minutes": minutes}


def _short(key: str, value: Any) -> str:
    if isinstance(value, list) and len(value) > MANY:
        return ngettext("%(number)s entry", "%(number)s entries", len(value)) % {"number": len(value)}
    return _text(key, value)
