"""Redirects to `/login/` and `/confirm/`, and what becomes of a form that was sent after its session had ended."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.gate import redirects, saved_input
from accounts.gate.access import Access, Audience
from accounts.gate.request import PanelRequest
from accounts.sessions import services as sessions
from twofactor.login.pending_login import Ended, Reason

PAGES = (Audience.ACCOUNT, Audience.CONTRACT)


def to_login(request: PanelRequest, ended: Ended, next_address: str | None = None) -> HttpResponse:
    """Redirects to `/login/`, which says why the login ended and continues to the requested page."""
    if next_address is None:
        next_address = redirects.asked_for(request) if ended.next == redirects.HOME else ended.next
    reason = ended.reason
    if reason is Reason.NONE and settings.SESSION_COOKIE_NAME in request.COOKIES and not _was_nobodys(request):
        reason = Reason.SESSION
    more: dict[str, str] = {} if reason is Reason.NONE else {"ended": reason}
    return redirect(redirects.with_next(reverse("login"), next_address, **more))


def _was_nobodys(request: PanelRequest) -> bool:
    """Whether the session only held something for a visitor, such as a message."""
    row = request.session.row
    return row is not None and row.user_id is None


def page_of_form(request: PanelRequest, access: Access | None, view: Callable[..., Any]) -> str | None:
    """The page of the form that somebody who isn't logged in (any more) has posted, where the login may end, or else
    `/`; None if this is neither a form of the panel nor what a script sends for one. Its CSRF token is not checked yet.
    """
    if request.method != "POST":
        return None
    view_class: Any = getattr(view, "view_class", None)
    if hasattr(view_class, "sent_by"):  # as for `saved_input.save`
        page = redirects.after_login(view_class.sent_by(request)[0])
        return page if page != redirects.HOME else None
    if access is None or access.audience not in PAGES or "csrfmiddlewaretoken" not in request.POST:
        return None
    return redirects.after_login(request.get_full_path()) if hasattr(view_class, "get") else redirects.HOME


def form_to_login(request: PanelRequest, page: str, *, may_keep: bool) -> HttpResponse:
    """Redirects a form to `/login/`, which continues to its `page_of_form`. Its input is saved for its account if the
    session has expired and the CSRF token is valid (`may_keep`); otherwise a message says that it is lost."""
    kept = may_keep and page != redirects.HOME and _keep(request)
    return to_login(request, Ended(Reason.KEPT if kept else Reason.NOT_SENT), page)


def _keep(request: PanelRequest) -> bool:
    """Saves the input of a form whose session has expired; one form per session, as its row is deleted when the new one
    is created."""
    ran_out = sessions.run_out(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    if ran_out is None or ran_out.user is None:
        return False
    contract_id = ran_out.user.contract_id or ran_out.contract_id
    if not saved_input.save(request, account_id=ran_out.user.pk, contract_id=contract_id):
        return False
    ran_out.delete()
    return True


def confirm_to_login(request: PanelRequest) -> HttpResponse:
    """Redirects `/confirm/` to `/login/`, which continues to the page that asked for the confirmation. Input that is
    saved for that page stays saved if the session has expired."""
    next_address = redirects.after_login(request.POST.get("next") or request.GET.get("next"))
    ran_out = sessions.run_out(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    if ran_out and saved_input.take_over(request, ran_out.get_decoded(), path=urlsplit(next_address).path):
        ran_out.delete()
        reason = Reason.KEPT
    else:
        reason = Reason.NOT_SENT if request.method == "POST" and ran_out is None else Reason.NONE
    return to_login(request, Ended(reason), next_address)


def to_confirm(request: PanelRequest) -> HttpResponse:
    """Redirects to `/confirm/`, which continues to this page; a posted form is shown again there."""
    if request.method == "POST":
        contract_id = request.contract.pk if request.contract else None
        kept = saved_input.save(request, account_id=request.user.pk, contract_id=contract_id)
        if request.FILES or not kept:
            messages.warning(request, _("Your input couldn't be saved. Submit it again after you have confirmed."))
    return redirect(redirects.with_next(reverse("confirm"), request.get_full_path()))
