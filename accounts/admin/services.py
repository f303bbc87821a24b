"""Changes that only Django admin offers: who is an admin, and the name of a contract.

As in every service, a change is one transaction with one conditional update and one log row. If nothing changes,
nothing is written.
"""

from django.db import transaction
from django.db.models import Exists, F

from accounts.audit.record import record_event
from accounts.models import Contract, Event, User
from accounts.origin import Origin
from accounts.sessions import services as sessions
from accounts.users import authority


def set_admin(*, actor: User, target: User, admin: bool, origin: Origin) -> bool:
    """Makes an account an admin, or revokes it. Ends all its sessions and links, since its rights change.

    A sub-user can't become an admin, because the owner could no longer manage their own user.
    """
    with transaction.atomic():
        rows = authority.of_target(actor, target).filter(contract__isnull=True, is_superuser=not admin)
        if not rows.update(is_staff=admin, is_superuser=admin, stamp=F("stamp") + 1, **authority.OTHER_RIGHTS):
            return False
        authority.end_requests_by(target.pk)
        sessions.end_all(target)
        detail = {"old": _kind(admin=not admin), "new": _kind(admin=admin)}
        record_event(Event.USER_ADMIN, origin=origin, actor=actor, target=target, detail=detail)
    return True


def _kind(*, admin: bool) -> str:
    return "admin" if admin else "no admin"


def rename_contract(*, actor: User, contract: Contract, name: str, origin: Origin) -> bool:
    with transaction.atomic():
        rows = authority.settled(Contract.objects.filter(pk=contract.pk)).filter(Exists(authority.still(actor)))
        if not rows.exclude(name=name).update(name=name):
            return False
        detail = {"old": contract.name, "new": name}
        record_event(Event.CONTRACT_CHANGED, origin=origin, actor=actor, target=contract, detail=detail)
    return True
