"""What `/confirm/` says: the ways there are, and what was wrong."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from twofactor.login import sentences
from twofactor.outcomes import Wrong


def ways(fields: Collection[str], *, by_key: bool, blocked: bool) -> str:
    """How this person can confirm. `fields`: those of the form. `blocked`: their password doesn't count."""
    if blocked and by_key:
        return _("Your password is blocked because it may be compromised. Use your security key or passkey.")
    if blocked:
        return _(
            "Your password is blocked because it may be compromised. Log out and choose a new one with “Forgot your "
            "password?”, or ask the account owner."
        )
    if by_key and "code" in fields:
        return _(
            "Use your security key or passkey, or confirm your password and enter a code from your app or a recovery "
            "code."
        )
    if by_key:
        return _("Use your security key or passkey, or confirm your password and enter a recovery code.")
    if "code" in fields:
        return _("Confirm your password and enter a code from your app or a recovery code.")
    if "recovery_code" in fields:
        return _("Confirm your password and enter a recovery code.")
    return _("Confirm your password to continue.")


def refusal(user: User, outcome: Any, data: dict[str, Any]) -> tuple[str, str]:
    """The field with the error, and the message."""
    if isinstance(outcome, Wrong) and outcome.password:
        return "password", sentences.confirm_password(user)
    if data.get("recovery_code"):
        return "recovery_code", sentences.recovery_code(outcome)
    return "code", sentences.code(outcome, data.get("code", ""))
