"""What readers of a notice can do if it wasn't them."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Event, Notice, User


def advice(notice: Notice) -> str:
    """Only what the reader can do: a link if it is mailed to them, and only people whom they can ask."""
    names = {"name": notice.actor_label, "username": notice.about, "url": _new_password_url(notice.user)}
    names |= {
        name: settings.PUBLIC_URL + reverse(name) for name in ("security_keys", "profile_email", "profile_password")
    }
    if notice.about:
        return (
            _(
                "Ask this person whether it was them. If it was not, set a new password for %(username)s under "
                "Management > Users."
            )
            % names
        )
    if notice.event in (Event.PASSWORD_REVOKED, Event.PASSWORD_BLOCKED):
        return (_RESET_OR_ASK_OPERATOR if _decides_alone(notice.user) else _RESET_OR_ASK_OWNER) % names
    if notice.event == Event.TEN_WRONG_CODES:
        return _("If this was not you, somebody knows your password. Choose a new one now: %(url)s") % names
    if notice.event == Event.HELP_APPROVED and notice.actor_label:
        return _("If this was not you, call %(name)s at once: somebody else is setting up your account.") % names
    if notice.actor_label:
        return _("If you didn't expect this, ask %(name)s.") % names
    if not notice.ip:
        return _("If you didn't expect this, ask the operator of this panel.")
    if notice.event in _NOT_ME:
        return str(_NOT_ME[Event(notice.event)][_decides_alone(notice.user)]) % names
    if _decides_alone(notice.user):
        return _("If this was not you, choose a new password now: %(url)s") % names
    return _("If this was not you, tell the account owner and choose a new password now: %(url)s") % names


_RESET_OR_ASK_OWNER = gettext_lazy(
    "To log in again, reset your password at %(url)s or ask the account owner for a new one."
)
_RESET_OR_ASK_OPERATOR = gettext_lazy(
    "To log in again, reset your password at %(url)s or ask whoever runs the panel for a new one."
)


_PAGES = ("profile_email", "profile_password", "security_keys")
_ANOTHER_KEY = (
    gettext_lazy(
        "If this was not you, tell the account owner, remove the key at %(security_keys)s and choose a new password "
        "at %(profile_password)s"
    ),
    gettext_lazy(
        "If this was not you, remove the key at %(security_keys)s and choose a new password at %(profile_password)s"
    ),
)
_ANOTHER_ADDRESS = (
    gettext_lazy(
        "If this was not you, tell the account owner, log in, enter your own address again at %(profile_email)s and "
        "choose a new password at %(profile_password)s"
    ),
    gettext_lazy(
        "If this was not you, log in, enter your own address again at %(profile_email)s and choose a new password at "
        "%(profile_password)s"
    ),
)
_ANOTHER_PHONE = (
    gettext_lazy(
        "If this was not you, ask the account owner to reset your 2FA, and choose a new password now: %(url)s"
    ),
    gettext_lazy(
        "If this was not you, ask whoever runs the panel to reset your 2FA, and choose a new password now: %(url)s"
    ),
)
_NOT_ME = {
    Event.KEY_ADDED: _ANOTHER_KEY,
    Event.USER_EMAIL: _ANOTHER_ADDRESS,
    Event.TWO_FACTOR_ACTIVATED: _ANOTHER_PHONE,
    Event.TWO_FACTOR_MOVED: _ANOTHER_PHONE,
}
"""Where a new password alone would leave a factor or the address to somebody else: for people with an account owner,
and for owners and admins."""


def _decides_alone(reader: User) -> bool:
    """An owner or an admin, who has no account owner to ask."""
    return reader.contract_id is None


def _new_password_url(reader: User) -> str:
    """By a mailed link if mail reaches them. Others read this after a login and can change it in the profile."""
    if reader.email and settings.MAIL_ENABLED:
        return settings.PUBLIC_URL + reverse("password_forgot")
    return settings.PUBLIC_URL + reverse("profile_password")
