"""Who is told of a request: whoever may help, what to do; the person, in case it was not them."""

from typing import Any

from accounts import moments
from accounts.models import Event, MailKind
from accounts.notices import services as notices
from accounts.origin import Origin
from accounts.outbox import rows
from twofactor.help import queries
from twofactor.help.models import HelpRequest


def tell(asked: HelpRequest, origin: Origin) -> None:
    """Call it in the transaction of the request. Helpers without an email find the request on Overview or in Django
    admin."""
    user = asked.user
    notices.notify(user, Event.HELP_REQUESTED, origin=origin, actor=user)
    facts = {"until": moments.written(asked.expires_at), "known": bool(asked.known_browser)}
    facts |= {"last": moments.written(asked.last_login_here)} if asked.last_login_here else {}
    about: dict[str, Any] = {"about": user, "origin": origin, "binding": str(asked.stamp), "facts": facts}
    for helper in queries.helpers_of(user).exclude(email=""):
        rows.post(MailKind.HELP, reader=helper, address=helper.email, **about)
