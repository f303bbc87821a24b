"""May this person open this application now? The question of `access`, asked with what a session or a grant knows."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import clock
from accounts.models import Session, User
from accounts.models.session_store import TOUCH_EVERY, SessionStore, latest_expiry
from cloudpanel.applications import access
from cloudpanel.applications.access import Refusal
from cloudpanel.applications.models import Application, Who

KEYS = frozenset({"hwk", "swk"})
"""Values of `amr` that stand for a security key or passkey."""


def listed(application: str, role: str) -> Exists:
    """Whether the role is among those of the application; both are names of fields of the query that asks."""
    through = Application.roles.through
    return Exists(through.objects.filter(application_id=OuterRef(application), role_id=OuterRef(role)))


def is_listed(application: Application, user: User) -> bool:
    return application.who == Who.ROLES and application.roles.filter(users=user).exists()


def refusal(
    application: Application,
    user: User | None,
    *,
    role_listed: bool,
    methods: str,
    verified: bool,
    proved_at: datetime | None = None,
) -> Refusal | None:
    """`proved_at` is given only where a login begins."""
    age = timezone.now() - proved_at if proved_at else None
    person = _person(user, role_listed=role_listed, methods=methods, verified=verified) if user else None
    return access.decide(_rules(application), person, proof_age=age)


def _rules(application: Application) -> access.Rules:
    return access.Rules(
        contract_id=application.contract_id,
        owner_id=application.contract.owner_id,
        is_active=application.is_active,
        who=application.who,
        needs=application.needs,
        reauthenticate_minutes=application.reauthenticate_minutes,
    )


def _person(user: User, *, role_listed: bool, methods: str, verified: bool) -> access.Person:
    role = user.role
    return access.Person(
        id=user.pk,
        is_active=user.is_active,
        contract_id=user.contract_id,
        role_enabled=role is not None and role.enabled,
        role_listed=role_listed,
        must_use_two_factor=user.must_use_two_factor,
        two_factor_active=user.two_factor_active,
        verified=verified,
        used_passkey=bool(KEYS.intersection(methods.split())),
    )


def session_of(sid: str, user: User) -> Session | None:
    """The session of this name if it is alive: within its limits, and under the account's present stamp."""
    now = timezone.now()
    rows = Session.objects.filter(sid=sid, user=user, signed_in=True)
    rows = rows.filter(expire_date__gt=now, expire_date__lte=latest_expiry(now))
    idle = now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    row = rows.filter(last_seen_at__gt=idle, last_seen_at__lte=clock.latest_possible(now)).first()
    return row if row and is_of(row, user) else None


def is_of(row: Session, user: User) -> bool:
    sealed = SessionStore().decode(row.session_data).get(HASH_SESSION_KEY, "")
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return user.is_active and any(constant_time_compare(sealed, known) for known in hashes)


def note_use(row: Session) -> None:
    """Work in an application keeps the session alive; written at most once a minute."""
    now = timezone.now()
    if now - row.last_seen_at >= TOUCH_EVERY:
        Session.objects.filter(pk=row.pk, last_seen_at__lt=now).update(last_seen_at=now)
