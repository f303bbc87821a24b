"""What a security notice says: what happened, when and from where, and what to do if one did not do it oneself."""

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import browsers
from accounts.models import Event, Notice

FEW_CODES = 3
Text = str | Promise
Choice = Callable[[Notice], Text]


def headline(notice: Notice) -> str:
    """What happened, without a full stop."""
    if notice.about:
        return str(_OWNERS[Event(notice.event)]) % {"username": notice.about}
    return _said(_HEADLINES[Event(notice.event)], notice)


def paragraphs(notice: Notice) -> list[str]:
    found = [f"{headline(notice)}.", consequence(notice), circumstances(notice), advice(notice)]
    return [text for text in found if text]


def consequence(notice: Notice) -> str:
    return "" if notice.about else _said(_CONSEQUENCES.get(Event(notice.event), ""), notice)


def circumstances(notice: Notice) -> str:
    where = {"at": date_format(notice.at, "DATETIME_FORMAT"), "ip": notice.ip, "browser": _browser(notice.user_agent)}
    if not notice.ip:
        return _("It happened on %(at)s UTC, on the server of the panel.") % where
    text = _("It happened on %(at)s UTC, from the address %(ip)s (%(browser)s).") % where
    if notice.actor_label:
        text += " " + _("It was done by %(name)s.") % {"name": notice.actor_label}
    return text


def advice(notice: Notice) -> str:
    names = {"name": notice.actor_label, "username": notice.about, "url": forgot_url()}
    if notice.about:
        return (
            _(
                "Ask this person whether it was them. If it was not, set a new password for %(username)s under "
                "Management > Users, or have them reset it at %(url)s"
            )
            % names
        )
    if notice.event == Event.PASSWORD_REVOKED:
        return _("To get in again, reset your password at %(url)s or ask the account owner for a new one.") % names
    if notice.event == Event.TEN_WRONG_CODES:
        return _("If this was not you, somebody knows your password: choose a new one at once at %(url)s") % names
    if notice.actor_label:
        return _("If you did not expect this, ask %(name)s.") % names
    if not notice.ip:
        return _("If you did not expect this, ask whoever runs the panel.")
    return _("If this was not you, tell the account owner and choose a new password at once at %(url)s") % names


def _browser(agent: str) -> str:
    """Never a browser's own words: whoever sends a request writes into them what they like."""
    words = browsers.in_words(agent)
    return _("unknown browser") if agent.startswith(words) else words


def forgot_url() -> str:
    return settings.PUBLIC_URL + reverse("password_forgot")


def _said(text: Text | Choice, notice: Notice) -> str:
    return str(text if isinstance(text, str | Promise) else text(notice))


def _required(notice: Notice) -> Text:
    if notice.detail.get("new") == "yes":
        return _("Two-factor authentication is now required for your account")
    return _("Two-factor authentication was cleared for your account")


def _after_required(notice: Notice) -> Text:
    if notice.detail.get("new") == "yes":
        return _("Without an authenticator app you can't go on: it is set up at the next click or log-in.")
    return _("Your authenticator and your recovery codes no longer work; only the password is asked for.")


def _state(notice: Notice) -> Text:
    if notice.detail.get("new") == "active":
        return _("Your account was activated")
    return _("Your account was deactivated")


def _after_state(notice: Notice) -> Text:
    return _("You can log in again.") if notice.detail.get("new") == "active" else _("You can't log in any more.")


def _codes_left(notice: Notice) -> Text:
    left = int(notice.detail.get("left", 0))
    text = ngettext("%(n)d code is left.", "%(n)d codes are left.", left) % {"n": left}
    if left <= FEW_CODES:
        text += " " + _("Make new ones in your profile under Security before you run out of them.")
    return text


_HEADLINES: dict[Event, Text | Choice] = {
    Event.USER_PASSWORD: gettext_lazy("Your password was changed"),
    Event.USER_EMAIL: gettext_lazy("The e-mail address of your account was changed"),
    Event.TWO_FACTOR_ACTIVATED: gettext_lazy("Two-factor authentication was activated for your account"),
    Event.TWO_FACTOR_MOVED: gettext_lazy("Two-factor authentication was set up on a new phone"),
    Event.TWO_FACTOR_DISABLED: gettext_lazy("Two-factor authentication was switched off for your account"),
    Event.TWO_FACTOR_REQUIRED: _required,
    Event.TWO_FACTOR_RESET: gettext_lazy("Two-factor authentication was reset for your account"),
    Event.RECOVERY_CODES_MADE: gettext_lazy("New recovery codes were made for your account"),
    Event.RECOVERY_CODE_USED: gettext_lazy("A recovery code of your account was used"),
    Event.TEN_WRONG_CODES: gettext_lazy("Ten wrong codes in a row were entered for your account"),
    Event.PASSWORD_REVOKED: gettext_lazy("Your password counts as stolen and no longer works"),
    Event.USER_STATE: _state,
}
_CONSEQUENCES: dict[Event, Text | Choice] = {
    Event.USER_PASSWORD: gettext_lazy("All other sessions have ended."),
    Event.USER_EMAIL: gettext_lazy("Mails of the panel now go to the new address only."),
    Event.TWO_FACTOR_ACTIVATED: gettext_lazy("From now on a code is asked for at each log-in."),
    Event.TWO_FACTOR_MOVED: gettext_lazy("The old app and the old recovery codes no longer work."),
    Event.TWO_FACTOR_DISABLED: gettext_lazy("Your authenticator and your recovery codes no longer work."),
    Event.TWO_FACTOR_REQUIRED: _after_required,
    Event.TWO_FACTOR_RESET: gettext_lazy("Your authenticator and your recovery codes no longer work."),
    Event.RECOVERY_CODES_MADE: gettext_lazy("The old ones no longer work."),
    Event.RECOVERY_CODE_USED: _codes_left,
    Event.TEN_WRONG_CODES: gettext_lazy("The log-in has ended."),
    Event.PASSWORD_REVOKED: gettext_lazy("A hundred wrong codes were entered, and no right one between them."),
    Event.USER_STATE: _after_state,
}
_OWNERS: dict[Event, Text] = {
    Event.TEN_WRONG_CODES: gettext_lazy("Ten wrong codes in a row were entered for your user %(username)s"),
    Event.PASSWORD_REVOKED: gettext_lazy(
        "A hundred wrong codes: the password of your user %(username)s counts as stolen and no longer works"
    ),
}
TOLD = frozenset(_HEADLINES)
"""The events that the person concerned is told of."""
TOLD_TO_OWNERS = frozenset(_OWNERS)
