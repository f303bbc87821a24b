"""What happens by a mailed link: a new password, an invitation, a new email.

A link is spent by an update of the row as it was seen (`links.Link.as_seen`); it opens no session and skips
no step of a login.
"""

from enum import Enum, auto
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts.audit.record import record_event
from accounts.models import Event, MailKind, Outcome, User
from accounts.models.session_store import SessionStore
from accounts.notices import services as notices
from accounts.origin import Origin
from accounts.outbox import rows, sealing
from accounts.passwords import services as passwords
from accounts.reset import limits, links, queries
from accounts.reset.links import Link, Purpose
from accounts.sessions import services as sessions
from accounts.throttling import budgets
from accounts.users import authority

_ANOTHER_ADDRESS: dict[str, Any] = {
    "pending_email": "",
    "pending_email_by": None,
    "mail_failed_at": None,
    "mail_failure": "",
}
"""Nothing waits any more, and of this one nobody knows yet whether it can be reached."""


def ask_for_link(typed: str, *, origin: Origin) -> None:
    """Somebody asks for a link to choose a new password. Writes the same row for every name, and looks nobody up."""
    if settings.MAIL_ENABLED:
        with transaction.atomic():
            rows.post_forgotten(sealing.seal(typed), origin=origin)


def write_reset_links(typed: str, *, origin: Origin) -> None:
    """One mail to each mailbox that this name or email belongs to, as far as the hour still allows."""
    found = queries.mailboxes(typed) if settings.MAIL_ENABLED else {}
    for address, people in found.items():
        _write_reset_links(address, people, origin)


def _write_reset_links(address: str, people: list[User], origin: Origin) -> None:
    attempt = {user: slot for user in people if (slot := limits.for_account(user.pk))}
    if not attempt:
        return
    if not limits.for_address(origin):
        for slot in attempt.values():
            budgets.refund(slot)
        return
    first = next(iter(attempt))
    facts = {"accounts": [[user.pk, links.binding(Purpose.RESET, user)] for user in attempt]}
    with transaction.atomic():
        for user in attempt:
            record_event(Event.RESET_REQUESTED, origin=origin, target=user)
        rows.post(MailKind.RESET, about=first, reader=first, address=address, origin=origin, facts=facts)


def choose_password(link: Link, password: str, *, origin: Origin) -> bool:
    """The password that was chosen behind a link; False if the link died meanwhile. Ends a block of the account."""
    user = link.user
    seen = link.as_seen().filter(last_login=user.last_login)
    with transaction.atomic():
        changed = passwords.change(user, password, by=user, seen=seen, origin=origin, detail={"by": "link"})
        if changed:
            User.objects.filter(pk=user.pk).update(confirmed_email=F("email"))
    return changed


def invite(*, actor: User | None, target: User, origin: Origin) -> bool:
    """Mails the one link that works from now on; older ones, sessions and logins on their way are dead.

    False where there is no email, or the account is not as it was seen.
    """
    with transaction.atomic():
        seen = authority.as_decided(actor, target).filter(email=target.email, is_active=True)
        if not target.email or not seen.update(stamp=F("stamp") + 1):
            return False
        sessions.end_all(target)
        target.refresh_from_db(fields=["stamp", "last_login"])
        _write_invitation(actor, target, origin, counted=limits.counted(actor, target))
    return True


def invite_new(*, actor: User | None, target: User, origin: Origin) -> None:
    """The first invitation, in the transaction that has just made the account: nothing of it is open anywhere yet.

    It does not count as one of the mails that an account may have sent: a file brings a thousand.
    """
    _write_invitation(actor, target, origin, counted=False)


def _write_invitation(actor: User | None, target: User, origin: Origin, *, counted: bool) -> None:
    outcome = Outcome.OK if settings.MAIL_ENABLED else Outcome.FAILED
    record_event(Event.INVITED, origin=origin, outcome=outcome, actor=actor, target=target)
    rows.post(
        MailKind.INVITATION,
        about=target,
        reader=target,
        address=target.email,
        origin=origin,
        actor=actor,
        binding=links.binding(Purpose.INVITATION, target, actor),
        facts={"counted": counted},
    )


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
        if not seen.update(email=email, stamp=F("stamp") + 1, **_ANOTHER_ADDRESS):
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
            record_event(Event.USER_EMAIL_REQUESTED, origin=origin, actor=actor, target=target, detail=detail)
    return EmailChange.NOTHING


def _ask_for_email(actor: User | None, target: User, email: str, origin: Origin) -> EmailChange:
    with transaction.atomic():
        seen = authority.as_decided(actor, target).filter(email=target.email)
        if not seen.update(pending_email=email, pending_email_by=actor):
            return EmailChange.NOTHING
        target.refresh_from_db(fields=["pending_email", "stamp"])
        detail = {"old": target.email, "new": email}
        record_event(Event.USER_EMAIL_REQUESTED, origin=origin, actor=actor, target=target, detail=detail)
        rows.post(
            MailKind.NEW_EMAIL,
            about=target,
            reader=target,
            address=email,
            origin=origin,
            actor=actor,
            binding=links.binding(Purpose.EMAIL, target, actor),
            facts={"counted": limits.counted(actor, target)},
        )
    return EmailChange.ASKED


def confirm_email(link: Link, *, origin: Origin) -> bool:
    """The button behind the link was pressed; False if the link died meanwhile."""
    user = link.user
    with transaction.atomic():
        seen = link.as_seen().filter(email=user.email, pending_email=user.pending_email)
        if not seen.update(
            email=user.pending_email, confirmed_email=user.pending_email, stamp=F("stamp") + 1, **_ANOTHER_ADDRESS
        ):
            return False
        sessions.end_all(user)
        _note_email(user, user, origin, {"by": "link"})
    return True


def _note_email(actor: User | None, target: User, origin: Origin, detail: dict[str, str]) -> None:
    """After the write: the row, and the word to the new address and to the old one."""
    old = target.email
    target.refresh_from_db(fields=["email", "pending_email", "stamp"])
    detail = {"old": old, "new": target.email} | detail
    record_event(Event.USER_EMAIL, origin=origin, actor=actor, target=target, detail=detail)
    notices.notify(target, Event.USER_EMAIL, origin=origin, actor=actor, old_email=old)
