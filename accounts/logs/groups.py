"""The events of the log in groups, as its filter offers them. Every event is in exactly one group."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Event

LABELS: dict[str, Promise] = {
    "logins": _("Logins"),
    "two_factor": _("2FA"),
    "users": _("Users"),
    "roles": _("Roles"),
    "applications": _("Applications"),
    "exports": _("Exports"),
    "system": _("System"),
}
_PREFIXES = {
    "two_factor_": "two_factor",
    "key_": "two_factor",
    "app_": "two_factor",
    "help_": "two_factor",
    "recovery_codes_": "two_factor",
    "user_": "users",
    "role_": "roles",
    "application_": "applications",
    "contract_": "system",
}
_BY_NAME: dict[str, str] = {
    Event.SIGN_IN: "logins",
    Event.SIGN_IN_PASSWORD: "logins",
    Event.SIGN_IN_CODE: "logins",
    Event.SIGN_IN_KEY: "logins",
    Event.SIGN_OUT: "logins",
    Event.CODE_REPLAYED: "logins",
    Event.THROTTLED: "logins",
    Event.TEN_WRONG_CODES: "logins",
    Event.PASSWORD_REVOKED: "logins",
    Event.PASSWORD_BLOCKED: "users",
    Event.CONFIRMED: "logins",
    Event.ACCESS_REFUSED: "logins",
    Event.RECOVERY_CODE_USED: "logins",
    Event.SESSION_ENDED: "logins",
    Event.SESSIONS_ENDED: "logins",
    Event.RESET_REQUESTED: "logins",
    Event.SECRET_UNREADABLE: "two_factor",
    Event.KEYS_ROTATED: "two_factor",
    Event.INVITED: "users",
    Event.GUARD_REFUSED: "applications",
    Event.SIGNING_KEYS_ROTATED: "applications",
    Event.USERS_EXPORTED: "exports",
    Event.USERS_IMPORTED: "exports",
    Event.LOGS_EXPORTED: "exports",
    Event.OWNER_CREATED: "system",
    Event.MAIL_FAILED: "system",
    Event.LOGS_TRIMMED: "system",
}


def group_of(event: str) -> str:
    """The group by the event's name, or else by its prefix; empty if the event has none."""
    return _BY_NAME.get(event) or next((group for start, group in _PREFIXES.items() if event.startswith(start)), "")


def events_of(group: str) -> list[str]:
    return [event for event in Event.values if group_of(event) == group]


def choice(group: str) -> str:
    """How a URL names a group, where it could name an event."""
    return f"group:{group}"


CHOICES = {choice(group): group for group in LABELS}


def named(action: str) -> list[str]:
    """The events that a value of the filter means: those of a group, or a single one."""
    return events_of(CHOICES[action]) if action in CHOICES else [action]


def choices() -> list[tuple[Promise, list[tuple[str, str]]]]:
    """Each group as a whole, then its events by name."""
    return [(label, [(choice(group), _whole(label)), *_named(group)]) for group, label in LABELS.items()]


def _whole(label: Promise) -> str:
    return gettext("%(group)s (all)") % {"group": label}


def _named(group: str) -> list[tuple[str, str]]:
    return sorted(((event, str(Event(event).label)) for event in events_of(group)), key=lambda pair: pair[1])
