"""The sentences of the OpenID Connect pages."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from cloudpanel.applications.access import Refusal
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid import delivery, queries
from cloudpanel.applications.openid.models import Client, Login
from cloudpanel.applications.openid.tokens import ACCESS_LIFE, REFRESH_LIFE


def refused(reason: Refusal, application: Application) -> str:
    """Why it can't be opened, and whom to ask. People of another contract learn no names."""
    if reason is Refusal.STRANGER:
        return _("This application belongs to another contract than your account.")
    why = {
        Refusal.APPLICATION_DISABLED: _("%(application)s is disabled."),
        Refusal.ROLE_DISABLED: _("Your role is disabled, so you can't open %(application)s."),
    }.get(reason, _("Your role doesn't allow you to open %(application)s."))
    ask = _("Ask the account owner, %(name)s.") % {"name": application.contract.owner.name}
    return f"{why % {'application': application.name}} {ask}"


def not_a_client() -> str:
    return _("The application that sent you here isn't known to the panel. Ask whoever runs the application.")


def not_its_address(application: Application) -> str:
    sentence = _(
        "%(application)s asked to send you to an address that isn't registered for it. Nothing was sent. Ask whoever "
        "runs the application."
    )
    return sentence % {"application": application.name}


def too_long() -> str:
    return _("The request of the application is too long. Ask whoever runs the application.")


def expired() -> str:
    return _("This page has expired. Go back to the application and start again.")


def learns(scopes: tuple[str, ...]) -> list[str]:
    """What an application learns about a person, one sentence per scope, for the page that asks."""
    known = {
        "profile": _("your name, username and language"),
        "email": _("your email address"),
        "groups": _("your role"),
        "offline_access": _(
            "who you are, even while you aren't logged in here, as long as it asks at least every %(days)s days"
        )
        % {"days": REFRESH_LIFE.days},
    }
    return [known[scope] for scope in scopes if scope in known]


def logout(application: Application, client: Client) -> str:
    """What ends a session at the application."""
    name = {"application": application.name}
    if client.backchannel_logout_uri:
        return (
            _("When a session here ends, the panel ends the session in %(application)s by back-channel logout.") % name
        )
    if application.guard:
        return _("When a session here ends, the guard stops it in %(application)s at the next request.") % name
    sentence = _(
        "%(application)s keeps its session until it asks again (at most %(minutes)s minutes with refresh tokens). "
        "To stop it at the next request, switch the guard on too."
    )
    return sentence % (name | {"minutes": ACCESS_LIFE // timedelta(minutes=1)})


def new_secret(client: Client) -> str:
    """What becomes of those that work now."""
    if client.old_secret:
        return _("A new secret replaces the old one, which stops working at once. The current secret keeps working.")
    return _("The current secret keeps working until you remove it.")


def of_openid(application: Application) -> str:
    """For **More Information**."""
    if not application.openid:
        return _("Off")
    client = queries.stored_client(application)
    if client is None:
        return _("On, but not set up yet")
    on = _("On")
    return f"{on}. {logout(application, client)}"


def outcome(login: Login) -> str:
    """Whether the application was told, as far as known."""
    words: dict[str, str] = {
        delivery.DeliveryOutcome.TOLD: _("notified"),
        delivery.DeliveryOutcome.REFUSED: _("the application answered with an error"),
        delivery.DeliveryOutcome.REDIRECT: _("the address redirects; redirects are not followed"),
        delivery.DeliveryOutcome.FORBIDDEN: _(
            "the address is in a private network that BACKCHANNEL_NETWORKS doesn't name"
        ),
        delivery.DeliveryOutcome.NAME: _("the host name was not found"),
        delivery.DeliveryOutcome.SILENT: _("no answer within %(seconds)d seconds") % {"seconds": delivery.SECONDS},
        delivery.DeliveryOutcome.CERTIFICATE: _("the certificate of the application is not trusted"),
        delivery.DeliveryOutcome.CONNECTION: _("no connection"),
    }
    said = words.get(login.outcome, _("not notified yet"))
    return _("%(outcome)s; will be tried again soon") % {"outcome": said} if login.attempts and login.due_at else said


def deliveries(client: Client) -> list[tuple[datetime | None, str, str]]:
    """The last sessions that ended: when, whose, and whether the application was told."""
    return [
        (login.ended_at, login.user.username if login.user else _("deleted user"), outcome(login))
        for login in queries.last_ended(client)
    ]
