"""Identifies and authenticates clients (RFC 6749 section 2.3).

Secrets have 256 random bits and can't be guessed, so a right one is never refused, however many wrong ones came before:
else somebody at an application's address could block it. Wrong ones are counted after the comparison.
"""

from base64 import b64decode
from datetime import timedelta
from urllib.parse import unquote_plus

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.audit import repetitions
from accounts.models import Event, Outcome
from accounts.origin import Origin
from accounts.throttling import budgets
from accounts.throttling.budgets import Budget, Wait
from cloudpanel.applications.openid.digests import digest
from cloudpanel.applications.openid.errors import ProtocolError
from cloudpanel.applications.openid.models import Authentication, Client
from cloudpanel.applications.openid.parameters import single

FREE_HERE = 10
FREE_FOR_ADDRESS = 100
CLIENT_ID_MAX_LENGTH = 40


def enabled() -> QuerySet[Client]:
    return Client.objects.filter(application__openid=True).select_related("application__contract")


def named(client_id: str) -> Client | None:
    """The client with this id, if its application uses OpenID Connect."""
    if not client_id or len(client_id) > CLIENT_ID_MAX_LENGTH or not client_id.isprintable():
        return None
    return enabled().filter(application__client_id=client_id).first()


def authenticated(request: HttpRequest) -> Client:
    """The client that sent this request. Raises ProtocolError."""
    client_id, secret = _sent(request)
    origin = Origin.from_request(request)
    found = enabled().filter(application__client_id=client_id).first()
    if found and _is_right(found, secret):
        return found
    raise _failed(found, client_id, origin)


def _sent(request: HttpRequest) -> tuple[str, str]:
    """Client id and secret from the header or the form; rejects both together (RFC 6749 section 2.3)."""
    form_id, in_form = single(request.POST, "client_id"), single(request.POST, "client_secret")
    header = request.headers.get("Authorization", "")
    if not header.lower().startswith("basic "):
        if not form_id or len(form_id) > CLIENT_ID_MAX_LENGTH:
            raise ProtocolError("invalid_client", "The client is not known", 401)
        return form_id, in_form
    if in_form:
        raise ProtocolError("invalid_request", "The client secret was sent in two places")
    client_id, secret = _of_header(header)
    if form_id not in ("", client_id):
        raise ProtocolError("invalid_request", "Two client ids were sent")
    return client_id, secret


def _of_header(header: str) -> tuple[str, str]:
    """Both are form-encoded before base64 (RFC 6749 section 2.3.1)."""
    try:
        client_id, colon, secret = b64decode(header[6:].strip(), validate=True).decode().partition(":")
    except ValueError:
        client_id, colon, secret = "", "", ""
    client_id = unquote_plus(client_id)
    if not colon or not client_id or len(client_id) > CLIENT_ID_MAX_LENGTH or "\0" in client_id:
        raise ProtocolError("invalid_client", "The Authorization header can not be read", 401)
    return client_id, unquote_plus(secret)


def _is_right(client: Client, secret: str) -> bool:
    """A public client sends no secret; others send one of their current secrets."""
    if client.client_authentication == Authentication.NONE:
        return not secret
    if not secret:
        return False
    sent = digest(secret)
    return any(constant_time_compare(sent, kept) for kept in (client.secret, client.old_secret) if kept)


def _budgets(client_id: str, origin: Origin) -> list[Budget]:
    network = origin.network()
    return [
        Budget("client_here", f"{network}|{client_id}", free=FREE_HERE, forgotten_after=timedelta(hours=1)),
        Budget("client_address", network, free=FREE_FOR_ADDRESS, forgotten_after=timedelta(hours=1)),
    ]


def _failed(client: Client | None, client_id: str, origin: Origin) -> ProtocolError:
    attempt = budgets.consume(_budgets(client_id, origin))
    if isinstance(attempt, Wait):
        return ProtocolError(
            "temporarily_unavailable", "Too many failed attempts from this address", 429, retry_after=attempt.seconds
        )
    if client:
        with transaction.atomic():
            repetitions.record(
                str(client.pk),
                Event.APPLICATION_SECRET_WRONG,
                person=None,
                origin=origin,
                outcome=Outcome.REFUSED,
                target=client.application,
            )
    return ProtocolError("invalid_client", "The client is not known, or its secret is wrong", 401)
