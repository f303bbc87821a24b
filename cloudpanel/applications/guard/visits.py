"""Opens and ends visits. Whatever may happen only once is one conditional UPDATE."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import clock
from accounts.audit import repetitions
from accounts.audit.record import record_event
from accounts.expiry import remove_some
from accounts.models import Event, Outcome, Session, User
from accounts.origin import Origin
from accounts.sessions import services as sessions
from cloudpanel.applications.guard.digests import digest, new_secret
from cloudpanel.applications.guard.rows import GuardRow
from cloudpanel.applications.holding import hold
from cloudpanel.applications.models import Application, Ticket, Visit

TICKET_LIFETIME = timedelta(seconds=30)
TICKET_KEPT = timedelta(minutes=1)


@dataclass(frozen=True)
class Opened:
    secret: str
    """The content of the visit's cookie."""
    path: str


def issue_ticket(
    *, application: Application, session: Session, user: User, verified: bool, nonce_digest: str, path: str
) -> str:
    """Issues a ticket of this session for the browser that holds the nonce. The caller has decided that the person may
    open the application. Each removes some that nobody can use any more.

    Raises IntegrityError if the application is deleted at this moment.
    """
    secret = new_secret()
    with transaction.atomic():  # over before the next waits for a deletion of the application, which needs these rows
        remove_some(Ticket.objects.filter(expires_at__lt=timezone.now() - TICKET_KEPT).order_by("expires_at"))
    Ticket.objects.create(
        digest=digest("ticket", application.pk, secret),
        application=application,
        session=session,
        nonce_digest=nonce_digest,
        auth_hash=user.get_session_auth_hash(),
        verified=verified,
        path=path,
        expires_at=timezone.now() + TICKET_LIFETIME,
    )
    return secret


def take_ticket(*, application: Application, ticket: str, nonce: str, origin: Origin) -> Opened | None:
    """Opens a visit; None for a ticket that is invalid, expired, used, or not for this browser."""
    with transaction.atomic():
        valid = _unused(application, ticket).filter(nonce_digest=digest("nonce", application.pk, nonce))
        if not hold(application.pk) or not valid.update(used_at=timezone.now()):
            return None
        taken = _rows(application, ticket).get()
        session = Session.objects.filter(pk=taken.session_id, signed_in=True).select_related("user").first()
        if session is None or session.user is None:
            return None
        secret = new_secret()
        Visit.objects.create(
            digest=digest("visit", application.pk, secret),
            application=application,
            session=session,
            auth_hash=taken.auth_hash,
            verified=taken.verified,
        )
        record_event(
            Event.APPLICATION_OPENED,
            origin=origin,
            actor=session.user,
            target=application,
            detail={"origin": application.origin},
        )
    return Opened(secret, taken.path)


def path_of(application: Application, ticket: str) -> str | None:
    """Where a ticket leads that its own browser can still use; None for any other."""
    return _unused(application, ticket).values_list("path", flat=True).first()


def _rows(application: Application, ticket: str) -> QuerySet[Ticket]:
    return Ticket.objects.filter(digest=digest("ticket", application.pk, ticket), application=application)


def _unused(application: Application, ticket: str) -> QuerySet[Ticket]:
    now = timezone.now()
    in_time = {"expires_at__gt": now, "expires_at__lte": clock.latest_possible(now) + TICKET_LIFETIME}
    return _rows(application, ticket).filter(used_at__isnull=True, **in_time)


def note_use_of_application(found: GuardRow, last_check: dict[str, Any]) -> None:
    """`last_check` is what the proxy has sent, for the guard page and Overview."""
    Application.objects.filter(pk=found.id).update(last_used_at=timezone.now(), last_check=last_check)


def note_refusal(found: GuardRow, why: str, origin: Origin) -> None:
    """Logs one row per visit, however many requests are refused."""
    if found.visit_id is None or found.user_id is None:
        return
    with transaction.atomic():
        if Visit.objects.filter(pk=found.visit_id, refused_at__isnull=True).update(refused_at=timezone.now()):
            record_event(
                Event.APPLICATION_REFUSED,
                origin=origin,
                outcome=Outcome.REFUSED,
                actor=User.objects.filter(pk=found.user_id).first(),
                target=Application.objects.filter(pk=found.id).first(),
                contract_id=found.contract_id,
                detail={"reason": why},
            )


def note_untrusted_peer(kind: str, origin: Origin) -> None:
    """Logs that a check came from an untrusted address: one row per minute, without a contract."""
    with transaction.atomic():
        repetitions.record(
            kind, Event.GUARD_REFUSED, person=None, origin=origin, outcome=Outcome.REFUSED, detail={"proxy": kind}
        )


def end_session(found: GuardRow, origin: Origin) -> bool:
    """Logs the person of this visit out of the panel, and so out of every application.

    False if the visit has no session any more. The person may still be logged in: a session that continues under a new
    id leaves its visits behind.
    """
    if found.session_key is None or found.user_id is None:
        return False
    with transaction.atomic():
        if not sessions.delete(found.session_key):
            return False
        user = User.objects.filter(pk=found.user_id).first()
        record_event(Event.SIGN_OUT, origin=origin, actor=user, target=user)
    return True
