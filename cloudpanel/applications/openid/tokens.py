"""Access tokens and refresh tokens: issued, used, replaced, revoked.

Whatever may happen only once is decided by one conditional UPDATE. Each use checks again whether the person may open
the application (`opening`).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import clock
from accounts.audit.record import record_event
from accounts.models import Event, Outcome, Session, User
from accounts.models.session_store import row_key
from accounts.origin import Origin
from cloudpanel.applications.holding import hold
from cloudpanel.applications.openid import opening
from cloudpanel.applications.openid.digests import digest, new_secret
from cloudpanel.applications.openid.errors import ProtocolError
from cloudpanel.applications.openid.models import Client, Grant, Token

ACCESS_LIFE = timedelta(minutes=10)
REFRESH_LIFE = timedelta(days=30)
SIBLING_WITHIN = timedelta(seconds=10)
"""Two instances of an application may use the same refresh token within this time."""
KEPT = timedelta(days=31)
UNUSED_KEPT = timedelta(hours=1)
WITH = ("user__role", "client__application__contract")


@dataclass(frozen=True)
class Issued:
    """The answer of the token endpoint. Only here are the tokens in clear."""

    grant: Grant
    access_token: str
    scope: str
    refresh_token: str = ""


def refresh(client: Client, token: str, *, scope: str) -> Issued:
    """Replaces a refresh token by a new one, with a new access token. Raises ProtocolError."""
    row = _find(token, refresh=True)
    if row is None or row.grant.client_id != client.pk:
        raise invalid("The refresh token is not known")
    grant, now = row.grant, timezone.now()
    if grant.revoked_at or row.revoked_at or row.expires_at <= now:
        raise invalid("The refresh token has expired or was revoked")
    if grant.stamp != grant.user.stamp or _dies(row):
        raise invalid("The person may not open the application any more")
    wanted = _narrower(grant.scope, scope)
    session = opening.session_of(grant.sid, grant.user)
    if session:
        opening.note_use(session)
    with transaction.atomic():
        hold(grant.client.application_id, user_id=grant.user_id)
        if Token.objects.filter(pk=row.pk, replaced_at__isnull=True).update(replaced_at=now):
            return issue(grant, wanted, refresh=True, offline=session is None)
    return _again(row, wanted, offline=session is None)


def _find(token: str, *, refresh: bool) -> Token | None:
    """The token, whether valid or not, with its grant and `listed`."""
    found = Token.objects.filter(digest=digest(token), refresh=refresh).annotate(listed=listed("grant__"))
    return found.select_related("grant", *(f"grant__{name}" for name in WITH)).first()


def _again(row: Token, scope: str, *, offline: bool) -> Issued:
    with transaction.atomic():
        hold(row.grant.client.application_id, user_id=row.grant.user_id)
        replaced_at = Token.objects.values_list("replaced_at", flat=True).filter(pk=row.pk).first()
        if replaced_at is None:
            raise invalid("The refresh token was deleted at this moment")
        if -clock.SLACK <= timezone.now() - replaced_at <= SIBLING_WITHIN:
            return issue(row.grant, scope, refresh=False, offline=offline)
    raise reused(row.grant)


def _narrower(granted: str, asked: str) -> str:
    if not asked:
        return granted
    if not set(asked.split()) <= set(granted.split()):
        raise ProtocolError("invalid_scope", "More was asked for than was granted")
    return " ".join(scope for scope in granted.split() if scope in asked.split())


def issue(grant: Grant, scope: str, *, refresh: bool, offline: bool = False) -> Issued:
    """The caller holds the account and the application."""
    now = timezone.now()
    issued = Issued(grant, new_secret(), scope, new_secret() if refresh else "")
    access_until = now + ACCESS_LIFE
    rows = [
        Token(grant=grant, digest=digest(issued.access_token), scope=scope, offline=offline, expires_at=access_until)
    ]
    if refresh:
        rows.append(
            Token(
                grant=grant,
                digest=digest(issued.refresh_token),
                scope=grant.scope,
                refresh=True,
                expires_at=now + REFRESH_LIFE,
            )
        )
    Token.objects.bulk_create(rows)
    return issued


def usable(token: str) -> Token | None:
    """The access token with its grant, if it is valid now; None otherwise. Its use counts as a use of the session."""
    row = _find(token, refresh=False)
    if row is None or not _is_alive(row) or not row.grant.client.application.openid:
        return None
    return row


def _is_alive(row: Token) -> bool:
    """A token of a clock that was ahead is not kept for longer than others."""
    grant, now = row.grant, timezone.now()
    in_time = now < row.expires_at <= clock.latest_possible(now) + ACCESS_LIFE
    if grant.revoked_at or row.revoked_at or not in_time or refusal_of(grant, row):
        return False
    session = opening.session_of(grant.sid, grant.user)
    if session:
        opening.note_use(session)
    return session is not None or (row.offline and grant.stamp == grant.user.stamp)


def refresh_token(token: str) -> Token | None:
    """The refresh token with its grant, if it is valid now; None otherwise."""
    row = _find(token, refresh=True)
    if row is None or row.replaced_at or row.revoked_at or row.expires_at <= timezone.now():
        return None
    grant = row.grant
    if grant.revoked_at or grant.stamp != grant.user.stamp or _dies(row):
        return None
    return row


def _dies(row: Token) -> bool:
    """A refresh token that is presented without the right to open the application is revoked with all of its grant,
    so it stays dead when the right comes back."""
    lost = refusal_of(row.grant, row) is not None
    if lost:
        revoke_grants(Grant.objects.filter(pk=row.grant_id))
    return lost


def left(client: Any, sid: Any) -> QuerySet[Token]:
    """The refresh tokens that a client (its id, or an OuterRef) can still use from its logins in a session."""
    valid = Token.objects.filter(refresh=True, replaced_at=None, revoked_at=None, expires_at__gt=timezone.now())
    living = valid.filter(grant__revoked_at=None, grant__stamp=F("grant__user__stamp"))
    return living.filter(grant__client=client, grant__sid=sid)


def revoke(client: Client, token: str) -> None:
    """Revokes an access token, or a refresh token with all tokens of its grant (RFC 7009). Tokens of other clients are
    ignored."""
    row = Token.objects.filter(digest=digest(token), grant__client=client).first()
    if row and row.refresh:
        revoke_grants(Grant.objects.filter(pk=row.grant_id))
    elif row:
        Token.objects.filter(pk=row.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())


def revoke_grants(grants: QuerySet[Grant]) -> int:
    return grants.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())


def forget(user: User, but: str | None, **signal: Any) -> None:
    """Revokes the refresh tokens when all sessions of an account are ended on purpose."""
    kept = Session.objects.filter(session_key=row_key(but)).values_list("sid", flat=True) if but else []
    revoke_grants(Grant.objects.filter(user=user).exclude(sid__in=[sid for sid in kept if sid]))


def removable() -> QuerySet[Grant]:
    """Grants without anything that can still be used: old ones, and codes that nobody has redeemed."""
    now = timezone.now()
    living = Token.objects.filter(grant=OuterRef("pk"), expires_at__gt=now)
    unused = Q(used_at__isnull=True, created_at__lt=now - UNUSED_KEPT)
    return Grant.objects.filter(unused | Q(created_at__lt=now - KEPT)).exclude(Exists(living))


def old() -> QuerySet[Token]:
    """Tokens that expired a day ago. A refresh token that is used again later is treated as unknown."""
    return Token.objects.filter(expires_at__lt=timezone.now() - timedelta(days=1))


def listed(prefix: str) -> Exists:
    return opening.listed(f"{prefix}client__application", f"{prefix}user__role")


def refusal_of(grant: Grant, annotated: Any) -> Any:
    return opening.refusal(
        grant.client.application,
        grant.user,
        role_listed=annotated.listed,
        methods=grant.methods,
        verified=grant.verified,
    )


def reused(grant: Grant) -> ProtocolError:
    with transaction.atomic():
        if revoke_grants(Grant.objects.filter(pk=grant.pk)):
            _record_reuse(grant)
    return invalid("It was used before; what it gave is revoked")


def _record_reuse(grant: Grant) -> None:
    """Of the person, who has not done it, in the log of the application's contract."""
    application = grant.client.application
    record_event(
        Event.APPLICATION_CODE_REUSED,
        origin=Origin(grant.ip, grant.user_agent),
        outcome=Outcome.REFUSED,
        target=grant.user,
        contract_id=application.contract_id,
        detail={"application": application.name},
    )


def invalid(description: str) -> ProtocolError:
    return ProtocolError("invalid_grant", description)
