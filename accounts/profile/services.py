"""What people change on their own account, besides the name (`users.services`) and the email (`reset.services`)."""

from dataclasses import dataclass
from functools import partial

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import transaction
from django.utils import timezone

from accounts.audit.record import record_event
from accounts.audit.waits import note_wait
from accounts.models import Event, Outcome, User
from accounts.models.session_store import SessionStore
from accounts.origin import Origin
from accounts.outbox.rows import Mailed
from accounts.passwords import services as passwords
from accounts.sessions import services as sessions
from accounts.throttling import budgets
from accounts.throttling.budgets import Budget, Wait


@dataclass(frozen=True)
class WrongPassword:
    """The current password is incorrect."""


def change_password(
    user: User, current: str, new: str, *, origin: Origin, session: SessionStore
) -> Mailed | WrongPassword | Wait:
    """Consumes an attempt, verifies the current password, sets the new one, and ends all other sessions.

    Raises SessionInterrupted if the account has changed, or the session has ended, since the request began.
    """
    attempt = budgets.consume([Budget("own_password", str(user.pk), user.pk)])
    if isinstance(attempt, Wait):
        note_wait(attempt, user, origin, actor=user)
        return attempt
    if not passwords.verify(user, current):
        with transaction.atomic():
            record_event(Event.USER_PASSWORD, origin=origin, outcome=Outcome.FAILED, actor=user, target=user)
        return WrongPassword()
    with transaction.atomic():
        budgets.reset(attempt)
    seen, detail = partial(sessions.unchanged, user), {"by": "profile"}
    mailed = passwords.change(
        user, new, by=user, seen=seen, origin=origin, unblock=False, detail=detail, session=session
    )
    if mailed is None:
        raise SessionInterrupted
    return mailed


def set_language(user: User, language: str, *, origin: Origin) -> bool:
    """Chosen by this person, for mails and for the pages of any browser after a login. It is no change for the log if
    the account began with this language."""
    differs = User.objects.filter(pk=user.pk).exclude(language=language, language_chosen=True)
    with transaction.atomic():
        if not differs.update(language=language, language_chosen=True, profile_changed_at=timezone.now()):
            return False
        if language != user.language:
            detail = {"old": user.language, "new": language}
            record_event(Event.USER_LANGUAGE, origin=origin, actor=user, target=user, detail=detail)
    return True
