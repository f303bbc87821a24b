"""Finds logins at applications whose session in the panel has ended, in whatever way.

Sessions don't report their end; the sender looks for ended ones. So none is missed, whether the session was logged out,
deleted, outdated by the stamp, or expired.
"""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Session
from accounts.models.session import alive
from cloudpanel.applications.openid import opening, tokens
from cloudpanel.applications.openid.models import Login

KEPT = timedelta(days=7)
"""How long a login is kept after its end, for the application's page."""


def end_what_is_over() -> int:
    """Ends those logins, each once however many servers look. Returns how many."""
    return sum(_end(login) for login in suspects())


def suspects() -> QuerySet[Login]:
    """Current logins whose session is gone, or whose account has changed or was deleted."""
    current = Login.objects.filter(ended_at__isnull=True).select_related("user", "client")
    own = Q(sid=OuterRef("sid"), user=OuterRef("user"), signed_in=True)
    session = Session.objects.filter(own, alive(timezone.now()))
    lasts = Q(detached=True) & Exists(tokens.left(OuterRef("client"), OuterRef("sid")))
    over = ~Exists(session) & ~lasts
    changed = Q(user=None) | Q(user__is_active=False) | ~Q(user__stamp=F("stamp"))
    return current.filter(changed | over)


def _end(login: Login) -> bool:
    """Ends the login, unless its session made the change itself and continues under the new stamp."""
    going_on = Login.objects.filter(pk=login.pk, ended_at__isnull=True)
    # With its account in one query: what was read with the login can be older than the session.
    rows = Session.objects.select_related("user").filter(sid=login.sid, user=login.user_id, signed_in=True)
    row, now = rows.first(), timezone.now()
    if row and row.user and row.expire_date > now and opening.is_of(row, row.user):
        is_alive = row.is_alive(now)
        if is_alive or tokens.left(login.client_id, login.sid).exists():
            going_on.update(stamp=row.user.stamp, detached=not is_alive)
            return False
    due_at = now if login.client.backchannel_logout_uri else None
    return bool(going_on.update(ended_at=now, due_at=due_at))


def removable() -> QuerySet[Login]:
    return Login.objects.filter(ended_at__lt=timezone.now() - KEPT)
