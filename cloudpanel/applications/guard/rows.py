"""The single SELECT of a check: application, visit, session, account and role, by origin and the visit's cookie.

It is written by hand: with the query builder and model instances it would take longer than the rest of the check. Times
are compared in the database, so none is converted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts import clock
from accounts.models.auth_hash import is_auth_hash
from accounts.models.prepared import first
from accounts.models.session import idle_since, latest_expiry
from accounts.models.session_store import TOUCH_EVERY
from cloudpanel.applications.access import Person, Rules, used_passkey
from cloudpanel.applications.guard.digests import digest

_COLUMNS = {
    "id": "a.id",
    "name": "a.name",
    "contract_id": "a.contract_id",
    "owner_id": "c.owner_id",
    "is_active": "a.is_active",
    "who": "a.who",
    "needs": "a.needs",
    "minutes": "a.reauthenticate_minutes",
    "assertion": "a.assertion",
    "visit_id": "v.id",
    "visit_hash": "v.auth_hash",
    "visit_verified": "v.verified",
    "session_key": "s.session_key",
    "sid": "s.sid",
    "methods": "s.methods",
    "user_id": "u.id",
    "subject": "u.subject",
    "username": "u.username",
    "full_name": "u.name",
    "email": "u.email",
    "password": "u.password",
    "stamp": "u.stamp",
    "user_active": "u.is_active",
    "user_contract_id": "u.contract_id",
    "must_use": "u.is_staff OR u.is_superuser OR (u.two_factor_required AND "
    "(u.two_factor_required_from IS NULL OR u.two_factor_required_from <= %(now)s))",
    "two_factor_active": "u.two_factor_active_since IS NOT NULL",
    "role": "r.name",
    "role_enabled": "r.enabled",
    "role_listed": "EXISTS (SELECT 1 FROM applications_application_roles x "
    "WHERE x.application_id = a.id AND x.role_id = u.role_id)",
    "touch": "s.last_seen_at <= %(minute_ago)s",
    "note": "a.last_used_at IS NULL OR a.last_used_at <= %(minute_ago)s OR a.last_used_at > %(latest_seen)s",
}
_SQL = """
    SELECT {columns}
    FROM applications_application a
    JOIN accounts_contract c ON c.id = a.contract_id
    LEFT JOIN applications_visit v ON v.application_id = a.id AND v.digest IN ({digests})
    LEFT JOIN accounts_session s ON s.session_key = v.session_id AND s.signed_in
        AND s.expire_date > %(now)s AND s.expire_date <= %(latest_expiry)s
        AND s.last_seen_at > %(idle_since)s AND s.last_seen_at <= %(latest_seen)s
    LEFT JOIN accounts_user u ON u.id = s.user_id
    LEFT JOIN accounts_role r ON r.id = u.role_id
    WHERE a.origin = %(origin)s AND a.guard
""".replace("{columns}", ", ".join(f"({sql})" for sql in _COLUMNS.values()))


@dataclass(frozen=True)
class GuardRow:
    """A guarded application and, if there is one, the visit with its session and account.

    The fields are those of `_COLUMNS`, in the same order.
    """

    id: int
    name: str
    contract_id: int
    owner_id: int
    is_active: bool
    who: str
    needs: str
    minutes: int | None
    assertion: bool
    visit_id: int | None
    visit_hash: str
    visit_verified: bool
    session_key: str | None
    sid: str
    methods: str
    user_id: int | None
    subject: str
    username: str
    full_name: str
    email: str
    password: str
    stamp: int
    user_active: bool
    user_contract_id: int | None
    must_use: bool
    two_factor_active: bool
    role: str | None
    role_enabled: bool | None
    role_listed: bool
    touch: bool
    """Whether the last use of the session was stored more than a minute ago."""
    note: bool
    """Whether the last use of the application was stored more than a minute ago."""

    def rules(self) -> Rules:
        return Rules(
            contract_id=self.contract_id,
            owner_id=self.owner_id,
            is_active=bool(self.is_active),
            who=self.who,
            needs=self.needs,
            reauthenticate_minutes=self.minutes,
        )

    def person(self) -> Person | None:
        """None without a valid session, or if the account has changed."""
        if self.user_id is None or not is_auth_hash(self.visit_hash, self.password, self.stamp):
            return None
        return Person(
            id=self.user_id,
            is_active=bool(self.user_active),
            contract_id=self.user_contract_id,
            role_enabled=bool(self.role_enabled),
            role_listed=bool(self.role_listed),
            must_use_two_factor=bool(self.must_use),
            two_factor_active=bool(self.two_factor_active),
            verified=bool(self.visit_verified),
            used_passkey=used_passkey(self.methods),
        )


def find(origin: str, visits: Mapping[int, str], *, now: datetime) -> GuardRow | None:
    """The guarded application with this origin, and the visit that one of these secrets opens; None for an unknown
    host."""
    digests = {f"digest{i}": digest("visit", pk, secret) for i, (pk, secret) in enumerate(visits.items())}
    places = ", ".join(f"%({name})s" for name in digests) or "NULL"
    values: dict[str, Any] = {
        "origin": origin,
        "now": now,
        "minute_ago": now - TOUCH_EVERY,
        "latest_expiry": latest_expiry(now),
        "idle_since": idle_since(now),
        "latest_seen": clock.latest_possible(now),
    }
    row = first(_SQL.replace("{digests}", places), **values, **digests)
    return GuardRow(*row) if row else None
