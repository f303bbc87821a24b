"""The checks of `manage.py doctor`: problems of an installation, and how to fix them.

Checks only read. Those that need the database are skipped while it can't be used.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.error import URLError
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.db import connection
from django.utils import timezone

from accounts import clock
from accounts.gate.proxies import is_trusted
from accounts.hosts import is_loopback
from accounts.management.commands import housekeeping
from accounts.models import AuditRow, Event, MailFailure, Session
from accounts.outbox import smtp, state
from accounts.outbox.smtp import PanelBackend
from cloudpanel.configuration import safety, settings_file
from cloudpanel.operation import doctor_applications as applications
from cloudpanel.operation import doctor_storage as storage
from cloudpanel.operation.finding import Finding
from twofactor.factors import app
from twofactor.keys.queries import of_another_host

MAIL_SECONDS = 10
PAGE_SECONDS = 5
LATE_MAIL = timedelta(minutes=15)
"""The last attempt for a mail is ten minutes after the first."""
LATE_HOUSEKEEPING = timedelta(hours=26)
RECENT_ROWS = 50
ENOUGH_ROWS = 10
"""With fewer log rows, nothing can be said about the addresses that reach the panel."""
SETTINGS_FILE = re.compile(r"The settings file (.+) cannot be read by this user\.$")
UNREADABLE = re.compile(r"this user cannot read (.+)\.$")
KEY_REMEDIES = {
    ("TWOFACTOR_KEYS is missing", "TWOFACTOR_KEYS must"): (
        f"Put your copy back into {settings_file.VAR}/twofactor_keys, or into the setting if you use it, and restart."
        " If there is none, see docs/operation.md, Lost keys."
    ),
    ("SECRET_KEY is missing",): (
        f"Put your copy back into {settings_file.VAR}/secret_key, or into the setting if you use it, and restart."
        " Where neither is there, the start creates a new key: everybody must log in again."
    ),
}

Check = Callable[[], Iterator[Finding]]


def examine() -> Iterator[tuple[str, list[Finding]]]:
    """Runs every check; yields its name and what it found."""
    for subject, check, needs_database in CHECKS:
        if not needs_database or storage.is_usable():
            yield subject, list(_findings(check))


def _findings(check: Check) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as fault:
        yield Finding(
            f"This could not be checked: {type(fault).__name__}: {fault}.",
            "Mend the other problems first, and then report this one.",
        )


def check_settings() -> Iterator[Finding]:
    for reason in safety.reasons(settings.CONFIG):
        yield Finding(reason, _remedy(reason))
    if not {settings_file.VARIABLE, "PUBLIC_URL", "PUBLIC_URL_FILE"} & os.environ.keys():
        yield Finding(
            f"There is no {settings_file.DEFAULT} that sets PUBLIC_URL: the panel is {settings.PUBLIC_URL}.",
            "On a server, put the settings file back, as docs/operation.md describes it.",
        )


def _remedy(reason: str) -> str:
    """Keys are usually in files, of which a copy is kept, and not among the settings."""
    if match := SETTINGS_FILE.search(reason):
        return f"Run: chgrp cloudpanel {match[1]} && chmod 640 {match[1]}"
    if match := UNREADABLE.search(reason):
        return f"Run: chown cloudpanel: {match[1]}"
    about = (remedy for start, remedy in KEY_REMEDIES.items() if reason.startswith(start))
    return next(about, "See docs/settings.md, change /etc/cloudpanel.env and restart.")


def check_keys() -> Iterator[Finding]:
    if unreadable := len(app.unreadable()):
        yield Finding(
            f"No key in TWOFACTOR_KEYS opens the secrets of {unreadable} account{'s' if unreadable > 1 else ''}.",
            "Put the missing key back from your copy. If it is lost: `panel twofactor status` names whom it affects,"
            " and docs/operation.md, Lost keys, says what to do.",
        )
    if useless := of_another_host():
        yield Finding(useless, "Put PUBLIC_URL back, or let these people log in by a recovery code and add new ones.")


def check_clock() -> Iterator[Finding]:
    away = abs(_database_time() - timezone.now())
    if away > clock.SLACK:
        yield Finding(
            f"The clocks of this machine and of the database server are {away.total_seconds():.0f} seconds apart.",
            "Synchronise both by NTP. Codes are good for 30 seconds either way.",
        )
    if Session.objects.filter(housekeeping.of_another_clock(timezone.now())).exists():
        yield Finding(
            "Some stored times are ahead of this machine's clock.",
            "Check the time on every machine (NTP), then run: panel housekeeping",
        )


def _database_time() -> datetime:
    """The time of the database; for SQLite, that of this machine."""
    if connection.vendor == "sqlite":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def check_mail() -> Iterator[Finding]:
    """Connects as the sender does, and sends nothing."""
    if not settings.MAIL_ENABLED:
        yield Finding("No mail server is set.", "Set EMAIL_URL, so that people get invitations, links and notices.")
        return
    try:
        line = get_connection(timeout=MAIL_SECONDS)
    except ImproperlyConfigured as fault:  # of a folder for mails
        yield Finding(f"Mails can't be written into files: {fault}", "Check the folder in EMAIL_URL.")
        return
    if not isinstance(line, PanelBackend):
        return
    try:
        line.open()
        line.close()
    except Exception as fault:
        label = MailFailure(smtp.while_opening(fault)).label
        yield Finding(
            f"The mail server cannot be used: {label}.", "See the table of reasons in docs/operation.md, Mail."
        )


def check_outbox() -> Iterator[Finding]:
    found = state.now()
    if found.oldest and timezone.now() - found.oldest > LATE_MAIL:
        yield Finding(
            f"{found.waiting} mails wait, the oldest since {found.oldest:%Y-%m-%d %H:%M} UTC.",
            "Check that the server runs: it starts the sender. `panel outbox` sends what is due at once.",
        )
    if found.given_up:
        yield Finding(
            f"{found.given_up} mails could not be delivered in the last 24 hours.",
            "Management > Logs says to whom and why.",
        )


def check_housekeeping() -> Iterator[Finding]:
    long_ago = timezone.now() - LATE_HOUSEKEEPING
    if Session.objects.filter(expire_date__lte=long_ago).exists():
        yield Finding(
            "Sessions that ended more than a day ago are still stored.",
            "Enable the timer: systemctl enable --now cloudpanel-housekeeping.timer",
        )
    trimmed = AuditRow.objects.filter(contract_id=None, event=Event.LOGS_TRIMMED, at__gt=long_ago)
    if not trimmed.exists() and AuditRow.objects.filter(at__lte=long_ago).exists():
        yield Finding(
            "Old log rows were not removed in the last day.",
            "Enable the timer: systemctl enable --now cloudpanel-retention.timer",
        )


def check_proxy() -> Iterator[Finding]:
    """Whether the latest log rows contain people's own addresses."""
    if settings.CONFIG.public_url.loopback:
        return
    rows = AuditRow.objects.filter(actor_id__isnull=False, ip__isnull=False).order_by("-id")
    addresses = [str(ip) for ip in rows.values_list("ip", flat=True)[:RECENT_ROWS]]
    if (
        len(addresses) >= ENOUGH_ROWS
        and len(set(addresses)) == 1
        and (is_loopback(addresses[0]) or is_trusted(addresses[0]))
    ):
        yield Finding(
            f"Everybody seems to come from {addresses[0]}, which is a proxy or this machine: "
            "all people share one limit for incorrect passwords.",
            "See docs/operation.md, The proxy: X-Forwarded-For and TRUSTED_PROXIES.",
        )


def check_address() -> Iterator[Finding]:
    """Whether the panel answers at its public URL, with a certificate that this machine trusts."""
    address = f"{settings.PUBLIC_URL}/healthz"
    try:
        with urlopen(Request(address, headers={"User-Agent": "cloudpanel-doctor"}), timeout=PAGE_SECONDS) as answer:  # noqa: S310
            body = answer.read(100)
    except (URLError, OSError, ValueError) as fault:
        yield Finding(
            f"{address} does not answer from here: {getattr(fault, 'reason', fault)}.",
            "Check that server and proxy run, the certificate, and PUBLIC_URL.",
        )
        return
    if body != b"alive":
        yield Finding(f"Something else than the panel answers at {address}.", "Check the proxy and PUBLIC_URL.")


CHECKS: tuple[tuple[str, Check, bool], ...] = (
    ("Settings", check_settings, False),
    ("Database", storage.check_database, False),
    ("Keys", check_keys, True),
    ("Signing keys", applications.check_signing_keys, True),
    ("Clock", check_clock, True),
    ("Files", storage.check_files, False),
    ("Mail server", check_mail, False),
    ("Outbox", check_outbox, True),
    ("Back-channel logout", applications.check_logouts, True),
    ("Housekeeping", check_housekeeping, True),
    ("Proxy", check_proxy, True),
    ("Guard", applications.check_guard, True),
    ("Address", check_address, False),
)
