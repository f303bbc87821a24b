"""Changes by mailed link: a new password, an invitation, a new email.

A link is used up by an update of the row as it was read (`links.Link.as_seen`). It opens no session and skips no step
of a login.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from accounts import sealing
from accounts.audit.record import record_event
from accounts.models import Event, MailKind, Outcome, User
from accounts.models.session_store import SessionStore
from accounts.notices import services as notices
from accounts.origin import Origin
from accounts.outbox import rows
from accounts.outbox.rows import NOTHING_MAILED, Mailed
from accounts.passwords import services as passwords
from accounts.reset import limits, links, queries
from accounts.reset.links import Link, LinkPurpose
from accounts.sessions import services as sessions
from accounts.throttling import budgets
from accounts.users import authority

_ANOTHER_ADDRESS: dict[str, Any] = {
    "pending_email": "",
    "pending_email_by": None,
    "mail_failed_at": None,
    "mail_failure": "",
}
"""Nothing waits any more, and it is not known yet whether the new address can be reached."""


class NotActive(Exception):
    """The account is deactivated, so no link would work that confirms its new address."""


def ask_for_link(typed: str, *, origin: Origin) -> None:
    """Requests a link to choose a new password. Writes the same row for every name, without looking it up.

    Too many such rows of one address replace each other.
    """
    if settings.MAIL_ENABLED:
        with transaction.atomic():
            rows.post_forgotten(sealing.seal(typed), origin=origin)
            limits.drop_excess()


def write_reset_links(typed: str, *, origin: Origin) -> None:
    """One mail to each mailbox that this name or email belongs to, within the hourly limit."""
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
    facts = {"accounts": [[user.pk, links.binding(LinkPurpose.RESET, user)] for user in attempt]}
    with transaction.atomic():
        for user in attempt:
            record_event(Event.RESET_REQUESTED, origin=origin, target=user)
        rows.post(MailKind.RESET, about=first, reader=first, address=address, origin=origin, facts=facts)


def choose_password(link: Link, password: str, *, origin: Origin) -> Mailed | None:
    """Sets the password chosen by a link; None if the link has become invalid. Unblocks the account."""
    user = link.user

    def seen() -> QuerySet[User]:
        return link.as_seen().filter(last_login=user.last_login)

    with transaction.atomic():
        changed = passwords.change(user, password, by=user, seen=seen, origin=origin, detail={"by": "link"})
        if changed:
            User.objects.filter(pk=user.pk).update(confirmed_email=F("email"))
    return changed


def invite(*, actor: User | None, target: User, origin: Origin) -> Mailed | None:
    """Mails a new link and invalidates older links, sessions and pending logins. Does nothing without a mail server.

    None if there is no email, or the account has changed.
    """
    if not settings.MAIL_ENABLED:
        return Mailed(impossible=True)
    with transaction.atomic():
        seen = authority.as_decided(actor, target).filter(email=target.email, is_active=True)
        if not target.email or not seen.update(stamp=F("stamp") + 1):
            return None
        sessions.end_all(target)
        target.refresh_from_db(fields=["stamp", "last_login"])
        return _write_invitation(actor, target, origin)


def invite_new(*, actor: User | None, target: User, origin: Origin) -> Mailed:
    """The first invitation, in the transaction that created the account, which has nothing open yet."""
    return _write_invitation(actor, target, origin)


def _write_invitation(actor: User | None, target: User, origin: Origin) -> Mailed:
    outcome = Outcome.OK if settings.MAIL_ENABLED else Outcome.FAILED
    record_event(Event.INVITED, origin=origin, outcome=outcome, actor=actor, target=target)
    return rows.post(
        MailKind.INVITATION,
        about=target,
        reader=target,
        address=target.email,
        origin=origin,
        actor=actor,
        binding=links.binding(LinkPurpose.INVITATION, target, actor),
        facts={"counted": limits.counted(actor, target)},
    )


@dataclass(frozen=True)
class EmailAsked:
    """The new address takes effect when the mailed link is opened and confirmed."""

    mailed: Mailed


@dataclass(frozen=True)
class EmailChanged:
    """The change takes effect now: the address was removed, or the panel has no mail server to ask by."""

    mailed: Mailed


@dataclass(frozen=True)
class EmailKept:
    """The current address was entered again, which cancelled the change to `pending`."""

    pending: str
    mailed: Mailed = NOTHING_MAILED


EmailChange = EmailAsked | EmailChanged | EmailKept


def request_email(
    *, actor: User | None, target: User, email: str, origin: Origin, session: SessionStore | None = None
) -> EmailChange | None:
    """Sets a new address, or none. If it takes effect at once, all sessions end except `session`.

    `session` is given if people change their own address: a session that was ended in the meantime changes nothing.
    None if the account has this address already and no other is pending, or has changed. Raises NotActive if the
    address would have to be confirmed.
    """
    if email == target.email:
        return _keep_email(actor, target, origin)
    if email and settings.MAIL_ENABLED:
        return _ask_for_email(actor, target, email, origin, session)
    with transaction.atomic():
        if not _with_email(actor, target, session).update(email=email, stamp=F("stamp") + 1, **_ANOTHER_ADDRESS):
            return None
        mailed = _note_email(actor, target, origin, {})
        if session:
            sessions.go_on(session, target)
        else:
            sessions.end_all(target)
    return EmailChanged(mailed)


def _with_email(actor: User | None, target: User, session: SessionStore | None) -> QuerySet[User]:
    """The row, while it has the email that was shown and, in one's own session, the stamp."""
    seen = authority.as_decided(actor, target).filter(email=target.email)
    return seen.filter(stamp=target.stamp) if session else seen


def _keep_email(actor: User | None, target: User, origin: Origin) -> EmailKept | None:
    """The current address was entered again, which cancels a pending change."""
    with transaction.atomic():
        waiting = authority.as_decided(actor, target).exclude(pending_email="")
        if not waiting.update(pending_email="", pending_email_by=None):
            return None
        detail = {"old": target.pending_email, "new": ""}
        record_event(Event.USER_EMAIL_REQUESTED, origin=origin, actor=actor, target=target, detail=detail)
    return EmailKept(target.pending_email)


def _ask_for_email(
    actor: User | None, target: User, email: str, origin: Origin, session: SessionStore | None
) -> EmailAsked | None:
    with transaction.atomic():
        seen = _with_email(actor, target, session).filter(is_active=True)
        if not seen.update(pending_email=email, pending_email_by=actor):
            if session is None and User.objects.filter(pk=target.pk, is_active=False).exists():
                raise NotActive
            return None
        if session:
            session.must_exist()
        target.refresh_from_db(fields=["pending_email", "stamp"])
        detail = {"old": target.email, "new": email}
        record_event(Event.USER_EMAIL_REQUESTED, origin=origin, actor=actor, target=target, detail=detail)
        mailed = rows.post(
            MailKind.NEW_EMAIL,
            about=target,
            reader=target,
            address=email,
            origin=origin,
            actor=actor,
            binding=links.binding(LinkPurpose.EMAIL, target, actor),
            facts={"counted": limits.counted(actor, target)},
        )
    return EmailAsked(mailed)


def confirm_email(link: Link, *, origin: Origin) -> Mailed | None:
    """Confirms the new address; None if the link has become invalid."""
    user = link.user
    with transaction.atomic():
        seen = link.as_seen().filter(email=user.email, pending_email=user.pending_email)
        if not seen.update(
            email=user.pending_email, confirmed_email=user.pending_email, stamp=F("stamp") + 1, **_ANOTHER_ADDRESS
        ):
            return None
        sessions.end_all(user)
        return _note_email(user, user, origin, {"by": "link"})


def _note_email(actor: User | None, target: User, origin: Origin, detail: dict[str, str]) -> Mailed:
    """After the write: the log row, and mails to the new and the old address."""
    old = target.email
    target.refresh_from_db(fields=["email", "pending_email", "stamp"])
    detail = {"old": old, "new": target.email} | detail
    record_event(Event.USER_EMAIL, origin=origin, actor=actor, target=target, detail=detail)
    kind = {"new": "address" if target.email else "none"}
    return notices.notify(target, Event.USER_EMAIL, origin=origin, actor=actor, old_email=old, detail=kind)
