"""Checks of the guard without a proxy: what a proxy would send, and the cookie of a visit."""

from django.test import Client

from accounts.models import Session
from accounts.origin import Origin
from cloudpanel.applications.guard import visits
from cloudpanel.applications.guard.digests import digest
from cloudpanel.applications.models import Application

HOST = "grafana.localhost"
ORIGIN = f"http://{HOST}"


def session_of(username: str) -> Session:
    return Session.objects.select_related("user").get(user__username=username)


def ticket_for(application: Application, username: str = "lena") -> str:
    """As `/guard/open/` issues it, for a browser with the nonce "n"."""
    session = session_of(username)
    return visits.issue_ticket(
        application=application,
        session=session,
        user=session.user,
        verified=False,
        nonce_digest=digest("nonce", application.pk, "n"),
        path="/",
    )


def visit(application: Application, username: str = "lena") -> str:
    """The Cookie header of a browser that has opened the application."""
    ticket = ticket_for(application, username)
    here = Origin(ip="203.0.113.5", agent="test")
    opened = visits.take_ticket(application=application, ticket=ticket, nonce="n", origin=here)
    return f"cloudpanel_visit_{application.pk}={opened.secret}"


def check(cookie: str = "", kind: str = "caddy", method: str = "get", **more):
    sent = {
        "HTTP_X_FORWARDED_PROTO": "http",
        "HTTP_X_FORWARDED_HOST": HOST,
        "HTTP_X_FORWARDED_URI": "/d?a=1",
        "HTTP_X_FORWARDED_METHOD": "GET",
        "HTTP_X_FORWARDED_FOR": "203.0.113.5",
        "HTTP_X_CLOUDPANEL_CONFIGURATION": "2",
        "HTTP_ACCEPT": "text/html",
        "HTTP_HOST": HOST,
        "HTTP_COOKIE": cookie,
    }
    return getattr(Client(), method)(f"/guard/{kind}/", **sent | more)
