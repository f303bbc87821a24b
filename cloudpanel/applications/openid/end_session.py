"""`/openid/end-session/`: an application logs a person out of the panel (OpenID Connect RP-Initiated Logout 1.0)."""

from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.gate.access import Access, Audience, open_to
from accounts.gate.redirects import HOME
from accounts.gate.request import PanelRequest
from accounts.models import User
from cloudpanel.applications.openid import addresses, answers, clients, jwts, sentences
from cloudpanel.applications.openid.carried_request import CarriedRequest, seal, unseal
from cloudpanel.applications.openid.errors import PageError, ProtocolError
from cloudpanel.applications.openid.jwts import Hint
from cloudpanel.applications.openid.login_views import page, to_itself_by_get
from cloudpanel.applications.openid.models import Client
from cloudpanel.applications.openid.parameters import LONGEST_TEXT, single
from twofactor.login.logout import log_out


@dataclass(frozen=True)
class Ending:
    """An application's request to log somebody out."""

    hint: Hint | None
    client: Client | None
    address: str
    """The address to return to, with `state`; empty for none."""


@open_to(Access(Audience.OPEN))
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@page
def end_session(request: PanelRequest) -> HttpResponse:
    """Logs out without asking only if the hint names this browser's session."""
    if request.method == "POST":
        return to_itself_by_get(request)
    ending = _read(request.GET)
    if not isinstance(request.user, User):
        return _on(request, ending, after_form=False)
    if ending.hint and request.session.row and ending.hint.sid == request.session.row.sid:
        log_out(request)
        return _on(request, ending, after_form=False)
    query = request.META.get("QUERY_STRING", "")
    context = {"sealed": seal(CarriedRequest(query)), "application": _name(ending)}
    return render(request, "openid/end_session.html", context)


@open_to(Access(Audience.OPEN))
@require_POST
@page
def confirm(request: PanelRequest) -> HttpResponse:
    """**Log out**, or **Stay logged in**."""
    carried = unseal(request.POST.get("request", ""))
    if carried is None:
        raise PageError(sentences.expired())
    ending = _read(carried.data)
    if request.POST.get("end") != "yes":
        return redirect(HOME)
    log_out(request)
    return _on(request, ending, after_form=True)


def _read(data: QueryDict) -> Ending:
    """Raises PageError if the address isn't registered. That of an unknown application isn't followed either, but its
    person may still log out."""
    try:
        names = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")
        token, client_id, address, state = (single(data, name) for name in names)
    except ProtocolError as error:
        raise PageError(sentences.not_a_client()) from error
    hint = jwts.hint(token)
    if hint and client_id and client_id != hint.client_id:
        raise PageError(sentences.not_a_client())
    client = clients.named(hint.client_id if hint else client_id)
    if not address or client is None:
        return Ending(hint, client, "")
    if address not in addresses.lines(client.post_logout_redirect_uris) or len(state) > LONGEST_TEXT:
        raise PageError(sentences.not_its_address(client.application))
    return Ending(hint, client, answers.with_query(address, {"state": state} if state else {}))


def _on(request: PanelRequest, ending: Ending, *, after_form: bool) -> HttpResponse:
    """Redirects to the registered address, or to the login page if there is none. Without a valid hint, only somebody
    who has just confirmed is redirected to it."""
    if not ending.address or not (ending.hint or after_form):
        return redirect("login")
    return answers.onward(request, ending.address, _name(ending)) if after_form else answers.redirect_to(ending.address)


def _name(ending: Ending) -> str:
    return ending.client.application.name if ending.client else ""
