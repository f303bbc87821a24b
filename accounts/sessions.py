"""Ending sessions on the server, and what each of them remembers for its own person."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Session, User
from accounts.session_store import SessionStore


def end_all(user: User, *, but: str | None = None) -> int:
    """Deletes every session of this account, except the one with the key `but`; how many there were."""
    ended = Session.objects.filter(user=user).exclude(session_key=but or "").delete()
    return ended[1].get("accounts.Session", 0)


def leave_note(session: SessionStore, key: str, note: dict[str, Any], *, seconds: int) -> None:
    """A short-lived session under a key that was given up, which says nothing but why."""
    now = timezone.now()
    Session.objects.create(
        session_key=key, session_data=session.encode(note), expire_date=now + timedelta(seconds=seconds)
    )
