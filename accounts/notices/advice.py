"""What readers of a notice can do if it wasn't them."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Event, Notice, User


def advice(notice: Notice) -> str:
    """Only what the reader can do: a link if it is mailed to them, and only people whom they can ask."""
    names = {"name": notice.actor_label, "username": notice.about, "url": _new_password_url(notice.user)}
    names |= {page: settings.PUBLIC_URL + reverse(page) for page in _PAGES}
    if notice.about:
        return (
            _(
                "Ask this person whether it was them. If it was not, set a new password for %(username)s under "
                "Management > Users."
            )
            % names
        )
    if notice.event in (Event.PASSWORD_REVOKED, Event.PASSWORD_BLOCKED):
        return _said_to(notice.user, _LOCKED_OUT) % names
    if notice.event == Event.TEN_WRONG_CODES:
        return _("If this was not you, somebody knows your password. Choose a new one now: %(url)s") % names
    if notice.event == Event.HELP_APPROVED and notice.actor_label and notice.user.setup_browser:
        return _("If this was not you, call %(name)s at once: somebody else is setting up your account.") % names
    if notice.actor_label:
        return _("If you didn't expect this, ask %(name)s.") % names
    if not notice.ip:
        return _("If you didn't expect this, ask the operator of this panel.")
    return _said_to(notice.user, _NOT_ME.get(notice.event, _NEW_PASSWORD)) % names


@dataclass(frozen=True)
class Said:
    """A sentence for people with an account owner, and one for owners and admins, who have nobody to ask but the
    operator."""

    to_users: Promise
    to_owners: Promise


_PAGES = ("profile_email", "profile_password", "security_keys")
_LOCKED_OUT = Said(
    gettext_lazy("To log in again, reset your password at %(url)s or ask the account owner for a new one."),
    gettext_lazy("To log in again, reset your password at %(url)s or ask whoever runs the panel for a new one."),
)
_NEW_PASSWORD = Said(
    gettext_lazy("If this was not you, tell the account owner and choose a new password now: %(url)s"),
    gettext_lazy("If this was not you, choose a new password now: %(url)s"),
)
_ANOTHER_KEY = Said(
    gettext_lazy(
        "If this was not you, tell the account owner, remove the key at %(security_keys)s and choose a new password "
        "at %(profile_password)s"
    ),
    gettext_lazy(
        "If this was not you, remove the key at %(security_keys)s and choose a new password at %(profile_password)s"
    ),
)
_ANOTHER_ADDRESS = Said(
    gettext_lazy(
        "If this was not you, tell the account owner, log in, enter your own address again at %(profile_email)s and "
        "choose a new password at %(profile_password)s"
    ),
    gettext_lazy(
        "If this was not you, log in, enter your own address again at %(profile_email)s and choose a new password at "
        "%(profile_password)s"
    ),
)
_ANOTHER_PHONE = Said(
    gettext_lazy(
        "If this was not you, ask the account owner to reset your 2FA, and choose a new password now: %(url)s"
    ),
    gettext_lazy(
        "If this was not you, ask whoever runs the panel to reset your 2FA, and choose a new password now: %(url)s"
    ),
)
_NOT_ME: dict[str, Said] = {
    Event.KEY_ADDED: _ANOTHER_KEY,
    Event.USER_EMAIL: _ANOTHER_ADDRESS,
    Event.TWO_FACTOR_ACTIVATED: _ANOTHER_PHONE,
    Event.TWO_FACTOR_MOVED: _ANOTHER_PHONE,
}
"""Where a new password alone would leave a factor or the address to somebody else."""


def _said_to(reader: User, said: Said) -> str:
    return str(said.to_owners if _decides_alone(reader) else said.to_users)


def _decides_alone(reader: User) -> bool:
    """An owner or an admin, who has no account owner to ask."""
    return reader.contract_id is None


def _new_password_url(reader: User) -> str:
    """By a mailed link if mail reaches them. Others read this after a login and can change it in the profile."""
    if reader.email and settings.MAIL_ENABLED:
        return settings.PUBLIC_URL + reverse("password_forgot")
    return settings.PUBLIC_URL + reverse("profile_password")
