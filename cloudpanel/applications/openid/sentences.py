"""Why somebody may not open an application, and whom to ask."""

from django.utils.translation import gettext as _

from cloudpanel.applications.access import Refusal
from cloudpanel.applications.models import Application


def refused(reason: Refusal, application: Application) -> str:
    """A stranger of another contract learns no name."""
    if reason is Refusal.STRANGER:
        return _("This application belongs to another contract than your account.")
    why = {
        Refusal.APPLICATION_DISABLED: _("%(application)s is disabled."),
        Refusal.ROLE_DISABLED: _("Your role is disabled, so you can't open %(application)s."),
        Refusal.PASSKEY: _("%(application)s needs a login with a security key or passkey."),
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
    """What an application learns of a person, for the page that asks them."""
    known = {
        "profile": _("your name, username and language"),
        "email": _("your email address"),
        "groups": _("your role"),
        "offline_access": _("who you are also while you aren't logged in here, for at most 30 days"),
    }
    return [known[scope] for scope in scopes if scope in known]
