"""The panel's four URLs on an application's host. Browsers have no session there, so the gate does not apply."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cloudpanel.applications.guard import check, doubts, headers, responses, rows, visits
from cloudpanel.applications.guard.digests import digest, new_secret
from cloudpanel.applications.guard.headers import Unclear
from cloudpanel.applications.guard.peers import Peer
from cloudpanel.applications.guard.rows import GuardRow
from cloudpanel.applications.models import Application

NONCE_SECONDS = 15 * 60
STATE_SALT = "cloudpanel.applications.guard.state"
SECRET_LENGTH = 43
TICKET_MAX_LENGTH = 100
Page = Callable[[HttpRequest, Application, Peer], HttpResponse]


def start(request: HttpRequest, application: Application, peer: Peer) -> HttpResponse:
    """Redirects to the panel with a nonce of this browser.

    nginx's check has no body and no redirect, so its 401 and 403 lead here with the headers of the check, which is
    decided first.
    """
    if "HTTP_X_ORIGINAL_URL" not in request.META or not peer.trusted:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"], headers=check.NO_STORE)
        return _to_panel(request, application, headers.local_path(_single(request, "next")))
    try:
        proxied = headers.read("nginx", request.META)
        decision = check.decide_for(proxied, request.META.get("HTTP_COOKIE", ""))
    except Unclear:
        return responses.refused(request)
    if proxied.origin != application.origin:
        return responses.refused(request)
    if decision.forbidden:
        return check.refuse(request, decision, peer)
    if not proxied.navigation:
        return check.unauthorized()
    return _to_panel(request, application, proxied.path)


def _to_panel(request: HttpRequest, application: Application, path: str) -> HttpResponse:
    """Keeps a nonce that the browser already has, so that two tabs can open the application at once."""
    held = _nonce(request, application)
    nonce = held if len(held) == SECRET_LENGTH and held.isascii() else new_secret()
    state = signing.dumps(
        [application.pk, digest("nonce", application.pk, nonce), path], salt=STATE_SALT, compress=True
    )
    response = HttpResponse(status=302, headers=check.NO_STORE)
    response["Location"] = f"{settings.PUBLIC_URL}/guard/open/?{urlencode({'state': state})}"
    _set_cookie(response, application, nonce_cookie(application), nonce, max_age=NONCE_SECONDS)
    return response


def enter(request: HttpRequest, application: Application, peer: Peer) -> HttpResponse:
    """Uses the ticket. HEAD and POST don't use it.

    Tabs that start at the same moment each set a nonce, and the browser keeps the last one. The others are led to their
    page again, and start with the nonce that was kept.
    """
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"], headers=check.NO_STORE)
    ticket, nonce = _single(request, "ticket"), _nonce(request, application)
    opened = path = None
    if application.is_active and 0 < len(ticket) <= TICKET_MAX_LENGTH and len(nonce) == SECRET_LENGTH:
        origin = peer.origin(request)
        opened = visits.take_ticket(application=application, ticket=ticket, nonce=nonce, origin=origin)
        path = opened.path if opened else visits.path_of(application, ticket)
    if path is None:
        return responses.page(request, "applications/guard/expired.html", {"name": application.name}, status=403)
    response = HttpResponse(status=302, headers=check.NO_STORE)
    response["Location"] = application.origin + path
    if opened:
        _set_cookie(response, application, visit_cookie(application), opened.secret)
    return response


def logout(request: HttpRequest, application: Application, peer: Peer) -> HttpResponse:
    """POST ends the session in the panel. It needs no token but must come from the application's own origin.

    GET redirects to the panel, which asks first. So does POST if it ended no session: the visit may be over while the
    session in the panel goes on.
    """
    if request.method in ("GET", "HEAD"):
        return _to_question(302)
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"], headers=check.NO_STORE)
    if request.META.get("HTTP_ORIGIN", "") != application.origin:
        return responses.refused(request)
    found = _visitor(request, application)
    ended = found is not None and visits.end_session(found, peer.origin(request))
    response = responses.page(request, "applications/guard/logout.html", {}) if ended else _to_question(303)
    _delete_cookie(response, application, visit_cookie(application))
    return response


def _to_question(status: int) -> HttpResponse:
    """Redirects to the panel's own page, which knows the session by its own cookie and asks whether to end it."""
    return HttpResponse(status=status, headers=check.NO_STORE | {"Location": f"{settings.PUBLIC_URL}/logout/"})


def status(request: HttpRequest, application: Application, peer: Peer) -> HttpResponse:
    """Shows what the panel receives, to help set up the proxy. The proxy's kind and the chain are only shown to people
    who are logged in."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"], headers=check.NO_STORE)
    found = _visitor(request, application)
    person = found.person() if found else None
    facts: list[tuple[str | Promise, str | Promise]] = [
        (_("Scheme"), peer.scheme),
        (_("Host"), request.META.get("HTTP_HOST", "")),
        (_("Client address"), peer.client),
        (_("Secure cookie"), _("Yes") if _secure(application) else _("No")),
        (_("Logged in as"), found.username if found and person else _("Nobody")),
    ]
    if person:
        facts += [
            (_("Proxy"), request.META.get("HTTP_X_CLOUDPANEL_PROXY", "")),
            (_("Came by"), ", ".join(filter(None, (peer.chain, peer.address)))),
        ]
    context = {
        "name": application.name,
        "rows": facts,
        "warnings": doubts.sentences(doubts.of_page(request.META, peer)),
    }
    return responses.page(request, "applications/guard/status.html", context)


def _visitor(request: HttpRequest, application: Application) -> GuardRow | None:
    try:
        cookies = headers.cookies(request.META.get("HTTP_COOKIE", ""), secure=_secure(application))
    except Unclear:
        return None
    return rows.find(application.origin, cookies.visits, now=timezone.now())


def _nonce(request: HttpRequest, application: Application) -> str:
    return headers.cookie(request.META.get("HTTP_COOKIE", ""), nonce_cookie(application))


def nonce_cookie(application: Application) -> str:
    return f"{_prefix(application)}cloudpanel_start_{application.pk}"


def visit_cookie(application: Application) -> str:
    """The name contains the id, because cookies are shared by all ports of a host and another port may be another
    application."""
    return f"{_prefix(application)}cloudpanel_visit_{application.pk}"


def _prefix(application: Application) -> str:
    return "__Host-" if _secure(application) else ""


def _secure(application: Application) -> bool:
    return application.origin.startswith("https:")


def _set_cookie(
    response: HttpResponse, application: Application, name: str, value: str, max_age: int | None = None
) -> None:
    response.set_cookie(name, value, max_age=max_age, secure=_secure(application), httponly=True, samesite="Lax")


def _delete_cookie(response: HttpResponse, application: Application, name: str) -> None:
    _set_cookie(response, application, name, "", max_age=0)


def _single(request: HttpRequest, name: str) -> str:
    """The value of a query parameter; empty if it was sent twice."""
    values = request.GET.getlist(name)
    return values[0] if len(values) == 1 else ""


STATUS = "/.cloudpanel/status"
PAGES: dict[str, Page] = {
    "/.cloudpanel/start": start,
    "/.cloudpanel/enter": enter,
    "/.cloudpanel/logout": logout,
    STATUS: status,
}
