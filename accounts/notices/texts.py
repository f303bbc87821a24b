"""The texts of security notices: what happened, when and from where, and what to do if it wasn't you."""

import re
from collections.abc import Callable

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import moments
from accounts.models import Event, Notice
from accounts.notices.advice import advice
from accounts.notices.holding import still_follows
from accounts.outbox.email import harmless
from accounts.sessions import browsers
from accounts.texts import Text

FEW_CODES = 3
Choice = Callable[[Notice], Text]


def headline(notice: Notice) -> str:
    """What happened, without a full stop."""
    if notice.about:
        return str(_OWNERS[Event(notice.event)]) % {"username": notice.about}
    return _said(_HEADLINES[Event(notice.event)], notice)


def paragraphs(notice: Notice) -> list[str]:
    found = [f"{headline(notice)}.", consequence(notice), circumstances(notice), advice(notice)]
    return [text for text in found if text]


def for_a_page(notice: Notice) -> SafeString:
    """In one paragraph, as `linked_paragraphs`."""
    return format_html_join(" ", "{}", ((text,) for text in linked_paragraphs(notice)))


def linked_paragraphs(notice: Notice) -> list[SafeString]:
    """In which addresses of the panel are links; nothing else is, whatever people call themselves."""
    return [_linked(text) for text in paragraphs(notice)]


def _linked(text: str) -> SafeString:
    parts = re.split(rf"({re.escape(settings.PUBLIC_URL)}/[a-z/-]*)", text)
    links = (format_html('<a href="{0}">{0}</a>', part) if n % 2 else part for n, part in enumerate(parts))
    return format_html_join("", "{}", ((part,) for part in links))


def consequence(notice: Notice) -> str:
    """What follows from it, as far as this is still so: a notice may wait while more happens."""
    text = _CONSEQUENCES.get(Event(notice.event), "")
    return _said(text, notice) if text and not notice.about and still_follows(notice) else ""


def circumstances(notice: Notice) -> str:
    where = {
        "at": date_format(notice.at, "LONG_DATETIME_FORMAT"),
        "ip": notice.ip,
        "browser": browser(notice.user_agent),
    }
    if not notice.ip:
        return _("Time: %(at)s UTC, from the server's command line.") % where
    text = _("Time: %(at)s UTC, from %(ip)s (%(browser)s).") % where
    if notice.actor_label:
        text += " " + _("By: %(name)s.") % {"name": notice.actor_label}
    return text


def browser(agent: str) -> str:
    """Never the browser's own text, since the sender of a request can write anything into it."""
    words = browsers.in_words(agent)
    return _("unknown browser") if agent.startswith(words) else words


def _said(text: Text | Choice, notice: Notice) -> str:
    return str(text if isinstance(text, str | Promise) else text(notice))


def _required(notice: Notice) -> Text:
    if notice.detail.get("new") == "yes":
        return _("Two-factor authentication is now required for your account")
    return _("Two-factor authentication was cleared for your account")


def _planned(notice: Notice) -> Text:
    at = moments.read(notice.detail.get("new"))
    if at is None:
        return _("Two-factor authentication is no longer planned for your account")
    return _("Two-factor authentication will be required for your account from %(moment)s") % {
        "moment": moments.in_words(at)
    }


def _after_planned(notice: Notice) -> Text:
    return _set_up_now(notice) if moments.read(notice.detail.get("new")) else ""


def _reminded(notice: Notice) -> Text:
    at = moments.read(notice.detail.get("from"))
    if at is None or at <= notice.at:
        return _("Two-factor authentication is required for your account")
    return _("Two-factor authentication will be required for your account from %(moment)s") % {
        "moment": moments.in_words(at)
    }


def _set_up_now(notice: Notice) -> Text:
    return _("Set it up now, it takes two minutes: %(url)s") % {"url": settings.PUBLIC_URL + reverse("security")}


def _after_required(notice: Notice) -> Text:
    if notice.detail.get("new") == "yes":
        return _("Set up a second factor the next time you use the panel.")
    return " ".join([str(_NO_FACTOR), _("You log in with your password only.")])


def _email(notice: Notice) -> Text:
    if notice.detail.get("new") == "none":
        return _("The email address of your account was removed")
    return _("The email address of your account was changed")


def _after_email(notice: Notice) -> Text:
    if notice.detail.get("new") == "none":
        return _("The panel sends you no more emails. You read notices at your next login.")
    return _("Emails from the panel now go to the new address only.")


def _state(notice: Notice) -> Text:
    if notice.detail.get("new") == "active":
        return _("Your account was activated")
    return _("Your account was deactivated")


def _after_state(notice: Notice) -> Text:
    return _("You can log in again.") if notice.detail.get("new") == "active" else _("You can no longer log in.")


def _codes_left(notice: Notice) -> Text:
    if "left" not in notice.detail:  # it has disabled 2FA, and no code is left to count
        return ""
    left = int(notice.detail["left"])
    text = ngettext("%(n)d code is left.", "%(n)d codes are left.", left) % {"n": left}
    few = _("Generate new ones in your profile under Security before you run out.")
    return f"{text} {few}" if left <= FEW_CODES else text


def _after_activated(notice: Notice) -> Text:
    by_key = _("From now on you use your security key each time you log in.")
    return by_key if notice.detail.get("with") == "key" else _("From now on you enter a code each time you log in.")


def _key_named(notice: Notice) -> Text:
    return _("Name of the key: %(name)s.") % {"name": harmless(notice.detail.get("name", ""))}


def _copied(notice: Notice) -> Text:
    return " ".join([str(_key_named(notice)), _("Its counter did not go up. If you can't explain that, remove it.")])


def _after_ten(notice: Notice) -> Text:
    if notice.detail.get("where") == "confirm":
        return _("They were entered on the confirmation page by somebody who is logged in. That session goes on.")
    return _("The login has ended.")


_NO_FACTOR = gettext_lazy("Your authenticator app, security keys and recovery codes no longer work.")
_HEADLINES: dict[Event, Text | Choice] = {
    Event.USER_PASSWORD: gettext_lazy("Your password was changed"),
    Event.USER_EMAIL: _email,
    Event.TWO_FACTOR_ACTIVATED: gettext_lazy("Two-factor authentication was activated for your account"),
    Event.TWO_FACTOR_MOVED: gettext_lazy("Two-factor authentication was set up on a new phone"),
    Event.KEY_ADDED: gettext_lazy("A security key was added to your account"),
    Event.KEY_REMOVED: gettext_lazy("A security key was removed from your account"),
    Event.KEY_COPIED: gettext_lazy("One of your security keys may have been copied"),
    Event.APP_ADDED: gettext_lazy("An authenticator app was added to your account"),
    Event.APP_REMOVED: gettext_lazy("The authenticator app was removed from your account"),
    Event.TWO_FACTOR_DISABLED: gettext_lazy("Two-factor authentication was disabled for your account"),
    Event.TWO_FACTOR_REQUIRED: _required,
    Event.TWO_FACTOR_PLANNED: _planned,
    Event.TWO_FACTOR_REMINDED: _reminded,
    Event.TWO_FACTOR_RESET: gettext_lazy("Two-factor authentication was reset for your account"),
    Event.RECOVERY_CODES_MADE: gettext_lazy("New recovery codes were generated for your account"),
    Event.RECOVERY_CODE_USED: gettext_lazy("A recovery code of your account was used"),
    Event.TEN_WRONG_CODES: gettext_lazy("Ten wrong codes in a row were entered for your account"),
    Event.PASSWORD_REVOKED: gettext_lazy("Your password was blocked because it may be compromised"),
    Event.PASSWORD_BLOCKED: gettext_lazy("Your password was blocked because it may be compromised"),
    Event.HELP_REQUESTED: gettext_lazy("Somebody who knows your password asked for a reset of your 2FA"),
    Event.HELP_APPROVED: gettext_lazy("Two-factor authentication was reset for your account, as requested"),
    Event.USER_STATE: _state,
}
_CONSEQUENCES: dict[Event, Text | Choice] = {
    Event.USER_PASSWORD: gettext_lazy("All other sessions have ended."),
    Event.USER_EMAIL: _after_email,
    Event.TWO_FACTOR_ACTIVATED: _after_activated,
    Event.KEY_ADDED: _key_named,
    Event.KEY_REMOVED: _key_named,
    Event.KEY_COPIED: _copied,
    Event.APP_ADDED: gettext_lazy("The old recovery codes no longer work. Your security keys still do."),
    Event.APP_REMOVED: gettext_lazy("You log in with your security keys or a recovery code."),
    Event.TWO_FACTOR_MOVED: gettext_lazy("The old app and the old recovery codes no longer work."),
    Event.TWO_FACTOR_DISABLED: _NO_FACTOR,
    Event.TWO_FACTOR_REQUIRED: _after_required,
    Event.TWO_FACTOR_PLANNED: _after_planned,
    Event.TWO_FACTOR_REMINDED: _set_up_now,
    Event.TWO_FACTOR_RESET: _NO_FACTOR,
    Event.RECOVERY_CODES_MADE: gettext_lazy("The old codes no longer work."),
    Event.RECOVERY_CODE_USED: _codes_left,
    Event.TEN_WRONG_CODES: _after_ten,
    Event.HELP_REQUESTED: gettext_lazy(
        "Nothing has changed yet. If it was you, keep the page with the three words open: whoever can help will "
        "call you and ask for them."
    ),
    Event.HELP_APPROVED: gettext_lazy(
        "Now set it up again in the browser that asked. Until that is done, nobody can log in from another browser. "
        "Your old authenticator app, security keys and recovery codes no longer work."
    ),
    Event.PASSWORD_BLOCKED: gettext_lazy(
        "Somebody entered it and asked for your 2FA to be reset. The account owner refused."
    ),
    Event.PASSWORD_REVOKED: gettext_lazy("A hundred wrong codes were entered without a correct one in between."),
    Event.USER_STATE: _after_state,
}
_OWNERS: dict[Event, Text] = {
    Event.TEN_WRONG_CODES: gettext_lazy("Ten wrong codes in a row were entered for your user %(username)s"),
    Event.PASSWORD_REVOKED: gettext_lazy(
        "The password of your user %(username)s was blocked after a hundred wrong codes because it may be compromised"
    ),
}
TOLD = frozenset(_HEADLINES)  # the events that the person concerned is told of
TOLD_TO_OWNERS = frozenset(_OWNERS)
