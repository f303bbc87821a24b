"""Errors of the protocol, with the names and codes of RFC 6749, RFC 6750 and OpenID Connect Core."""

from dataclasses import dataclass

from django.http import JsonResponse

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class PageError(Exception):
    """The request can't be answered to the application because its address isn't known; a page shows the sentence."""


@dataclass(frozen=True)
class ProtocolError(Exception):
    """`description` is for developers: English, ASCII, without quotes and backslashes (RFC 6749 section 5.2)."""

    error: str
    description: str = ""
    status: int = 400
    retry_after: int = 0
    """Seconds; 0 for an error that waiting doesn't cure."""

    def content(self) -> dict[str, str]:
        described = {"error_description": self.description} if self.description else {}
        return {"error": self.error} | described


def as_json(error: ProtocolError, *, scheme: str = "") -> JsonResponse:
    """The answer of an endpoint; `scheme` is the one of `WWW-Authenticate`."""
    response = JsonResponse(error.content(), status=error.status, headers=NO_STORE)
    if error.status == 401 and scheme:
        response["WWW-Authenticate"] = challenge(scheme, error)
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response


def challenge(scheme: str, error: ProtocolError | None = None) -> str:
    parts = ['realm="Cloud Panel"']
    if error and scheme == "Bearer":
        parts += [f'{name}="{value}"' for name, value in error.content().items()]
    return f"{scheme} {', '.join(parts)}"
