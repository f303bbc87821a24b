"""What a person changes on their own account, beside the name (`users.services`) and the email (`reset.services`)."""

from enum import Enum, auto

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import transaction

from accounts.audit.record import record_event
from accounts.models import Event, Outcome, User
from accounts.models.session_store import SessionStore
from accounts.origin import Origin
from accounts.passwords import services as passwords
from accounts.passwords.rules import verify
from accounts.sessions import services as sessions
from accounts.throttling import budgets
from accounts.throttling.budgets import Budget, Wait


class PasswordChange(Enum):
    DONE = auto()
    WRONG = auto()
    """The current password is incorrect."""


def change_password(
    user: User, current: str, new: str, *, origin: Origin, session: SessionStore
) -> PasswordChange | Wait:
    """Consumes an attempt, checks the current password, sets the new one, and ends all other sessions.

    Raises SessionInterrupted if the account has changed, or the session has ended, since the request began.
    """
    attempt = budgets.consume([Budget("own_password", str(user.pk), user.pk)])
    if isinstance(attempt, Wait):
        _note_wait(attempt, user, origin)
        return attempt
    if not verify(user, current):
        with transaction.atomic():
            record_event(Event.USER_PASSWORD, origin=origin, outcome=Outcome.FAILED, actor=user, target=user)
        return PasswordChange.WRONG
    with transaction.atomic():
        budgets.reset(attempt)
    seen, detail = sessions.unchanged(user), {"by": "profile"}
    if not passwords.change(
        user, new, by=user, seen=seen, origin=origin, unblock=False, detail=detail, session=session
    ):
        raise SessionInterrupted
    return PasswordChange.DONE


def _note_wait(wait: Wait, user: User, origin: Origin) -> None:
    if wait.first:
        with transaction.atomic():
            record_event(Event.THROTTLED, origin=origin, outcome=Outcome.REFUSED, actor=user, target=user)


def set_language(user: User, language: str, *, origin: Origin) -> bool:
    """The language of this account's mails, and of its pages where a browser has no choice of its own."""
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk).exclude(language=language).update(language=language):
            return False
        detail = {"old": user.language, "new": language}
        record_event(Event.USER_LANGUAGE, origin=origin, actor=user, target=user, detail=detail)
    return True
