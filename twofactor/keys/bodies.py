"""The JSON that keys.js sends and reads: bodies, messages, and which browser asks."""

import json
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import JsonResponse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from accounts.gate.redirects import safe_next
from accounts.models.session_store import row_key
from accounts.throttling import sentences as throttling_sentences
from accounts.throttling.budgets import Wait

MAX_BYTES = 32 * 1024
"""An answer with an attestation has some thousand. fido2 copies the rest of its CBOR for each element: a body of 2 MiB
would take minutes, or gigabytes."""


class BadBody(Exception):
    pass


def read(body: bytes) -> dict[str, Any]:
    """The object in a body, or an empty one for no body; raises BadBody.

    JSON can contain half of a surrogate pair, which forms can't send, and which neither hashes nor databases accept.
    """
    if len(body) > MAX_BYTES:
        raise BadBody
    try:
        content = json.loads(body or b"{}")
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as fault:
        raise BadBody from fault
    if not isinstance(content, dict):
        raise BadBody
    return content


def form_in(body: bytes) -> tuple[str, MultiValueDict[str, str]]:
    """The page that a key is added on, and the name typed there; `/` and an empty name for a malformed body."""
    try:
        content = read(body)
    except BadBody:
        content = {}
    return safe_next(str(content.get("page"))), MultiValueDict({"name": [str(content.get("name", ""))]})


def browser_of(session: SessionBase, csrf_secret: str | None) -> str:
    """Identifies a browser in a challenge: by its session, or else by its CSRF cookie."""
    return row_key(session.session_key or csrf_secret or "")


def error(sentence: str, *, wait: Wait | None = None, **more: Any) -> JsonResponse:
    """With the wait that this attempt has started."""
    if wait:
        sentence = f"{sentence} {throttling_sentences.plain_sentence(wait.seconds)}".lstrip()
        more["wait"] = wait.seconds
    return JsonResponse({"error": sentence} | more, status=400)


def wait(wait: Wait) -> JsonResponse:
    """With status 429 (RFC 6585 section 4)."""
    response = error("", wait=wait)
    response.status_code = 429
    response["Retry-After"] = str(wait.seconds)
    return response


def malformed() -> str:
    return _("The browser sent something that can't be read. Reload the page and try again.")


def late() -> str:
    return _("This request has expired. Try again.")


def wrong(wait: Wait | None) -> JsonResponse:
    """A wait already says when to try again."""
    if wait:
        return error(_("The security key could not be checked."), wait=wait)
    return error(_("The security key could not be checked. Try again."))


def unknown() -> str:
    return _("This passkey can't be used here. Log in with your username and password.")


def unusable() -> str:
    return _("Security keys need an https address with a name. This panel has none.")
