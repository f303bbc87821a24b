"""What happens by a mailed link: a new password, an invitation, a new e-mail.

The rule: a link is spent by an update of the row as it was seen (`authority.as_linked`); it opens no session and skips
no step of a log-in.
"""

from enum import Enum, auto

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts import attempts, audit, authority, links, locks, mail, notices, passwords, sessions
from accounts.mail import Letter, harmless
from accounts.models import Event, Outcome, User
from accounts.origin import Origin
from accounts.reset import limits, queries
from accounts.session_store import SessionStore

_RESET_SUBJECT = _("Choose a new password")
_INVITATION_SUBJECT = _("Your account is ready: choose a password")
_EMAIL_SUBJECT = _("Confirm your new e-mail address")


def mail_reset_links(typed: str, *, origin: Origin) -> None:
    """One mail to each mailbox that this name or e-mail belongs to, as far as the hour still allows."""
    found = queries.mailboxes(typed) if settings.MAIL_ENABLED else {}
    for address, people in found.items():
        _mail_reset_links(address, people, origin)


def _mail_reset_links(address: str, people: list[User], origin: Origin) -> None:
    booked = {user: slot for user in people if (slot := limits.for_account(user.pk))}
    if not booked:
        return
    if not limits.for_address(origin):
        for slot in booked.values():
            attempts.give_back(slot)
        return
    first = next(iter(booked))
    accounts = [(user.username, links.reset_link(user)) for user in booked]
    letter = Letter(address, _RESET_SUBJECT, "reset", {"accounts": accounts, "ip": origin.ip}, first.language)
    with transaction.atomic():
        for user in booked:
            audit.record(Event.RESET_REQUESTED, origin=origin, target=user)
        mail.send(letter, about=first, origin=origin)


def choose_password(user: User, password: str, *, origin: Origin) -> bool:
    """The password that was chosen behind a link; False if the link died meanwhile. The way back from a stolen one."""
    encoded = passwords.hashed(password)
    with transaction.atomic():
        seen = authority.as_linked(user).filter(last_login=user.last_login)
        if not seen.update(
            password=encoded,
            must_change_password=False,
            password_set_by_other=False,
            password_revoked_at=None,
            stamp=F("stamp") + 1,
        ):
            return False
        sessions.end_all(user)
        if user.password_revoked_at:  # else the next wrong code would take the new password away again
            locks.forget(user.pk)
        audit.record(Event.USER_PASSWORD, origin=origin, actor=user, target=user, detail={"by": "link"})
        notices.tell(user, Event.USER_PASSWORD, origin=origin, actor=user)
    return True


def invite(*, actor: User | None, target: User, origin: Origin) -> bool:
    """Mails the one link that works from now on; older ones, sessions and log-ins on their way are dead.

    False where there is no e-mail, or the account is not as it was seen. Whether it could be mailed is noted on it.
    """
    with transaction.atomic():
        seen = authority.as_decided(actor, target).filter(email=target.email, is_active=True)
        if not target.email or not seen.update(stamp=F("stamp") + 1):
            return False
        sessions.end_all(target)
        target.refresh_from_db(fields=["stamp", "last_login"])
        outcome = Outcome.OK if settings.MAIL_ENABLED else Outcome.FAILED
        audit.record(Event.INVITED, origin=origin, outcome=outcome, actor=actor, target=target)
        mail.send(_invitation(actor, target), about=target, origin=origin)
    return True


def _invitation(actor: User | None, target: User) -> Letter:
    context = {
        "name": harmless(target.name or target.username),
        "username": target.username,
        "contract": harmless(target.contract.name) if target.contract else "",
        "inviter": harmless(actor.name or actor.username) if actor else "",
        "url": links.invitation_link(target, by=actor),
    }
    return Letter(target.email, _INVITATION_SUBJECT, "invitation", context, target.language)


class EmailChange(Enum):
    NOTHING = auto()
    """It was like that before, or the account is no longer as it was seen."""
    ASKED = auto()
    """It counts once the button behind the mailed link is pressed."""
    DONE = auto()
    """It counts now: it was taken away, or there is no mail to ask by."""


def request_email(
    *, actor: User | None, target: User, email: str, origin: Origin, session: SessionStore | None = None
) -> EmailChange:
    """A new address, or none. Where it counts at once all sessions end, but for the own `session`."""
    if email == target.email:
        return _keep_email(actor, target, origin)
    if email and settings.MAIL_ENABLED:
        return _ask_for_email(actor, target, email, origin)
    with transaction.atomic():
        seen = authority.as_decided(actor, target).filter(email=target.email)
        if session:
            seen = seen.filter(stamp=target.stamp)
        if not seen.update(email=email, pending_email="", pending_email_by=None, stamp=F("stamp") + 1):
            return EmailChange.NOTHING
        _note_email(actor, target, origin, {})
        if session:
            sessions.go_on(session, target)
        else:
            sessions.end_all(target)
    return EmailChange.DONE


def _keep_email(actor: User | None, target: User, origin: Origin) -> EmailChange:
    """The present address once more: whatever waits to be confirmed is off."""
    with transaction.atomic():
        waiting = authority.as_decided(actor, target).exclude(pending_email="")
        if waiting.update(pending_email="", pending_email_by=None):
            detail = {"old": target.pending_email, "new": ""}
            audit.record(Event.USER_EMAIL_REQUESTED, origin=origin, actor=actor, target=target, detail=detail)
    return EmailChange.NOTHING


def _ask_for_email(actor: User | None, target: User, email: str, origin: Origin) -> EmailChange:
    with transaction.atomic():
        seen = authority.as_decided(actor, target).filter(email=target.email)
        if not seen.update(pending_email=email, pending_email_by=actor):
            return EmailChange.NOTHING
        target.refresh_from_db(fields=["pending_email", "stamp"])
        detail = {"old": target.email, "new": email}
        audit.record(Event.USER_EMAIL_REQUESTED, origin=origin, actor=actor, target=target, detail=detail)
        context = {
            "name": harmless(target.name),
            "username": target.username,
            "url": links.email_link(target, by=actor),
        }
        letter = Letter(email, _EMAIL_SUBJECT, "new_email", context, target.language)
        mail.send(letter, about=target, origin=origin)
    return EmailChange.ASKED


def confirm_email(user: User, *, origin: Origin) -> bool:
    """The button behind the link was pressed; False if the link died meanwhile."""
    with transaction.atomic():
        seen = authority.as_linked(user).filter(email=user.email, pending_email=user.pending_email)
        if not seen.update(email=user.pending_email, pending_email="", pending_email_by=None, stamp=F("stamp") + 1):
            return False
        sessions.end_all(user)
        _note_email(user, user, origin, {"by": "link"})
    return True


def _note_email(actor: User | None, target: User, origin: Origin, detail: dict[str, str]) -> None:
    """After the write: the row, and the word to the new address and to the old one."""
    old = target.email
    target.refresh_from_db(fields=["email", "pending_email", "stamp"])
    detail = {"old": old, "new": target.email} | detail
    audit.record(Event.USER_EMAIL, origin=origin, actor=actor, target=target, detail=detail)
    notices.tell(target, Event.USER_EMAIL, origin=origin, actor=actor, old_email=old)
