"""The guard's check: whether a request of a browser may reach the application. The proxy asks for every request.

The decision depends on the host and on what the database says now. Nothing is cached, and anything unclear is a 403.
"""

from dataclasses import dataclass
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone

from accounts.origin import Origin
from accounts.sessions import services as sessions
from cloudpanel.applications.access import Person, Refusal, decide
from cloudpanel.applications.groups import OWNER, of_role
from cloudpanel.applications.guard import assertions, doubts, headers, responses, rows, visits
from cloudpanel.applications.guard.headers import ProxiedRequest, Unclear
from cloudpanel.applications.guard.peers import Peer
from cloudpanel.applications.guard.rows import GuardRow

IDENTITY = ("Remote-User", "Remote-Name", "Remote-Email")
OWNERS_GROUP = OWNER.capitalize()
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class GuardDecision:
    proxied: ProxiedRequest
    found: GuardRow | None
    why: Refusal | None
    """Why not. None together with a `found` means that the request is allowed."""
    person: Person | None = None
    cookie: str = ""
    """The browser's Cookie header for the application, without the guard's own cookies."""

    @property
    def allowed(self) -> bool:
        return self.found is not None and self.person is not None and self.why is None

    @property
    def forbidden(self) -> bool:
        """Whether the answer is a 403, because logging in would not help."""
        return self.found is None or (self.why is not None and not self.why.can_be_solved)


def decide_for(proxied: ProxiedRequest, cookie_header: str) -> GuardDecision:
    """Decides for the request and the browser's Cookie header; raises Unclear."""
    cookies = headers.cookies(cookie_header, secure=proxied.origin.startswith("https:"))
    found = rows.find(proxied.origin, cookies.visits, now=timezone.now())
    if found is None:
        return GuardDecision(proxied, None, None)
    person = found.person()
    if not found.is_active:
        return GuardDecision(proxied, found, Refusal.APPLICATION_DISABLED, _of_contract(found, person))
    return GuardDecision(proxied, found, decide(found.rules(), person), person, cookies.others)


def _of_contract(found: GuardRow, person: Person | None) -> Person | None:
    """The person, if they belong to the application's contract and so may see its name."""
    belongs = person and (person.contract_id == found.contract_id or person.id == found.owner_id)
    return person if belongs else None


def answer(request: HttpRequest, kind: str, peer: Peer) -> HttpResponse:
    """Answers a proxy of this kind."""
    if not peer.trusted:
        visits.note_untrusted_peer(kind, Origin(ip=peer.address))
        return HttpResponse("Not a trusted proxy.", status=403, content_type="text/plain", headers=NO_STORE)
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"], headers=NO_STORE)
    try:
        decision = decide_for(headers.read(kind, request.META), request.META.get("HTTP_COOKIE", ""))
    except Unclear:
        return responses.refused(request)
    if decision.allowed and decision.found:
        _note_use(decision.found, request, kind, peer)
        return allow(decision.found, decision)
    if decision.forbidden:
        return refuse(request, decision, peer)
    return unauthorized() if kind == "nginx" or not decision.proxied.navigation else to_start(decision.proxied)


def _note_use(found: GuardRow, request: HttpRequest, kind: str, peer: Peer) -> None:
    """Stores the last use of the session and of the application, each at most once a minute."""
    if found.touch and found.session_key:
        sessions.note_use(found.session_key)
    if found.note:
        problems = doubts.of_check(request.META, peer, kind)
        visits.note_use_of_application(
            found, {"proxy": kind, "client": peer.client} | ({"doubts": problems} if problems else {})
        )


def refuse(request: HttpRequest, decision: GuardDecision, peer: Peer) -> HttpResponse:
    if decision.found and decision.person and decision.why:
        visits.note_refusal(decision.found, decision.why.name.lower(), peer.origin(request))
    return responses.refused(request, decision.found if decision.person else None, decision.why)


def allow(found: GuardRow, decision: GuardDecision) -> HttpResponse:
    group = OWNERS_GROUP if found.user_id == found.owner_id else of_role(found.role)
    values = zip(IDENTITY, (found.username, found.full_name, found.email), strict=True)
    identity = {name: headers.header_value(value) for name, value in values}
    identity["Remote-Groups"] = headers.group_value(group)
    if found.assertion:
        identity[assertions.HEADER] = assertions.sign_assertion(found, decision.proxied.origin)
    identity["Cookie"] = decision.cookie
    return HttpResponse(status=200, content_type="text/plain", headers=identity | NO_STORE)


def unauthorized() -> HttpResponse:
    return JsonResponse({"detail": "Log in to the panel and open this application."}, status=401, headers=NO_STORE)


def to_start(proxied: ProxiedRequest) -> HttpResponse:
    address = f"{proxied.origin}/.cloudpanel/start?next={quote(proxied.path, safe='')}"
    return HttpResponse(status=302, headers=NO_STORE | {"Location": address})
