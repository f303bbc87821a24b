"""The words for what a row of the log contains, by event, name of a detail, and code."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Event, MailFailure, Outcome
from accounts.permissions import CATALOGUE
from accounts.texts import Text

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
# Other codes, by the detail that has them.
VALUES: dict[str, dict[str, Text]] = {
    "access": {"everybody": _("Everybody in this contract")},
    "needs": {
        "login": _("Login"),
        "two_factor": _("Two-factor authentication"),
        "passkey": _("Security key or passkey"),
    },
    "with": {
        "password": _("password"),
        "code": _("code"),
        "recovery_code": _("recovery code"),
        "key": _("security key"),
        "passkey": _("passkey"),
    },
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
        "forgot": _("request for a new password"),
        "fault": _("error report"),
    },
}
MOMENTS = frozenset({"two_factor_required_from", "before"})
# As what `old` and `new` of a change are read, where it is neither one of WORDS nor a name.
KEYS_OF_ENDS: dict[str, str] = {
    Event.TWO_FACTOR_PLANNED: "two_factor_required_from",
    "access": "access",
    "needs": "needs",
}
# Details whose value is a code that WORDS translates. Elsewhere somebody may be called "Active" in earnest.
WITH_WORDS = frozenset(
    {
        "old",
        "new",
        "state",
        "username",
        "two_factor_required",
        "two_factor_required_from",
        "must_change_password",
        "cleared",
    }
)
# Changes whose `old` and `new` were typed by people.
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
PERMISSIONS: dict[str, Text] = {p.key: p.label for section in CATALOGUE for p in section.permissions}
WITH_PERMISSIONS = frozenset({"permissions", "added", "removed"})
