"""The sentence that a page shows for each outcome. It tells the person what to do next."""

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from twofactor import totp
from twofactor.login.pending_login import Reason
from twofactor.outcomes import ClockOff, Late, Replay, Unreadable, Wrong

ENDED: dict[str, str | Promise] = {
    Reason.CODE_USED: gettext_lazy("You have already logged in with this code."),
    Reason.CHANGED: gettext_lazy(
        "This login was ended because the password or the account changed in the meantime. Log in again."
    ),
    Reason.ELSEWHERE: gettext_lazy(
        "Two-factor authentication was set up elsewhere, so this key is no longer valid. Log in with the "
        "code from the app that was set up first."
    ),
    Reason.EXPIRED: gettext_lazy("This login took too long and has expired. Log in again."),
    Reason.TOO_MANY: gettext_lazy("Too many wrong codes in a row. Log in again."),
    Reason.SESSION: gettext_lazy("Your session has ended. Log in again."),
    Reason.KEPT: gettext_lazy(
        "Your session has ended. Log in to continue with what you entered. "
        "Passwords, codes and files have to be entered again."
    ),
    Reason.REFUSED: gettext_lazy(
        "The account owner refused the request for help, so this login was ended. Call the account owner if you "
        "didn't expect this."
    ),
    Reason.RESERVED: gettext_lazy(
        "This account is waiting for its two-factor authentication to be set up in the browser that asked the account "
        "owner for help. Until then it can't be used in any other browser. Continue in that browser, or ask the "
        "account owner to reset your 2FA."
    ),
    Reason.NOT_SENT: gettext_lazy(
        "You were logged out before the form was sent, so nothing was changed. Log in and enter it again."
    ),
}


def code(outcome: Wrong | Replay | Unreadable | Late | ClockOff, entered: str) -> str:
    """For the field of a six-digit code, where `entered` was entered."""
    match outcome:
        case Replay():
            text = _("This code was already used. Wait for the next one, at most %(seconds)s seconds.")
            return text % {"seconds": totp.STEP_SECONDS}
        case Unreadable():
            return _("Your authenticator can't be read at the moment. Ask the account owner to reset your 2FA.")
        case ClockOff(steps=steps):
            return clock(steps)
        case Wrong(misplaced=True):
            return _("This looks like a recovery code. Enter it on the page “Use a recovery code”.")
        case Wrong() if totp.parse_code(entered) is None:
            return _("Incorrect code. A code is six digits from 0 to 9.")
    return _("Incorrect code. Enter the code that your app shows now.")


def clock(steps: int) -> str:
    """For a code of another time step: whether the phone's clock is fast or slow, and by how much."""
    seconds = abs(steps) * totp.STEP_SECONDS
    minutes = f"{seconds / 60:.1f}".removesuffix(".0")
    number = 1 if minutes == "1" else 2  # of 1.5 minutes, too, there are several
    if steps > 0:
        text = ngettext(
            "The clock of your phone is about %(minutes)s minute ahead. Set its time to automatic, then try again.",
            "The clock of your phone is about %(minutes)s minutes ahead. Set its time to automatic, then try again.",
            number,
        )
    else:
        text = ngettext(
            "The clock of your phone is about %(minutes)s minute behind. Set its time to automatic, then try again.",
            "The clock of your phone is about %(minutes)s minutes behind. Set its time to automatic, then try again.",
            number,
        )
    return text % {"minutes": minutes}


def recovery_code(outcome: Wrong | Replay | Unreadable | Late) -> str:
    if isinstance(outcome, Wrong) and outcome.misplaced:
        return _("This looks like a code from your app. Enter it on the page “Enter your code”.")
    return _("This recovery code is incorrect or was already used. Each code works once.")


def codes_left(left: int) -> SafeString:
    """Shown after a login with a recovery code, with a link to the setup of a new phone."""
    rest = ngettext("%(left)d code left.", "%(left)d codes left.", left) % {"left": left}
    return format_html(
        '{} {} <a href="{}">{}</a>', rest, _("Phone lost?"), reverse("two_factor_setup"), _("Set up a new one.")
    )


def wrong_password() -> str:
    return _("Incorrect username or password.")


def confirm_password(user: User) -> str:
    """For somebody who is logged in, and who may learn that their password is blocked."""
    if user.password_revoked_at:
        return _("Your password is blocked because it may be compromised. Use a passkey, or choose a new password.")
    return _("Incorrect password.")
