"""The gate: every request is allowed, redirected or refused here, as `policy.decide` says.

A view without an `Access` is refused. All pages of Django admin need STAFF.
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.middleware import OTPMiddleware

from accounts.contracts import mismatch
from accounts.gate import redirects
from accounts.gate.access import Access, Audience, Stage, access_of, subject_of
from accounts.gate.refusals import refuse
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.models.auth_hash import is_auth_hash
from accounts.permissions import NOT_PERMITTED
from accounts.sessions import services as sessions
from twofactor import policy
from twofactor.factors import account, pending_key
from twofactor.login import flow, freshness, pending_login
from twofactor.login.return_to import confirm_to_login, form_to_login, page_of_form, to_confirm, to_login
from twofactor.policy import Standing, Verdict, VerdictKind
from twofactor.setup import new_codes

ADMIN = Access(Audience.STAFF)
OPEN_IN_ADMIN = {
    "login": Access(Audience.ACCOUNT),
    "password_change": Access(Audience.ACCOUNT),
    "password_change_done": Access(Audience.ACCOUNT),
    "logout": Access(Audience.OPEN),
}
"""Pages of Django admin that are not for admins alone, because the panel answers them with a page of its own."""
Next = Callable[[HttpRequest], HttpResponse]


class SessionUser(AuthenticationMiddleware):
    """Sets `request.user` to the user that was fetched with the session's row, if the session's auth hash is still
    valid."""

    def process_request(self, request: PanelRequest) -> None:  # type: ignore[override]
        request.user = _user_of(request)  # type: ignore[assignment]  # not lazy: the gate needs it at each request


def _user_of(request: PanelRequest) -> User | AnonymousUser:
    session = request.session
    if SESSION_KEY not in session:
        return AnonymousUser()
    row = session.row
    sealed = session.get(HASH_SESSION_KEY, "")
    if row and (user := row.user) and user.is_active and is_auth_hash(sealed, user.password, user.stamp):
        sessions.seal_anew(session, user)
        user.session_sid = row.sid
        return user
    return cast(User | AnonymousUser, get_user(request))  # Django's own way ends a session that is no longer good


class FactorMiddleware(OTPMiddleware):
    """Provides django-otp's `user.otp_device` and `user.is_verified()` from the authenticator that was fetched with the
    user."""

    def _install_lazy_accessors(self, request: HttpRequest) -> None:
        request.user = self._verify_user_sync(request, request.user)

    def _verify_user_sync(self, request: HttpRequest, user: Any) -> Any:
        self._init_user_fields(user)  # type: ignore[no-untyped-call]
        device_id = request.session.get(DEVICE_ID_SESSION_KEY)
        if device_id and user.is_authenticated and (device := account.device_of(user, device_id)):
            user.otp_device = device
        return user


class AccessGate:
    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.csrf = CsrfViewMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "is_sensitive_act", False) and response.status_code == HTTPStatus.FOUND:
            freshness.extend_confirmation(cast(PanelRequest, request))
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: PanelRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        access = _declared(request, view)
        found = pending_login.load(request) if not request.user.is_authenticated else None
        request.pending_login = found if isinstance(found, pending_login.PendingLogin) else None
        standing = standing_of(request)
        verdict = policy.decide(standing, access)
        if access and verdict.inside:
            if forged := self.csrf.process_view(request, view, args, kwargs):
                # Checked first, because what follows may log a refusal or save input.
                return _old_setup(request, access) or forged
            if access.audience is Audience.CONTRACT and (elsewhere := mismatch.answer(request)):
                return elsewhere
            request.subject = subject_of(access, request, kwargs)
            if access.fresh_if and verdict.kind is VerdictKind.PASS and access.fresh_if(request):
                access = replace(access, fresh=True)
                verdict = policy.decide(standing, access)
            is_act = request.method == "POST" and access.audience is not Audience.STEP
            request.is_sensitive_act = access.fresh and verdict.kind is VerdictKind.PASS and is_act
        if verdict.kind is VerdictKind.LOGIN and (page := page_of_form(request, access, view)):
            forged = self.csrf.process_view(request, view, args, kwargs)
            return form_to_login(request, page, may_keep=forged is None)
        return None if verdict.kind is VerdictKind.PASS else _answer(request, verdict, found, access)


def _old_setup(request: PanelRequest, access: Access) -> HttpResponse | None:
    """The answer to a setup form with an invalid token, sent from a tab that is older than the activation or login;
    None for other forms."""
    if access.stage is not Stage.SETUP:
        return None
    user = request.user
    if isinstance(user, User) and user.two_factor_active and not pending_key.is_open(request, user):
        return redirect(_landing(request, access))
    old = "csrfmiddlewaretoken" in request.POST
    return redirect(f"{reverse('two_factor_setup')}?{urlencode({'ended': 'key'})}") if old else None


def _is_old_setup_page(request: PanelRequest, access: Access | None) -> bool:
    """Whether the setup page, unlike the requests that add a key to a factor, was used in another tab, and its recovery
    codes are still being shown."""
    is_page = access is not None and access.stage is Stage.SETUP and access.fresh
    return is_page and new_codes.shown(request) is not None


def _declared(request: HttpRequest, view: Callable[..., Any]) -> Access | None:
    match = request.resolver_match
    if not match or match.namespaces[:1] != ["admin"]:
        return access_of(view)
    return OPEN_IN_ADMIN.get(match.url_name or "", ADMIN)


def standing_of(request: PanelRequest) -> Standing:
    """What the database and the session say about the visitor now."""
    user = request.user
    if not isinstance(user, User):
        return Standing(stages=request.pending_login.stages if request.pending_login else ())
    active = account.is_active(user)
    stages = [Stage.SETUP] if account.must_set_up(user) and not active else []
    return Standing(
        logged_in=True,
        stages=tuple(stages + ([Stage.CONTRACT] if request.must_choose else [])),
        active=active,
        verified=user.is_verified(),
        staff=user.is_staff,
        must_use=user.must_use_two_factor,
        owner=request.is_owner,
        has_contract=request.contract is not None,
        confirmed=freshness.confirmed_recently(request),
        setup_open=pending_key.is_open(request, user),
        permissions=request.permissions,
    )


def _answer(
    request: PanelRequest,
    verdict: Verdict,
    found: pending_login.PendingLogin | pending_login.Ended | None,
    access: Access | None,
) -> HttpResponse:
    match verdict.kind:
        case VerdictKind.TO if verdict.stage is Stage.CONTRACT:
            return _to_contracts(request)
        case VerdictKind.TO if verdict.stage:
            if verdict.stage is Stage.SETUP and isinstance(request.user, User):
                request.session.setdefault(flow.AFTER_SETUP, redirects.asked_for(request))
            return redirect(flow.PAGES[verdict.stage])
        case VerdictKind.LED_ON:
            return redirect(_landing(request, access))
        case VerdictKind.CONFIRM if _is_old_setup_page(request, access):
            return redirect("two_factor_activated")
        case VerdictKind.CONFIRM:
            return to_confirm(request)
        case VerdictKind.LOG_OUT:
            request.session.flush()
            return to_login(request, pending_login.Ended(pending_login.Reason.SESSION))
        case VerdictKind.NOT_FOUND:
            raise Http404
        case VerdictKind.FORBID:
            refuse(request, refusal(request, access), getattr(request, "subject", None))
    return _to_login(request, found, access)


def _to_login(
    request: PanelRequest, found: pending_login.PendingLogin | pending_login.Ended | None, access: Access | None
) -> HttpResponse:
    ended = found if isinstance(found, pending_login.Ended) else pending_login.Ended(pending_login.Reason.NONE)
    if access and access.stage is Stage.CONFIRM and ended.reason is pending_login.Reason.NONE:
        return confirm_to_login(request)
    return to_login(request, ended)


def _landing(request: PanelRequest, access: Access | None) -> str:
    """The page after the login. New recovery codes are shown first, until they are confirmed."""
    if new_codes.shown(request):
        return reverse("two_factor_activated")
    at_login = access is not None and access.stage is Stage.PASSWORD
    return redirects.HOME if at_login else str(request.session.get(flow.LANDING, redirects.HOME))


def _to_contracts(request: PanelRequest) -> HttpResponse:
    return redirect(redirects.with_next(reverse("contracts"), redirects.asked_for(request)))


def refusal(request: PanelRequest, access: Access | None) -> str:
    """Why the page was refused, and whom to ask."""
    if access and access.audience is Audience.STAFF:
        return _("Only admins of this panel can open this page.")
    why = (
        _("Two-factor authentication is required for your account, so you can't disable it.")
        if access and access.own_choice
        else str(NOT_PERMITTED)
    )
    owner = request.contract.owner.name if request.contract and not request.is_owner else ""
    return " ".join([why, _("Ask the account owner, %(name)s.") % {"name": owner}]) if owner else why
