"""Requires 2FA of a user, stops requiring it, and resets it after a phone or key was lost.

One conditional update decides whether anything changes, and whether the actor may still decide it
(`authority.of_target`). If nothing does, nothing is logged or mailed.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Q

from accounts.models import Event, User
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.outbox.rows import NOTHING_MAILED, Mailed
from accounts.sessions import services as sessions
from accounts.users import authority, two_factor
from accounts.users.queries import has_come
from twofactor.factors import account
from twofactor.requirement import plan


def uses_two_factor() -> Q:
    """2FA is required or set up, or was reset for one browser that has not set it up yet."""
    active = Q(two_factor_active_since__isnull=False) | ~Q(setup_browser="")
    return (Q(two_factor_required=True) & has_come()) | active


def set_required(
    *, actor: User | None, target: User, required: bool, origin: Origin, required_from: datetime | None = None
) -> Mailed | None:
    """Yes keeps what is set up, and applies at once or from `required_from` on.

    No before the planned time withdraws the plan and keeps what is set up. Once 2FA is required, No also clears app,
    keys and codes, even if the user activated 2FA on their own. None if nothing changed. Raises `plan.AlreadyRequired`
    if `required_from` is given although 2FA is already required.
    """
    if required and required_from:
        return plan.set_moment(actor=actor, target=target, moment=required_from, origin=origin)
    if required:
        return _require(actor, target, origin)
    return plan.withdraw(actor=actor, target=target, origin=origin) or _release(actor, target, origin)


def require_if_open(
    *, actor: User | None, target: User, origin: Origin, required_from: datetime | None = None
) -> Mailed | None:
    """Yes, for one of several users. Users who must already use 2FA are skipped."""
    try:
        return set_required(actor=actor, target=target, required=True, required_from=required_from, origin=origin)
    except plan.AlreadyRequired:
        return None


def _require(actor: User | None, target: User, origin: Origin) -> Mailed | None:
    with transaction.atomic():
        if not two_factor.set_required(authority.of_target(actor, target).filter(plan.is_open()), required=True):
            return None
        detail = {"old": plan.written(target), "new": "yes"}
        return record_and_notify(Event.TWO_FACTOR_REQUIRED, origin=origin, actor=actor, target=target, detail=detail)


def _release(actor: User | None, target: User, origin: Origin) -> Mailed | None:
    with transaction.atomic():
        held = authority.of_target(actor, target)
        if not two_factor.set_required(held.filter(uses_two_factor()), required=False):
            return _end_what_is_left(actor, target, origin)
        old = "yes" if target.two_factor_required else "no"
        _clear(target)
        detail = {"old": old, "new": "no", "cleared": True}
        return record_and_notify(Event.TWO_FACTOR_REQUIRED, origin=origin, actor=actor, target=target, detail=detail)


def _end_what_is_left(actor: User | None, target: User, origin: Origin) -> Mailed | None:
    """2FA was disabled since `target` was read. Remaining sessions may belong to the thief who did that, so they are
    ended."""
    used = target.must_use_two_factor or target.two_factor_active
    return NOTHING_MAILED if used and sessions.end_by(actor, target, origin=origin) else None


def reset(*, actor: User | None, target: User, origin: Origin) -> Mailed | None:
    """Clears app, keys, codes and setups and ends all sessions after a lost phone or key. The requirement stays, so the
    next login includes the setup.

    Also applies if 2FA is off and somebody is logged in, because a thief may have disabled it. None if there is nothing
    to clear.
    """
    with transaction.atomic():
        concerned = authority.of_target(actor, target).filter(uses_two_factor() | Q(Exists(sessions.logged_in(target))))
        if not two_factor.count_reset(concerned):
            return None
        _clear(target)
        return record_and_notify(Event.TWO_FACTOR_RESET, origin=origin, actor=actor, target=target)


def _clear(target: User) -> None:
    account.clear(target)
    authority.take_back(target)
    sessions.end_all(target)
