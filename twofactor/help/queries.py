"""Requests for help as the pages show them. What is queried here in SQL is decided by `policy.ended`."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from accounts import clock
from accounts.models import AuditRow, Event, Session, User
from twofactor.help.models import HelpRequest
from twofactor.help.policy import LIFETIME, MAILS_A_DAY, Facts

ONE_DAY = timedelta(days=1)


def pending_login_of(key: Any, user_id: Any) -> QuerySet[Session]:
    """The row of a login that has asked for help and has not continued since. Takes values or an OuterRef."""
    now = timezone.now()
    return Session.objects.filter(session_key=key, user=user_id, signed_in=False, expire_date__gt=now)


def still_open() -> QuerySet[HelpRequest]:
    """Requests that can be answered now."""
    now = timezone.now()
    login = pending_login_of(OuterRef("session_key"), OuterRef("user"))
    able = HelpRequest.objects.undecided().filter(
        user__stamp=F("stamp"), user__is_active=True, user__password_revoked_at__isnull=True
    )
    latest = clock.latest_possible(now) + LIFETIME
    return able.filter(Exists(login), expires_at__gt=now, expires_at__lte=latest)


def may_log_in(user: User) -> bool:
    return user.is_active and user.password_revoked_at is None


def facts(asked: HelpRequest, user: User) -> Facts:
    return Facts(
        expires_at=asked.expires_at,
        stamp=asked.stamp,
        stamp_now=user.stamp,
        may_log_in=may_log_in(user),
        login_waits=pending_login_of(asked.session_key, user.pk).exists(),
    )


def open_of(user: User) -> HelpRequest | None:
    return still_open().filter(user=user).first()


def is_open(sender: object, *, user: User, **_kwargs: Any) -> bool:
    return still_open().filter(user=user).exists()


def helpers_of(user: User) -> QuerySet[User]:
    """Who may answer: the account owner of a sub-user, any admin for an owner. An admin is helped by the operator."""
    active = User.objects.filter(is_active=True)
    if user.contract_id:
        return active.filter(contracts=user.contract_id)
    return active.none() if user.is_staff else active.filter(is_staff=True, is_superuser=True)


def of_owners() -> QuerySet[HelpRequest]:
    """Those that admins answer."""
    return HelpRequest.objects.filter(user__contract__isnull=True, user__is_staff=False)


def open_for(owner: User) -> QuerySet[HelpRequest]:
    """For all contracts of this person, newest first.

    The few open requests are looked up first, or SQLite would go through every user of the contracts.
    """
    found = HelpRequest.objects.filter(pk__in=still_open().values("pk"), user__contract__owner=owner)
    return found.select_related("user__contract").order_by("-created_at")


def latest_of(user: User, browser: str) -> HelpRequest | None:
    """The last request of this browser for this account."""
    return HelpRequest.objects.filter(user=user, browser=browser).order_by("-created_at", "-pk").first()


def may_be_mailed(user: User, known_browser: str) -> bool:
    mailed = HelpRequest.objects.filter(user=user, known_browser=known_browser, mailed=True)
    return mailed.filter(created_at__gt=timezone.now() - ONE_DAY).count() < MAILS_A_DAY


def last_login_from(user: User, ip: str) -> AuditRow | None:
    """The last login of this account from this address."""
    rows = AuditRow.objects.filter(actor_id=user.pk, event=Event.SIGN_IN, ip=ip)
    return rows.order_by("-id").first() if ip else None
