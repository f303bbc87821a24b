"""The parameters of `/openid/authorize/`, parsed strictly. Pure."""

import re
from dataclasses import dataclass

from django.http import QueryDict

from accounts.models.usernames import USERNAME_MAX_LENGTH
from cloudpanel.applications.openid.errors import ProtocolError

SCOPES = ("openid", "profile", "email", "groups", "offline_access")
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
RESPONSE_MODES = ("query", "form_post")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
LONGEST_TEXT = 2000
MANY_LOCALES = 20
LONGEST_AGE = 10 * 366 * 24 * 3600
REFUSED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


@dataclass(frozen=True)
class Parameters:
    """The parameters of a request whose client and redirect URI are already checked."""

    scope: tuple[str, ...]
    nonce: str
    challenge: str
    prompt: frozenset[str]
    max_age: int | None
    """Seconds since the last login or confirmation."""
    id_token_hint: str
    login_hint: str
    """The username that the application suggests; empty if it can't be one."""
    ui_locales: tuple[str, ...]
    """The preferred languages, the best one first."""


def single(data: QueryDict, name: str) -> str:
    """The value of a parameter; empty if missing. Raises ProtocolError if it was sent twice."""
    values = data.getlist(name)
    if len(values) > 1:
        raise ProtocolError("invalid_request", f"{_called(name)} was sent twice")
    value = str(values[0]) if values else ""
    if "\0" in value:
        raise ProtocolError("invalid_request", f"{_called(name)} has a zero byte")
    return value


def _called(name: str) -> str:
    """Whoever sends a request chooses the names in it, but an answer holds few characters (RFC 6749 section 5.2)."""
    return f"The parameter {name}" if NAME.fullmatch(name) else "A parameter"


def response_mode(data: QueryDict) -> str:
    """How answers are sent, including errors."""
    try:
        mode = single(data, "response_mode")
    except ProtocolError:
        return "query"
    return mode if mode in RESPONSE_MODES else "query"


def state(data: QueryDict) -> str | None:
    values = data.getlist("state")
    return str(values[0]) if len(values) == 1 else None


def read(data: QueryDict, *, pkce_required: bool) -> Parameters:
    """Raises ProtocolError with the error for the application."""
    for name in data:
        single(data, name)
    _refuse_what_is_not_supported(data)
    return Parameters(
        scope=_scope(single(data, "scope")),
        nonce=_short(data, "nonce"),
        challenge=_challenge(data, required=pkce_required),
        prompt=_prompt(single(data, "prompt")),
        max_age=_max_age(single(data, "max_age")),
        id_token_hint=single(data, "id_token_hint"),
        login_hint=_login_hint(single(data, "login_hint")),
        ui_locales=tuple(single(data, "ui_locales").split()[:MANY_LOCALES]),
    )


def _refuse_what_is_not_supported(data: QueryDict) -> None:
    for name, error in REFUSED.items():
        if single(data, name):
            raise ProtocolError(error)
    kind = single(data, "response_type")
    if not kind:
        raise ProtocolError("invalid_request", "The parameter response_type is missing")
    if kind != "code":
        raise ProtocolError("unsupported_response_type", "Only the response type code is supported")
    if single(data, "response_mode") not in ("", *RESPONSE_MODES):
        raise ProtocolError("invalid_request", "Only the response modes query and form_post are supported")
    _short(data, "state")


def _short(data: QueryDict, name: str) -> str:
    value = single(data, name)
    if len(value) > LONGEST_TEXT:
        raise ProtocolError("invalid_request", f"The parameter {name} is too long")
    return value


def _scope(text: str) -> tuple[str, ...]:
    """The known scopes, in the panel's order; others are ignored (OpenID Connect Core section 3.1.2.1)."""
    asked = text.split()
    if "openid" not in asked:
        raise ProtocolError("invalid_scope", "The scope openid is missing")
    return tuple(scope for scope in SCOPES if scope in asked)


def _challenge(data: QueryDict, *, required: bool) -> str:
    """Only S256 is allowed. A missing method means plain (RFC 7636 section 4.3), which is rejected as well."""
    challenge, method = single(data, "code_challenge"), single(data, "code_challenge_method")
    if not challenge:
        if required or method:
            raise ProtocolError("invalid_request", "The parameter code_challenge is missing")
        return ""
    if method != "S256":
        raise ProtocolError("invalid_request", "Only the code challenge method S256 is supported")
    if not CHALLENGE.fullmatch(challenge):
        raise ProtocolError("invalid_request", "The code_challenge is not that of an S256 method")
    return challenge


def _prompt(text: str) -> frozenset[str]:
    asked = frozenset(text.split())
    if not asked <= PROMPTS:
        raise ProtocolError("invalid_request", "Unknown value of prompt")
    if "none" in asked and len(asked) > 1:
        raise ProtocolError("invalid_request", "The prompt none stands alone")
    return asked


def _login_hint(text: str) -> str:
    return text if len(text) <= USERNAME_MAX_LENGTH and text.isprintable() else ""


def _max_age(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise ProtocolError("invalid_request", "The parameter max_age must be a number of seconds")
    return min(int(text), LONGEST_AGE)
