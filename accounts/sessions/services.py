"""The sessions of an account: shown to its person, ended on the server.

A page names a session by a separate reference, neither the id nor its stored digest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.db import transaction
from django.db.models import Exists, F, Q, QuerySet
from django.dispatch import Signal
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.audit.record import record_event
from accounts.models import Event, Session, User
from accounts.models.session import alive
from accounts.models.session_store import SessionStore, new_sid, row_key
from accounts.origin import Origin
from accounts.sessions import browsers
from accounts.users import authority

all_ended = Signal()
"""Sent in the transaction that deliberately ends all sessions of `user` except the one with the key `but`."""


@dataclass(frozen=True)
class SessionInfo:
    reference: str
    started: datetime
    last_used: datetime
    browser: str
    ip: str
    current: bool


def living(user: User) -> QuerySet[Session]:
    """Sessions within both limits, last used first."""
    now = timezone.now()
    return logged_in(user).filter(alive(now)).order_by("-last_seen_at", "session_key")


def described(rows: Iterable[Session], current: str | None = None) -> list[SessionInfo]:
    """What the person may know about each session; marks the one with the key `current`."""
    return [
        SessionInfo(
            reference=_reference(row),
            started=row.created_at,
            last_used=row.last_seen_at,
            browser=browsers.in_words(row.user_agent),
            ip=row.ip,
            current=row.session_key == row_key(current),
        )
        for row in rows
    ]


def run_out(session_key: str | None) -> Session | None:
    """The session of this id with its account, if it has expired and was not ended in another way."""
    past = Session.objects.filter(~alive(timezone.now()), signed_in=True)
    return past.select_related("user").filter(session_key=row_key(session_key)).first()


def note_use(key: str) -> None:
    """Keeps the session in the row with this key active."""
    now = timezone.now()
    Session.objects.filter(pk=key, last_seen_at__lt=now).update(last_seen_at=now)


def sid_of(row: Session) -> str:
    """The session's name. One from before an upgrade gets it when it is first needed."""
    if not row.sid:
        Session.objects.filter(pk=row.pk, sid="").update(sid=new_sid())
        row.refresh_from_db(fields=["sid"])
    return row.sid


def delete(key: str) -> bool:
    """Deletes the session in the row with this key; False if there is none."""
    return bool(Session.objects.filter(pk=key).delete()[0])


def leave_note(rows: QuerySet[Session], note: dict[str, Any]) -> None:
    """Leaves only a note in the rows, which belong to nobody from then on."""
    rows.update(user=None, session_data=SessionStore().encode(note))


def untie_notes(user: User, key: str | None) -> None:
    """The notes that were left for the session with this id no longer name it."""
    named = logged_in(user).filter(session_key=row_key(key)).exclude(sid="").values("sid")
    Session.objects.filter(user=None, signed_in=False, sid__in=named).update(sid="")


def end_one(user: User, reference: str, *, actor: User, origin: Origin) -> bool:
    """Ends the session with this reference; False if there is none."""
    row = next((row for row in logged_in(user) if constant_time_compare(_reference(row), reference)), None)
    with transaction.atomic():
        if row is None or not _if_still(actor, logged_in(user).filter(pk=row.pk)).delete()[0]:
            return False
        record_event(Event.SESSION_ENDED, origin=origin, actor=actor, target=user)
    return True


def _if_still(actor: User, rows: QuerySet[Session]) -> QuerySet[Session]:
    """These sessions, while the actor's session goes on and they are the actor's own, or the actor may still end
    them."""
    own = Q(authority.in_session(actor), user=actor)
    return authority.settled(rows, no_key=False).filter(own | Q(Exists(authority.still(actor))))


def end_by(actor: User | None, target: User, *, origin: Origin, but: str | None = None) -> int:
    """Ends all sessions and pending logins of `target`, deliberately and logged; returns how many had not expired."""
    with transaction.atomic():
        rows = authority.of_target(actor, target)
        if actor and actor.pk == target.pk:
            rows = authority.settled(rows).filter(authority.in_session(actor))
        # First the account's row: a session that takes a new id at this moment does so under a lock on it.
        if not rows.select_for_update(no_key=True).exists():
            return 0
        of_account = Session.objects.filter(alive(timezone.now()), user=target)
        ended = of_account.exclude(session_key=row_key(but)).count()
        end_all(target, but=but)
        if actor is None or actor.pk != target.pk:
            authority.take_back(target)
        all_ended.send(User, user=target, but=but)
        if ended:
            record_event(Event.SESSIONS_ENDED, origin=origin, actor=actor, target=target, detail={"sessions": ended})
    return ended


def end_all(user: User, *, but: str | None = None) -> None:
    """Deletes every session of this account, except the one with the key `but`."""
    logged_in(user).exclude(session_key=row_key(but)).delete()


def unchanged(user: User) -> QuerySet[User]:
    """The row of this account, while it is active and has the password and stamp of `user`."""
    return User.objects.filter(pk=user.pk, stamp=user.stamp, password=user.password, is_active=True)


def advance(user: User, **changes: Any) -> bool:
    """Writes a change to one's own account with the next stamp; False if the account has changed since `user` was read.

    `user` is then up to date. Call it within a transaction, which locks the row until the session has continued.
    """
    return write_next(unchanged(user), user, changes)


def write_next(seen: QuerySet[User], user: User, changes: dict[str, Any]) -> bool:
    """Writes the changes and the next stamp, if the row of `user` is in `seen`; `user` is then up to date."""
    if not seen.update(stamp=F("stamp") + 1, **changes):
        return False
    for name, value in (changes | {"stamp": user.stamp + 1}).items():
        setattr(user, name, value)
    return True


def go_on(session: SessionStore, user: User) -> None:
    """Continues the session that changed its account, under a new id and the new stamp of `user`; all others end.

    Call it within the transaction of the change. If the session has ended in the meantime, raises SessionInterrupted,
    which rolls the change back.
    """
    session.cycle_key()
    _seal(session, user)
    end_all(user)
    session.save()


def seal_anew(session: SessionStore, user: User) -> None:
    """After a change of `SECRET_KEY`, continues the session of `user` under the new key and the same id.

    Written at once, and only over what was read: the next request may be any GET, and at its end would undo what
    another one has stored. Django would give the session a new id, so that meanwhile it is missed.
    """
    row = session.row
    if not settings.SECRET_KEY_FALLBACKS or row is None:
        return
    if constant_time_compare(session[HASH_SESSION_KEY], user.get_session_auth_hash()):
        return
    modified = session.modified
    _seal(session, user)
    session.modified = modified
    data = session.encode(dict(session.items()))
    Session.objects.filter(pk=row.pk, session_data=row.session_data).update(session_data=data)


def _seal(session: SessionStore, user: User) -> None:
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()


def logged_in(user: User) -> QuerySet[Session]:
    """A pending login isn't a session yet. It ends with the stamp, and says why."""
    return Session.objects.filter(user=user, signed_in=True)


def _reference(row: Session) -> str:
    return salted_hmac("accounts.sessions.services", row.session_key, algorithm="sha256").hexdigest()[:32]
