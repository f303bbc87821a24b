"""The endpoints that applications call: token, userinfo, introspection, revocation.

They use neither sessions nor CSRF tokens; applications authenticate with the secrets they were given.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt

from accounts.gate.access import Access, Audience, open_to
from cloudpanel.applications.openid import claims, clients, grants, jwts, opening, tokens
from cloudpanel.applications.openid.cors import readable
from cloudpanel.applications.openid.errors import NO_STORE, ProtocolError, as_json, challenge
from cloudpanel.applications.openid.models import Authentication, Client, Token
from cloudpanel.applications.openid.parameters import single
from cloudpanel.applications.openid.tokens import Issued
from cloudpanel.web.errors import TOO_MUCH, drain

View = Callable[[HttpRequest], HttpResponse]
LONGEST_TOKEN = 200


def endpoint(*methods: str, scheme: str) -> Callable[[View], View]:
    """Decorates an endpoint that answers in JSON and must not be cached. `scheme` is the one of `WWW-Authenticate`."""

    def mark(view: View) -> View:
        @open_to(Access(Audience.OPEN))
        @csrf_exempt
        @readable(*methods)
        @wraps(view)
        def answer(request: HttpRequest) -> HttpResponse:
            if request.method not in methods:
                return _not_allowed(*methods, "OPTIONS")
            try:
                return view(request)
            except ProtocolError as error:
                return as_json(error, scheme=scheme)
            except IntegrityError:
                return as_json(tokens.invalid("The account or the application was deleted at this moment"))
            except (BadRequest, MultiPartParserError):
                return as_json(ProtocolError("invalid_request", "The form can not be read"))
            except TOO_MUCH:
                drain(request)
                return as_json(ProtocolError("invalid_request", "The form is too long", 413))

        return answer

    return mark


def _not_allowed(*methods: str) -> HttpResponse:
    allowed = ", ".join(methods)
    response = as_json(ProtocolError("invalid_request", f"The methods are {allowed}", 405))
    response["Allow"] = allowed
    return response


def _json(content: dict[str, Any]) -> JsonResponse:
    return JsonResponse(content, headers=NO_STORE)


def _sent(request: HttpRequest, name: str) -> str:
    value = single(request.POST, name)
    if not value:
        raise ProtocolError("invalid_request", f"The parameter {name} is missing")
    return value


@endpoint("POST", scheme="Basic")
def token(request: HttpRequest) -> HttpResponse:
    """RFC 6749 sections 4.1.3 and 6."""
    for name in request.POST:
        single(request.POST, name)
    client = clients.authenticated(request)
    kind = _sent(request, "grant_type")
    if kind == "authorization_code":
        issued = _by_code(request, client)
    elif kind == "refresh_token":
        scope = single(request.POST, "scope")
        issued = tokens.refresh(client, _sent(request, "refresh_token"), scope=scope)
    else:
        raise ProtocolError("unsupported_grant_type", "Only authorization_code and refresh_token are supported")
    opening.note_login(issued.grant.client.application)
    return _json(_answer(issued, first=kind == "authorization_code"))


def _by_code(request: HttpRequest, client: Client) -> Issued:
    return grants.redeem(
        client,
        _sent(request, "code"),
        redirect_uri=_sent(request, "redirect_uri"),
        verifier=single(request.POST, "code_verifier"),
    )


def _answer(issued: Issued, *, first: bool) -> dict[str, Any]:
    content = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": int(tokens.ACCESS_LIFE.total_seconds()),
        "scope": issued.scope,
        "id_token": jwts.id_token(issued, first=first),
    }
    return content | ({"refresh_token": issued.refresh_token} if issued.refresh_token else {})


@endpoint("GET", "POST", scheme="Bearer")
def userinfo(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Core section 5.3."""
    sent = _bearer(request)
    if sent is None:  # no token was sent, so no error is named (RFC 6750 section 3.1)
        return HttpResponse(status=401, headers={"WWW-Authenticate": challenge("Bearer"), **NO_STORE})
    row = tokens.usable(sent) if len(sent) <= LONGEST_TOKEN else None
    if row is None:
        raise ProtocolError("invalid_token", "The access token is not valid (any more)", 401)
    user, application = row.grant.user, row.grant.client.application
    return _json({"sub": user.subject} | claims.claims_of(user, application, row.scope))


def _bearer(request: HttpRequest) -> str | None:
    """The token from the header or a form; never from the URL."""
    header = request.headers.get("Authorization", "")
    in_form = single(request.POST, "access_token")
    if header.lower().startswith("bearer "):
        if in_form:
            raise ProtocolError("invalid_request", "The access token was sent in two places")
        return header[7:].strip()
    return in_form or None


@endpoint("POST", scheme="Basic")
def introspect(request: HttpRequest) -> HttpResponse:
    """RFC 7662. A token of another application is answered like an unknown one."""
    client = clients.authenticated(request)
    if client.client_authentication == Authentication.NONE:
        raise ProtocolError("invalid_client", "Only an application with a secret may ask", 401)
    sent = _sent(request, "token")
    row = _living(sent) if len(sent) <= LONGEST_TOKEN else None
    if row is None or row.grant.client_id != client.pk:
        return _json({"active": False})
    return _json(_described(row))


def _living(sent: str) -> Token | None:
    return tokens.usable(sent) or tokens.refresh_token(sent)


def _described(row: Token) -> dict[str, Any]:
    user = row.grant.user
    kind = {} if row.refresh else {"token_type": "Bearer"}
    return kind | {
        "active": True,
        "scope": row.scope,
        "client_id": row.grant.client.application.client_id,
        "username": user.username,
        "sub": user.subject,
        "aud": row.grant.client.application.client_id,
        "iss": settings.PUBLIC_URL,
        "iat": int(row.made_at.timestamp()),
        "exp": int(row.expires_at.timestamp()),
    }


@endpoint("POST", scheme="Basic")
def revoke(request: HttpRequest) -> HttpResponse:
    """RFC 7009: status 200 also for an unknown token."""
    client = clients.authenticated(request)
    sent = _sent(request, "token")
    if len(sent) <= LONGEST_TOKEN:
        tokens.revoke(client, sent)
    return HttpResponse(status=200, headers=NO_STORE)
