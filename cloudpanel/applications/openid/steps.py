"""What has to happen before a code is issued: a login, a confirmation, a setup, a question; or a refusal."""

import time

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.audit import repetitions
from accounts.gate.redirects import with_next
from accounts.models import Event, Outcome, User
from accounts.origin import Origin
from cloudpanel.applications import queries, responses
from cloudpanel.applications.access import Refusal
from cloudpanel.applications.openid import consoles, jwts, opening, sentences
from cloudpanel.applications.openid.call import Call
from cloudpanel.applications.openid.carried_request import CarriedRequest, resume, seal
from cloudpanel.applications.openid.errors import ProtocolError
from cloudpanel.applications.openid.grants import Proof
from cloudpanel.applications.openid.parameters import Parameters
from twofactor.login import username_hint


def step(call: Call, parameters: Parameters, found: Proof | None) -> HttpResponse | None:
    """The page that has to come first; None for none."""
    if found is None:
        return to_login(call.carried, hint=parameters.login_hint)
    someone_else = is_someone_else(call, parameters, found)
    asks_who = someone_else or "select_account" in parameters.prompt
    if asks_who and not call.carried.has_answered("select_account", found.user):
        return _question(call, "openid/account.html", parameters)
    if someone_else:
        raise ProtocolError("login_required", "Another person is logged in")
    reason = refusal(call, found)
    if reason and not reason.can_be_solved:
        _refuse(call, found.user, reason)
    if needs_proof(call, parameters, found) or reason in (Refusal.CONFIRM, Refusal.PASSKEY):
        return _to_confirm(call, reason, found)
    if reason is Refusal.SETUP:
        return responses.to_setup(call.request, call.client.application, address=resume(seal(call.carried)))
    if lacks_email(call, parameters, found):
        return _question(call, "openid/no_email.html", parameters)
    if "consent" in parameters.prompt and not call.carried.has_answered("consent", found.user):
        return _question(call, "openid/consent.html", parameters)
    return None


def refusal(call: Call, found: Proof) -> Refusal | None:
    return opening.refusal(
        call.client.application,
        found.user,
        role_listed=queries.is_listed(call.client.application, found.user),
        methods=found.methods,
        verified=found.verified,
        proved_at=found.at,
    )


def lacks_email(call: Call, parameters: Parameters, found: Proof) -> bool:
    """Whether the console would reject this person for lack of an email, with a message that nobody understands."""
    needed = "email" in parameters.scope and consoles.console_of(call.client.application).needs_email
    return needed and not found.user.email


def is_someone_else(call: Call, parameters: Parameters, found: Proof) -> bool:
    """Whether the application expects another person, by an ID token that it received before."""
    if not parameters.id_token_hint:
        return False
    hint = jwts.hint(parameters.id_token_hint)
    if hint is None or not jwts.is_for(hint, call.client):
        raise ProtocolError("invalid_request", "The id_token_hint is not one that was given to this client")
    return hint.subject != found.user.subject


def needs_proof(call: Call, parameters: Parameters, found: Proof) -> bool:
    if call.carried.is_proved_by(found.sid, found.at):
        return False
    too_old = parameters.max_age is not None and time.time() - found.at.timestamp() > parameters.max_age
    return too_old or "login" in parameters.prompt


def to_login(carried: CarriedRequest, *, hint: str = "") -> HttpResponse:
    """Redirects to the login. Nobody is logged in, so any login from now on is the requested one."""
    more = username_hint.query(hint) if hint else {}
    return redirect(_with_next("login", carried.ask(), **more))


def _to_confirm(call: Call, reason: Refusal | None, found: Proof) -> HttpResponse:
    """Redirects to the confirmation. If a key is needed, only a key counts there; people without one add one first."""
    carried_now = call.carried.ask(sid=found.sid, at=found.at)
    if reason is Refusal.PASSKEY:
        address = resume(seal(carried_now))
        return redirect(responses.for_a_key(call.request, call.client.application, address=address))
    return redirect(_with_next("confirm", carried_now))


def _with_next(page: str, carried: CarriedRequest, **more: str) -> str:
    return with_next(reverse(page), resume(seal(carried)), **more)


def _question(call: Call, template: str, parameters: Parameters) -> HttpResponse:
    context = {
        "application": call.client.application.name,
        "sealed": seal(call.carried),
        "learns": sentences.learns(parameters.scope),
    }
    return render(call.request, template, context)


def _refuse(call: Call, user: User, reason: Refusal) -> None:
    note_refusal(call, user, reason)
    raise PermissionDenied(sentences.refused(reason, call.client.application))


def note_refusal(call: Call, user: User, reason: Refusal) -> None:
    """Logs it in the contract of the application. A stranger's is logged where they belong, without the application:
    neither contract reads there who is in the other one, or what it has."""
    application = call.client.application
    stranger = reason is Refusal.STRANGER
    with transaction.atomic():
        repetitions.record(
            f"{application.pk}|{reason.name}",
            Event.APPLICATION_REFUSED,
            person=user,
            origin=Origin.from_request(call.request),
            outcome=Outcome.REFUSED,
            actor=user,
            target=None if stranger else application,
            contract_id=call.request.contract.pk if stranger and call.request.contract else None,
            detail={"reason": reason.name.lower()},
        )
