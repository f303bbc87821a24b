"""The owner's switch: is two-factor authentication required of a user, and what if the phone is lost.

One conditional update decides whether anything changes; nothing changed, nothing written.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Q

from accounts.models import Event, User
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.sessions import services as sessions
from accounts.users import two_factor
from accounts.users.queries import has_come
from twofactor.factors import account
from twofactor.requirement import plan


def uses_two_factor() -> Q:
    """It is required by now, or set up."""
    return (Q(two_factor_required=True) & has_come()) | Q(two_factor_active_since__isnull=False)


def set_required(
    *, actor: User | None, target: User, required: bool, origin: Origin, required_from: datetime | None = None
) -> bool:
    """Yes leaves an active user as they are, and takes effect at once or from a moment on.

    No withdraws a plan and clears nothing; once 2FA is required it also clears the authenticator, whoever switched it
    on. Raises `plan.AlreadyRequired` where a moment is named for somebody who must use 2FA by now.
    """
    if required and required_from:
        return plan.set_moment(actor=actor, target=target, moment=required_from, origin=origin)
    if required:
        return _require(actor, target, origin)
    return plan.withdraw(actor=actor, target=target, origin=origin) or _release(actor, target, origin)


def _require(actor: User | None, target: User, origin: Origin) -> bool:
    with transaction.atomic():
        if not two_factor.set_required(User.objects.filter(plan.is_open(), pk=target.pk), required=True):
            return False
        detail = {"old": plan.written(target), "new": "yes"}
        record_and_notify(Event.TWO_FACTOR_REQUIRED, origin=origin, actor=actor, target=target, detail=detail)
    return True


def _release(actor: User | None, target: User, origin: Origin) -> bool:
    with transaction.atomic():
        held = User.objects.filter(pk=target.pk)
        if not two_factor.set_required(held.filter(uses_two_factor()), required=False):
            return _end_what_is_left(actor, target, origin)
        old = "yes" if target.two_factor_required else "no"
        _clear(target)
        detail = {"old": old, "new": "no", "cleared": True}
        record_and_notify(Event.TWO_FACTOR_REQUIRED, origin=origin, actor=actor, target=target, detail=detail)
    return True


def _end_what_is_left(actor: User | None, target: User, origin: Origin) -> bool:
    """2FA was switched off since `target` was read. Sessions that are left may be those of a thief who did it, so
    they end."""
    used = target.must_use_two_factor or target.two_factor_active
    return used and bool(sessions.end_by(actor, target, origin=origin))


def reset(*, actor: User | None, target: User, origin: Origin) -> bool:
    """Lost phone: the requirement stays; authenticator, codes, setups and sessions go; the next login is setup.

    Also where 2FA is off but somebody is logged in: a thief who switches it off first must not stay in. False where
    there is none of it.
    """
    with transaction.atomic():
        concerned = User.objects.filter(uses_two_factor() | Q(Exists(sessions.signed_in(target))), pk=target.pk)
        if not two_factor.count_reset(concerned):
            return False
        _clear(target)
        record_and_notify(Event.TWO_FACTOR_RESET, origin=origin, actor=actor, target=target)
    return True


def _clear(target: User) -> None:
    account.clear(target)
    sessions.end_all(target)
