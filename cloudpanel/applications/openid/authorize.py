"""What becomes of a request at `/openid/authorize/`: an answer to the application, a page, or a step before it."""

import time
from dataclasses import dataclass, replace

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from accounts.audit import repetitions
from accounts.gate.request import PanelRequest
from accounts.models import Event, Outcome, Session, User
from accounts.models.session_store import new_sid
from accounts.origin import Origin
from cloudpanel.applications.access import Refusal
from cloudpanel.applications.openid import addresses, answers, asked, clients, grants, jwts, opening, sentences
from cloudpanel.applications.openid.asked import Asked
from cloudpanel.applications.openid.errors import PageError, ProtocolError
from cloudpanel.applications.openid.grants import Proof
from cloudpanel.applications.openid.models import Client
from cloudpanel.applications.openid.parameters import Wanted, read, response_mode, single, state
from twofactor.login import flow, proof

SETUP = "two_factor_setup"


@dataclass(frozen=True)
class Call:
    """One request of a client whose redirect URI is registered."""

    request: PanelRequest
    asked: Asked
    client: Client
    redirect_uri: str
    after_form: bool

    def answer(self, content: dict[str, str]) -> HttpResponse:
        data = self.asked.data
        returned = state(data)
        content = content | ({"state": returned} if returned is not None else {})
        return answers.send(
            self.request,
            self.redirect_uri,
            content,
            mode=response_mode(data),
            after_form=self.after_form,
            name=self.client.application.name,
        )

    def fail(self, error: str) -> HttpResponse:
        return self.answer({"error": error})


def call_of(request: PanelRequest, wanted: Asked, *, after_form: bool) -> Call:
    """Client and address are looked at before anything is sent anywhere. Raises PageError."""
    data = wanted.data
    try:
        client = clients.named(single(data, "client_id"))
        redirect_uri = single(data, "redirect_uri")
    except ProtocolError:
        client, redirect_uri = None, ""
    if client is None:
        raise PageError(sentences.not_a_client())
    if not addresses.is_registered(redirect_uri, addresses.lines(client.redirect_uris)):
        raise PageError(sentences.not_its_address(client.application))
    return Call(request, wanted, client, redirect_uri, after_form)


def answer(call: Call) -> HttpResponse:
    """Who is logged in and may open the application goes back to it with a code."""
    required = call.client.pkce_required or call.client.client_authentication == "none"
    try:
        wanted = read(call.asked.data, pkce_required=required)
        found = _proof(call.request)
        if "none" in wanted.prompt:
            _refuse_silently(call, wanted, found)
        else:
            step = _step(call, wanted, found)
            if step:
                return step
    except ProtocolError as error:
        return call.answer(error.content())
    if found is None:  # every way that leads here has somebody logged in
        raise PermissionDenied
    origin = Origin.from_request(call.request)
    code = grants.issue_code(call.client, found, wanted, redirect_uri=call.redirect_uri, origin=origin)
    return call.answer({"code": code})


def _proof(request: PanelRequest) -> Proof | None:
    """None where nobody is logged in with everything that their account asks for."""
    user, row = request.user, request.session.row
    if not isinstance(user, User) or row is None or (user.two_factor_active and not user.is_verified()):
        return None
    methods, at = proof.stored(dict(request.session.items()))
    return Proof(user, _sid(row), methods, user.is_verified(), at or row.created_at)


def _sid(row: Session) -> str:
    """A session that an older version began gets its name when it is needed first."""
    if not row.sid:
        Session.objects.filter(pk=row.pk, sid="").update(sid=new_sid())
        row.refresh_from_db(fields=["sid"])
    return row.sid


def _refusal(call: Call, found: Proof) -> Refusal | None:
    return opening.refusal(
        call.client.application,
        found.user,
        role_listed=opening.is_listed(call.client.application, found.user),
        methods=found.methods,
        verified=found.verified,
        proved_at=found.at,
    )


def _refuse_silently(call: Call, wanted: Wanted, found: Proof | None) -> None:
    """With `prompt=none` no page may be shown: the application is told what would be needed."""
    if found is None:
        raise ProtocolError("interaction_required" if call.request.pending_login else "login_required")
    if _is_someone_else(call, wanted, found) or _needs_proof(call, wanted, found):
        raise ProtocolError("login_required")
    reason = _refusal(call, found)
    if reason in (Refusal.SETUP, Refusal.PASSKEY):
        raise ProtocolError("interaction_required")
    if reason:
        _note(call, found.user, reason)
        raise ProtocolError("login_required" if reason.can_be_solved else "access_denied")


def _step(call: Call, wanted: Wanted, found: Proof | None) -> HttpResponse | None:
    """What has to come first; None where nothing has."""
    if found is None:
        return to_login(call.asked)
    someone_else = _is_someone_else(call, wanted, found)
    asks_who = someone_else or "select_account" in wanted.prompt
    if asks_who and not call.asked.has_answered("select_account", found.user):
        return _question(call, "openid/account.html", wanted)
    if someone_else:
        raise ProtocolError("login_required", "Another person is logged in")
    reason = _refusal(call, found)
    if reason and not reason.can_be_solved:
        _refuse(call, found.user, reason)
    if _needs_proof(call, wanted, found) or reason in (Refusal.CONFIRM, Refusal.PASSKEY):
        return _to_confirm(call, found, reason)
    if reason is Refusal.SETUP:
        return _to_setup(call)
    if "consent" in wanted.prompt and not call.asked.has_answered("consent", found.user):
        return _question(call, "openid/consent.html", wanted)
    return None


def _is_someone_else(call: Call, wanted: Wanted, found: Proof) -> bool:
    """The application expects the person of an ID token it was given before."""
    if not wanted.id_token_hint:
        return False
    hint = jwts.hint(wanted.id_token_hint)
    if hint is None or not jwts.is_for(hint, call.client):
        raise ProtocolError("invalid_request", "The id_token_hint is not one that was given to this client")
    return hint.subject != found.user.subject


def _needs_proof(call: Call, wanted: Wanted, found: Proof) -> bool:
    if call.asked.is_proved_by(found.at):
        return False
    too_old = wanted.max_age is not None and time.time() - found.at.timestamp() > wanted.max_age
    return too_old or "login" in wanted.prompt


def to_login(wanted: Asked) -> HttpResponse:
    """Nobody is logged in, so whatever is proved comes after this moment."""
    return redirect(_with_next("login", replace(wanted, since=int(time.time()))))


def _to_confirm(call: Call, found: Proof, reason: Refusal | None) -> HttpResponse:
    """Also where a security key is asked for, once: who has none is told so afterwards."""
    if reason is Refusal.PASSKEY and call.asked.is_proved_by(found.at):
        _refuse(call, found.user, reason)
    return redirect(_with_next("confirm", replace(call.asked, since=int(time.time()))))


def _to_setup(call: Call) -> HttpResponse:
    """Setup leads on to where the login led, which is here from now on."""
    call.request.session[flow.LANDING] = asked.resume(asked.seal(call.asked))
    return redirect(SETUP)


def _with_next(page: str, wanted: Asked) -> str:
    return f"{reverse(page)}?{urlencode({'next': asked.resume(asked.seal(wanted))})}"


def _question(call: Call, template: str, wanted: Wanted) -> HttpResponse:
    context = {
        "application": call.client.application.name,
        "sealed": asked.seal(call.asked),
        "learns": sentences.learns(wanted.scope),
    }
    return render(call.request, template, context)


def _refuse(call: Call, user: User, reason: Refusal) -> None:
    _note(call, user, reason)
    raise PermissionDenied(sentences.refused(reason, call.client.application))


def _note(call: Call, user: User, reason: Refusal) -> None:
    application = call.client.application
    with transaction.atomic():
        repetitions.record(
            f"{application.pk}|{reason.name}",
            Event.APPLICATION_REFUSED,
            person=user,
            origin=Origin.from_request(call.request),
            outcome=Outcome.REFUSED,
            actor=user,
            contract_id=application.contract_id,
            detail={"application": application.name, "reason": reason.name.lower()},
        )
