"""The checks of `manage.py doctor` about applications: their guard, signing keys and back-channel logouts."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.gate.proxies import is_trusted
from accounts.models import AuditRow, Event
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid import keys, state
from cloudpanel.operation.finding import Finding

RECENT = timedelta(days=1)
LATE_LOGOUT = timedelta(minutes=15)
"""The last attempt is 70 seconds after the first."""
NAMED = 5


def check_guard() -> Iterator[Finding]:
    """Whether there are trusted proxies, and whether an untrusted one has asked."""
    guarded = Application.objects.filter(guard=True, is_active=True)
    if guarded.exists() and not settings.TRUSTED_PROXIES and not settings.TRUSTED_UNIX_SOCKETS:
        yield Finding(
            "Applications are guarded, but TRUSTED_PROXIES names no proxy: every check of the guard is refused.",
            "Put the address of the proxy in front of the applications into TRUSTED_PROXIES and restart.",
        )
    refused = AuditRow.objects.filter(event=Event.GUARD_REFUSED, at__gt=timezone.now() - RECENT)
    if addresses := sorted(set(refused.values_list("ip", flat=True)))[:NAMED]:
        yield Finding(
            f"Checks of the guard came from addresses that are no trusted proxy: {', '.join(addresses)}.",
            "If one of them is your proxy, put it into TRUSTED_PROXIES and restart.",
        )
    yield from _without_clients(guarded)


def _without_clients(guarded: QuerySet[Application]) -> Iterator[Finding]:
    """Proxies that don't send the client's address."""
    last = guarded.exclude(last_check={}).values_list("name", "last_check")
    names = sorted(name for name, check in last if is_trusted(check.get("client", "")))
    if names and not settings.CONFIG.public_url.loopback:
        yield Finding(
            f"The proxy of these applications doesn't name the client's address: {', '.join(names[:NAMED])}.",
            "Use the configuration on the application's guard page: it sets X-Forwarded-For.",
        )


def check_signing_keys() -> Iterator[Finding]:
    if unreadable := keys.unreadable():
        yield Finding(
            f"No key in TWOFACTOR_KEYS opens {unreadable} of the keys that tokens for applications are signed with.",
            "Put the missing key back into TWOFACTOR_KEYS. Without it, new ones are made at the next login at an"
            " application.",
        )


def check_logouts() -> Iterator[Finding]:
    if state.is_late(LATE_LOGOUT):
        yield Finding(
            "Applications have waited for more than 15 minutes to be told that a session is over.",
            "Check that the server runs: it starts the sender. `panel outbox` tells them at once.",
        )
    if given_up := state.now().given_up:
        yield Finding(
            f"{given_up} times in the last 24 hours an application could not be told that a session is over.",
            "Management > Applications > NAME > OpenID Connect says why.",
        )
