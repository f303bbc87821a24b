"""Whether a person may open an application now: calls `access.decide` for a session or a grant."""

from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts import clock
from accounts.models import Session, User
from accounts.models.auth_hash import is_auth_hash
from accounts.models.session import alive
from accounts.models.session_store import TOUCH_EVERY, SessionStore
from accounts.sessions import services as sessions
from cloudpanel.applications.access import Refusal, decide
from cloudpanel.applications.models import Application
from cloudpanel.applications.subjects import person


def listed(application: str, role: str) -> Exists:
    """Whether the application lists the role; both arguments are names of fields of the outer query."""
    through = Application.roles.through
    return Exists(through.objects.filter(application_id=OuterRef(application), role_id=OuterRef(role)))


def refusal(
    application: Application,
    user: User | None,
    *,
    role_listed: bool,
    methods: str,
    verified: bool,
    proved_at: datetime | None = None,
) -> Refusal | None:
    """`proved_at` is only passed when a login begins."""
    age = timezone.now() - proved_at if proved_at else None
    asking = person(user, role_listed=role_listed, verified=verified, methods=methods) if user else None
    return decide(application.rules(), asking, proof_age=age)


def session_of(sid: str, user: User) -> Session | None:
    """The valid session with this name: within its time limits, and under the account's current stamp."""
    row = Session.objects.filter(alive(timezone.now()), sid=sid, user=user, signed_in=True).first()
    return row if row and is_of(row, user) else None


def is_of(row: Session, user: User) -> bool:
    sealed = SessionStore().decode(row.session_data).get(HASH_SESSION_KEY, "")
    return user.is_active and is_auth_hash(sealed, user.password, user.stamp)


def note_use(row: Session) -> None:
    """Use of an application keeps the session active; stored at most once a minute."""
    if timezone.now() - row.last_seen_at >= TOUCH_EVERY:
        sessions.note_use(row.pk)


def note_login(application: Application) -> None:
    """Stored at most once a minute; of simultaneous requests only one writes. Not for transactions that hold the
    application: two of them and a deletion could wait for each other."""
    seen = application.openid_used_at
    if seen is None or not clock.is_within(TOUCH_EVERY.total_seconds(), seen.timestamp()):
        rows = Application.objects.filter(pk=application.pk, openid_used_at=seen)
        rows.update(openid_used_at=timezone.now())
