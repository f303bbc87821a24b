"""Authorization codes: issued for a request, and redeemed once for tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.audit.record import record_event
from accounts.expiry import remove_some
from accounts.models import Event, User
from accounts.origin import Origin
from cloudpanel.applications.holding import hold
from cloudpanel.applications.openid import addresses, opening, tokens
from cloudpanel.applications.openid.digests import digest, new_secret
from cloudpanel.applications.openid.errors import ProtocolError
from cloudpanel.applications.openid.models import Client, Grant, Login
from cloudpanel.applications.openid.parameters import VERIFIER, Parameters
from cloudpanel.applications.openid.tokens import Issued, invalid

CODE_LIFE = timedelta(seconds=60)
UNUSED = 20
"""Codes that a session has not redeemed. More than that replace the oldest."""


@dataclass(frozen=True)
class Proof:
    """Who is logged in, in which session, and how and when they were last verified."""

    user: User
    sid: str
    methods: str
    verified: bool
    at: datetime


def issue_code(client: Client, proof: Proof, parameters: Parameters, *, redirect_uri: str, origin: Origin) -> str:
    """Raises ProtocolError if the account or the application is deleted at this moment."""
    code = new_secret()
    grant = Grant(
        client=client,
        user=proof.user,
        sid=proof.sid,
        code=digest(code),
        expires_at=timezone.now() + CODE_LIFE,
        redirect_uri=redirect_uri,
        challenge=parameters.challenge,
        nonce=parameters.nonce,
        scope=" ".join(parameters.scope),
        auth_time=proof.at,
        methods=proof.methods,
        verified=proof.verified,
        stamp=proof.user.stamp,
        ip=origin.ip,
        user_agent=origin.agent,
    )
    with transaction.atomic():
        if not hold(client.application_id, user_id=proof.user.pk):
            raise ProtocolError("access_denied", "The account or the application was deleted")
        grant.save(force_insert=True)
    _drop_unused(proof.sid)
    return code


def _drop_unused(sid: str) -> None:
    """Asks first, since there is rarely something to delete. A code that is being redeemed stays."""
    unused = Grant.objects.filter(sid=sid, used_at__isnull=True)
    excess = list(unused.order_by("-pk").values_list("pk", flat=True)[UNUSED:])
    if excess:
        with transaction.atomic():
            remove_some(unused.filter(pk__in=excess).order_by("pk"))


def redeem(client: Client, code: str, *, redirect_uri: str, verifier: str) -> Issued:
    """Returns an access token and, with `offline_access`, a refresh token. Raises ProtocolError."""
    seen = Login.objects.filter(client=OuterRef("client"), sid=OuterRef("sid"), ended_at__isnull=True)
    found = Grant.objects.filter(code=digest(code)).annotate(seen=Exists(seen), listed=tokens.listed(""))
    grant = found.select_related(*tokens.WITH).first()
    if grant is None or grant.client_id != client.pk:
        raise invalid("The code is not known")
    if grant.used_at:
        raise tokens.reused(grant)
    if grant.revoked_at:
        raise revoked()
    if grant.expires_at <= timezone.now():
        raise invalid("The code has expired")
    if redirect_uri != grant.redirect_uri:
        raise invalid("The redirect_uri is not that of the code")
    if not addresses.is_registered(redirect_uri, addresses.lines(client.redirect_uris)):
        raise invalid("The redirect_uri is not registered any more")
    if client.needs_pkce and not grant.challenge:
        raise invalid("The code was asked for without PKCE, which is required by now")
    _check_verifier(grant.challenge, verifier)
    if opening.session_of(grant.sid, grant.user) is None or tokens.refusal_of(grant, grant):
        raise invalid("The person may not open the application any more")
    return _redeem(grant)


def _redeem(grant: Any) -> Issued:
    """Redeems the code. A second use revokes what the first one issued, also if they are simultaneous."""
    this = Grant.objects.filter(pk=grant.pk)
    with transaction.atomic():
        hold(grant.client.application_id, user_id=grant.user_id)
        if this.filter(used_at__isnull=True, revoked_at__isnull=True).update(used_at=timezone.now()):
            _note_login(grant)
            return tokens.issue(grant, grant.scope, refresh="offline_access" in grant.scope.split())
    raise tokens.reused(grant) if this.filter(used_at__isnull=False).exists() else revoked()


def revoked() -> ProtocolError:
    return invalid("The code was revoked")


def _check_verifier(challenge: str, verifier: str) -> None:
    """A verifier without a challenge means that somebody has removed the challenge (RFC 9700 section 4.8.2)."""
    if bool(challenge) is not bool(verifier):
        raise invalid("The code_verifier does not fit the request")
    if challenge and not (VERIFIER.fullmatch(verifier) and constant_time_compare(digest(verifier), challenge)):
        raise invalid("The code_verifier is wrong")


def _note_login(grant: Any) -> None:
    """If an earlier login of this session has ended, it begins anew, and the application is told of its end again."""
    if grant.seen:
        return
    session = {"client": grant.client, "sid": grant.sid, "stamp": grant.stamp}
    login = Login(user=grant.user, subject=grant.user.subject, **session)
    begun_anew = ["stamp", "detached", "ended_at", "due_at", "attempts", "outcome"]
    Login.objects.bulk_create([login], update_conflicts=True, unique_fields=["client", "sid"], update_fields=begun_anew)
    origin = Origin(grant.ip, grant.user_agent)
    record_event(Event.APPLICATION_LOGIN, origin=origin, actor=grant.user, target=grant.client.application)
