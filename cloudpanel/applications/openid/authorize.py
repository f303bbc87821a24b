"""Answers a request to `/openid/authorize/`: by an answer to the application, a page, or a step before it."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from accounts.gate import asked_language
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.origin import Origin
from accounts.sessions import services as sessions
from cloudpanel.applications import responses
from cloudpanel.applications.access import Refusal
from cloudpanel.applications.openid import grants, steps
from cloudpanel.applications.openid.call import Call
from cloudpanel.applications.openid.errors import ProtocolError
from cloudpanel.applications.openid.grants import Proof
from cloudpanel.applications.openid.parameters import Parameters, read
from twofactor.login import proof


def answer(call: Call) -> HttpResponse:
    """Returns a person who is logged in and may open the application to it, with a code."""
    try:
        parameters = read(call.carried.data, pkce_required=call.client.needs_pkce)
        found = _proof(call.request)
        language = call.speak(parameters)
        if "none" in parameters.prompt:
            _refuse_silently(call, parameters, found)
        else:
            step = steps.step(call, parameters, found)
            if step:
                return _in(step, language)
    except ProtocolError as error:
        return call.answer(error.content())
    if found is None:  # whoever gets here is logged in
        raise PermissionDenied
    responses.forget(call.request.session)
    origin = Origin.from_request(call.request)
    try:
        code = grants.issue_code(call.client, found, parameters, redirect_uri=call.redirect_uri, origin=origin)
    except ProtocolError as error:
        return call.answer(error.content())
    return call.answer({"code": code})


def _in(step: HttpResponse, language: str) -> HttpResponse:
    """Sets the cookie for the language, so that the following pages use it, too."""
    if language:
        asked_language.keep(step, language)
    return step


def _proof(request: PanelRequest) -> Proof | None:
    """None unless somebody is logged in and has completed every step that their account needs."""
    user, row = request.user, request.session.row
    if not isinstance(user, User) or row is None or (user.two_factor_active and not user.is_verified()):
        return None
    methods, at = proof.stored(dict(request.session.items()))
    return Proof(user, sessions.sid_of(row), methods, user.is_verified(), at or row.created_at)


def _refuse_silently(call: Call, parameters: Parameters, found: Proof | None) -> None:
    """With `prompt=none` no page may be shown, so the application is told what would be needed."""
    if found is None:
        raise ProtocolError("interaction_required" if call.request.pending_login else "login_required")
    if steps.is_someone_else(call, parameters, found) or steps.needs_proof(call, parameters, found):
        raise ProtocolError("login_required")
    reason = steps.refusal(call, found)
    if reason in (Refusal.SETUP, Refusal.PASSKEY) or (not reason and steps.lacks_email(call, parameters, found)):
        raise ProtocolError("interaction_required")
    if reason:
        steps.note_refusal(call, found.user, reason)
        raise ProtocolError("login_required" if reason.can_be_solved else "access_denied")
