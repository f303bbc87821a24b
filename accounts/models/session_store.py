"""Sessions in the database, with idle and absolute limits kept by the server (OWASP ASVS 5.0 V7.3).

The database stores only a digest of each session id, so that reading it gives access to no session. A session ends
`SESSION_IDLE_SECONDS` after its last use and `SESSION_ABSOLUTE_SECONDS` after its start.
"""

import re
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core import signing
from django.utils import timezone

from accounts.models.session import SID_LENGTH, Session
from accounts.origin import Origin

TOUCH_EVERY = timedelta(minutes=1)
SESSION_KEY_LENGTH = 32
SESSION_ROW_KEY_LENGTH = 40
REMEMBERED_LENGTH = 4096
"""A session is hardly ever longer, except while it keeps the input of a long form. Bounds the memory of a worker."""
_KEY = re.compile(f"[A-Za-z0-9_-]{{{SESSION_KEY_LENGTH}}}")


def row_key(session_key: str | None) -> str:
    """What the database stores for this session id: 240 bits of its SHA-256."""
    return urlsafe_b64encode(sha256((session_key or "").encode()).digest())[:SESSION_ROW_KEY_LENGTH].decode()


def new_sid() -> str:
    return secrets.token_urlsafe(SID_LENGTH * 6 // 8)


class _Bytes:
    """A serializer that leaves what was signed as it is."""

    def loads(self, content: bytes) -> bytes:
        return content


@lru_cache(maxsize=512)
def _verified(text: str, salt: str, key: str, *fallback_keys: str) -> bytes:
    """What was signed. Remembered together with the keys, so that other keys verify it anew. Raises BadSignature."""
    as_signed = cast(Any, _Bytes)
    return cast(bytes, signing.loads(text, key=key, salt=salt, serializer=as_signed, fallback_keys=list(fallback_keys)))


class SessionStore(DatabaseStore):
    """`origin` is set by the middleware. `row` is the row in the database, or None for a new session.

    `interrupted` says that the row was gone when the session was to get a new id. Such a session is never saved again.
    """

    origin: Origin = Origin()
    row: Session | None = None
    ended = False
    """This request found the session alive and ended it."""
    contract_id: int | None = None
    interrupted = False
    _saved: tuple[Any, ...] = ()
    _new_sid = ""
    _left: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        found = self.fetch()
        self.row = found if found and found.is_alive(timezone.now()) else None
        if self.row is None:
            self._session_key = None
        else:
            self.contract_id = self.row.contract_id
        return self.row

    def fetch(self) -> Session | None:
        """The row of this key, even past its limits."""
        return Session.objects.select_related("contract").filter(session_key=row_key(self.session_key)).first()

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Uncompressed, unlike Django's: it saves few bytes and each request would decompress it."""
        return signing.dumps(session_dict, salt=self.key_salt, serializer=self.serializer)

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """The signed data, or an empty dict. Requests between two changes verify the same signature only once."""
        if len(session_data) > REMEMBERED_LENGTH:
            return super().decode(session_data)
        keys = settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS
        try:
            content = _verified(cast(str, session_data), self.key_salt, *keys)
            return cast(dict[str, Any], self.serializer().loads(content))
        except Exception:  # whatever is wrong, Django's own logs it and gives an empty dict
            return super().decode(session_data)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        row.session_key = row_key(row.session_key)
        now = timezone.now()
        row.signed_in = SESSION_KEY in data
        row.user_id = int(data[SESSION_KEY]) if row.signed_in else self.pending_login_of(data)
        row.methods, row.proved_at = self.proof_in(data)
        row.contract_id = self.contract_id
        row.sid = self._sid(signed_in=row.signed_in)
        row.created_at = self.row.created_at if self.row else now  # a new id does not prolong a session
        row.last_seen_at = now
        row.expire_date = row.created_at + timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS)
        row.ip, row.user_agent = self.origin.ip, self.origin.agent
        return row

    def _sid(self, *, signed_in: bool) -> str:
        """The session's name. A login has a new one: both halves of a double click may log in, and the end of one
        session is not that of the other."""
        if self.row and self.row.sid and self.row.signed_in == signed_in:
            return self.row.sid
        self._new_sid = self._new_sid or new_sid()
        return self._new_sid

    def pending_login_of(self, data: dict[str, Any]) -> int | None:
        """The id of the account whose login is pending in this data. Overridden by the store that keeps logins."""
        return None

    def proof_in(self, data: dict[str, Any]) -> tuple[str, datetime | None]:
        """`Session.methods` and `Session.proved_at` from this data. Overridden by the store that keeps them."""
        return "", None

    def save(self, must_create: bool = False) -> None:
        """Data saved in a step's own transaction is not written again at the end of the request."""
        if self.interrupted:
            raise UpdateError
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        content = self.serializer().dumps(data)
        if not must_create and self.session_key and self._saved == (self.session_key, content, self.contract_id):
            return
        if must_create:
            self._insert(self.create_model_instance(data))
        elif self.session_key:
            self._update(self.create_model_instance(data))
        else:
            self.create()
        self._saved = (self.session_key, content, self.contract_id)

    def cycle_key(self) -> None:
        """Continues the session under a new id, which is created when it is saved, so that nothing is written twice.

        Raises SessionInterrupted if somebody has ended the session since it was read.
        """
        self._get_session()  # type: ignore[attr-defined]
        old, self._session_key = self.session_key, None
        self.modified = True
        if old and not self._give_up(old):
            self.interrupted = True
            raise SessionInterrupted("The session was ended while this request ran.")

    def _validate_session_key(self, key: str | None) -> bool:
        """Only ids of the panel's own form are looked up. PostgreSQL would reject a NUL byte."""
        return key is not None and _KEY.fullmatch(key) is not None

    def _get_new_session_key(self) -> str:
        """192 random bits: never the same twice, so that `save` needs no savepoint."""
        return secrets.token_urlsafe(SESSION_KEY_LENGTH * 6 // 8)

    def leave_note(self, note: dict[str, Any], *, seconds: int) -> None:
        """Leaves only a note under the session id that is given up next, for this many seconds.

        It is written together with the row of the continued session, and under its name (`sid`).
        """
        if self.session_key:
            expires = timezone.now() + timedelta(seconds=seconds)
            key, content = row_key(self.session_key), self.encode(note)
            self._left = Session(session_key=key, session_data=content, expire_date=expires, signed_in=False)

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            self._give_up(key)

    def _give_up(self, key: str) -> bool:
        """Deletes the row of this id, or leaves it to the note that replaces it; False if there was none."""
        if self._left and self._left.session_key == row_key(key):
            return True
        return bool(Session.objects.filter(session_key=row_key(key)).delete()[0])

    def exists(self, session_key: str | None) -> bool:
        """Whether the row exists, even past its limits."""
        return (
            self._validate_session_key(session_key)
            and Session.objects.filter(session_key=row_key(session_key)).exists()
        )

    def is_gone(self) -> bool:
        """Whether somebody has deleted the row since this request read it."""
        return self.row is not None and not Session.objects.filter(pk=self.row.pk).exists()

    def must_exist(self) -> None:
        """Raises SessionInterrupted if somebody has ended the session. Ask it with the account's row locked."""
        if self.is_gone():
            raise SessionInterrupted

    def _insert(self, row: Session) -> None:
        left, self._left = self._left, None
        if left:
            left.sid = row.sid
            columns = [field.name for field in Session._meta.concrete_fields if not field.primary_key]
            Session.objects.bulk_create(
                [left, row], update_conflicts=True, update_fields=columns, unique_fields=["session_key"]
            )
        else:
            row.save(force_insert=True)

    def _update(self, row: Session) -> None:
        """Writes over what this request has read and over nothing else: somebody may have ended a pending login."""
        rows = Session.objects.filter(pk=row.pk)
        if self.row and self.row.pk == row.pk:
            rows = rows.filter(user=self.row.user_id, signed_in=self.row.signed_in)
        columns = [field.attname for field in Session._meta.concrete_fields if not field.primary_key]
        if not rows.update(**{column: getattr(row, column) for column in columns}):
            raise UpdateError

    def flush(self) -> None:
        self.ended = self.ended or self.row is not None
        super().flush()
        self.interrupted, self._new_sid = False, ""
        self.row = self.contract_id = None

    def touch(self, now: datetime) -> None:
        """Stores the use of a living session, at most once a minute."""
        if self.row and now - self.row.last_seen_at >= TOUCH_EVERY:
            Session.objects.filter(pk=self.row.pk).update(last_seen_at=now)
