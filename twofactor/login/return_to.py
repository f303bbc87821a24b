"""Where a login leads that had to come first, and what becomes of a form that arrived after its session had ended."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.gate import redirects, saved_input
from accounts.gate.access import Access, Audience
from accounts.gate.request import PanelRequest
from accounts.sessions import services as sessions
from twofactor.login.pending_login import Ended, Reason

PAGES = (Audience.ACCOUNT, Audience.CONTRACT)


def to_login(request: PanelRequest, ended: Ended, next_address: str | None = None) -> HttpResponse:
    """To `/login/`, which says why and leads on to the page that was asked for."""
    if next_address is None:
        next_address = redirects.asked_for(request) if ended.next == redirects.HOME else ended.next
    reason = ended.reason
    if reason is Reason.NONE and settings.SESSION_COOKIE_NAME in request.COOKIES:
        reason = Reason.SESSION
    query = {} if next_address == redirects.HOME else {"next": next_address}
    if reason is not Reason.NONE:
        query["ended"] = reason
    return redirect(f"{reverse('login')}?{urlencode(query)}" if query else "login")


def is_form(request: PanelRequest, access: Access | None) -> bool:
    """One of the panel's own forms from somebody who isn't signed in (any more). Its token is still to be checked."""
    asked = request.method == "POST" and access is not None and access.audience in PAGES
    return asked and "csrfmiddlewaretoken" in request.POST


def form_to_login(request: PanelRequest, view: Callable[..., Any]) -> HttpResponse:
    """Keeps what was typed where the session has run out, for its account alone; elsewhere says that it is lost."""
    has_page = hasattr(getattr(view, "view_class", None), "get")
    next_address = redirects.after_login(request.get_full_path()) if has_page else redirects.HOME
    kept = next_address != redirects.HOME and _keep(request)
    return to_login(request, Ended(Reason.KEPT if kept else Reason.NOT_SENT), next_address)


def _keep(request: PanelRequest) -> bool:
    """At most one form a session that has run out: its row goes when the new one comes."""
    ran_out = sessions.run_out(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    if ran_out is None or ran_out.user is None:
        return False
    contract_id = ran_out.user.contract_id or ran_out.contract_id
    if not saved_input.save(request, account_id=ran_out.user.pk, contract_id=contract_id):
        return False
    ran_out.delete()
    return True
