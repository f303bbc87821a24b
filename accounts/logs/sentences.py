"""A row of the log in words: what was done, and its detail. Pure.

Every detail is shown, known or not, so that rows of later and earlier versions can be read, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import moments
from accounts.models import Event, MailFailure, Outcome
from accounts.permissions import CATALOGUE
from accounts.visible import visible

Text = str | Promise

LABELS_OF_EVENTS: dict[str, Text] = dict(Event.choices)
# Where what came of it makes another sentence.
TOLD: dict[tuple[str, str], Text] = {
    (Event.SIGN_IN_PASSWORD, Outcome.OK): _("Correct password"),
    (Event.SIGN_IN_PASSWORD, Outcome.FAILED): _("Wrong password"),
    (Event.SIGN_IN_CODE, Outcome.OK): _("Correct password and code"),
    (Event.SIGN_IN_CODE, Outcome.FAILED): _("Wrong code"),
    (Event.SIGN_IN_KEY, Outcome.FAILED): _("Security key refused"),
    (Event.TWO_FACTOR_SETUP_CODE, Outcome.OK): _("Correct setup code"),
    (Event.TWO_FACTOR_SETUP_CODE, Outcome.FAILED): _("Wrong setup code"),
    (Event.CONFIRMED, Outcome.FAILED): _("Confirmation failed: wrong password or code"),
}
# What `old` and `new` are the values of.
CHANGED: dict[str, Text] = {
    Event.TWO_FACTOR_REQUIRED: _("2FA required"),
    Event.TWO_FACTOR_PLANNED: _("2FA required from"),
    Event.USER_NAME: _("Name"),
    Event.KEY_RENAMED: _("Name"),
    Event.USER_EMAIL: _("Email"),
    Event.USER_ROLE: _("Role"),
    Event.USER_STATE: _("Status"),
    Event.USER_LANGUAGE: _("Language"),
    Event.USER_EMAIL_REQUESTED: _("Email"),
    Event.USER_ADMIN: _("Admin"),
    Event.CONTRACT_CHANGED: _("Name"),
    "name": _("Name"),
    "description": _("Description"),
    "state": _("State"),
    "permissions": _("Permissions"),
    "origin": _("Origin"),
    "access": _("Who may open it"),
    "needs": _("Needs"),
    "guard": _("Guard"),
    "openid": _("OpenID Connect"),
}
LABELS: dict[str, Text] = {
    "name": _("Name"),
    "username": _("Username"),
    "email": _("Email"),
    "role": _("Role"),
    "state": _("Status"),
    "owner": _("Owner"),
    "number": _("Number"),
    "origin": _("Origin"),
    "guard": _("Guard"),
    "proxy": _("Proxy"),
    "before": _("Older than"),
    "waits": _("Waits ended"),
    "count": _("Count"),
    "repeated": _("Repeated since the last entry"),
    "with": _("With"),
    "cleared": _("Second factors cleared"),
    "clock_steps": _("Clock off by (30-second steps)"),
    "must_change_password": _("Must choose a new password"),
    "two_factor_required": _("2FA required"),
    "two_factor_required_from": _("2FA required from"),
    "permissions": _("Permissions"),
    "added": _("Added"),
    "removed": _("Removed"),
    "cloned_from": _("Cloned from"),
    "period": _("Period"),
    "from": _("From"),
    "to": _("To"),
    "admin": _("Admin"),
    "rotated": _("Re-encrypted"),
    "unreadable": _("Unreadable"),
    "sessions": _("Sessions ended"),
    "left": _("Codes left"),
    "by": _("Via"),
    "where": _("Where"),
    "mail": _("Email"),
    "server": _("Mail server"),
    "created": _("Created"),
    "changed": _("Changed"),
    "application": _("Application"),
    "reason": _("Reason"),
    "secret": _("Secret"),
    "redirect_uris": _("Redirect addresses"),
    "post_logout_redirect_uris": _("Addresses after logout"),
    "backchannel_logout_uri": _("Back-channel logout address"),
    "client_authentication": _("How the application sends its secret"),
    "pkce_required": _("PKCE required"),
    "why": _("Why"),
    "entries_left": _("Attempts left"),
}
WORDS: dict[str, Text] = {
    "yes": _("Yes"),
    "no": _("No"),
    "active": _("Active"),
    "deactivated": _("Deactivated"),
    "disabled": _("Disabled"),
    "unknown": _("unknown"),
    "admin": _("admin"),
    "no admin": _("no admin"),
    **dict(settings.LANGUAGES),
}
# What else the panel writes itself, under one name only.
_PLACES = {key: place for place, key in enumerate(LABELS)}
VALUES: dict[str, dict[str, Text]] = {
    "with": {"password": _("password"), "code": _("code"), "key": _("security key"), "passkey": _("passkey")},
    "by": {"profile": _("profile"), "link": _("link")},
    "where": {"login": _("login"), "confirm": _("confirmation")},
    "server": dict(MailFailure.choices),
    "secret": {"created": _("created"), "removed": _("removed"), "all removed": _("all removed")},
    "client_authentication": {
        "basic": _("In the header (client_secret_basic)"),
        "post": _("In the form (client_secret_post)"),
        "none": _("None: the application can't keep a secret"),
    },
    "reason": {
        "stranger": _("account of another contract"),
        "application_disabled": _("application disabled"),
        "role_disabled": _("role disabled"),
        "role": _("not for this role"),
        "setup": _("2FA not set up"),
        "passkey": _("no security key or passkey"),
        "confirm": _("confirmation too old"),
    },
    "why": {
        "wrong_words": _("wrong words three times"),
        "expired": _("nobody answered in time"),
        "login_ended": _("the login that asked has ended"),
        "account_changed": _("the account changed meanwhile"),
        "asked_anew": _("the same browser asked again"),
    },
    "mail": {
        "help": _("request for help"),
        "notice": _("notice"),
        "invitation": _("invitation"),
        "reset": _("reset"),
        "new_email": _("new email"),
    },
}
# Only these hold words of the panel's own; elsewhere somebody may be called "Active" in earnest.
MOMENT = "two_factor_required_from"
KEYS_OF_ENDS: dict[str, str] = {Event.TWO_FACTOR_PLANNED: MOMENT}
"""As what `old` and `new` are read, where it is neither a word nor a name."""
WITH_WORDS = frozenset(
    {"old", "new", "state", "username", "two_factor_required", MOMENT, "must_change_password", "cleared"}
)
NAMES_ONLY = frozenset(
    {
        Event.USER_NAME,
        Event.KEY_RENAMED,
        Event.USER_ROLE,
        Event.USER_EMAIL,
        Event.USER_EMAIL_REQUESTED,
        Event.CONTRACT_CHANGED,
        "name",
    }
)
PERMISSIONS = {p.key: p.label for section in CATALOGUE for p in section.permissions}
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
        return ", ".join(str(PERMISSIONS.get(entry, visible(str(entry)))) for entry in value)
    if key == MOMENT and (moment := moments.read(value)):
        return moments.in_words(moment)
    text, words = str(value), WORDS if key in WITH_WORDS else VALUES.get(key, {})
    return str(words.get(text, visible(text)))


def _short(key: str, value: Any) -> str:
    if isinstance(value, list) and len(value) > MANY:
        return ngettext("%(number)s entry", "%(number)s entries", len(value)) % {"number": len(value)}
    return _text(key, value)
