"""Queries about the applications of a contract."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts import folding
from accounts.models import Contract, User
from cloudpanel.applications.models import Application, Who

UNUSED_AFTER = timedelta(hours=24)
SHOWN_AT_MOST = 10


def role_names(application: Application) -> list[str]:
    return sorted(application.roles.values_list("name", flat=True), key=folding.sort_key)


def is_listed(application: Application, user: User) -> bool:
    """Whether the application lists the account's role."""
    if application.who != Who.ROLES or user.role_id is None:
        return False
    return application.roles.filter(pk=user.role_id).exists()


def reachable(user: User) -> list[Application]:
    """The applications of the user's contract, or of all contracts of an owner, that the panel can open; each with
    `role_listed`.

    One query. `access.decide` then decides about each.
    """
    listed = Application.roles.through.objects.filter(application=OuterRef("pk"), role=user.role_id)
    rows = Application.objects.filter(Q(contract=user.contract_id) | Q(contract__owner=user))
    rows = rows.filter(Q(guard=True) | Q(openid=True)).select_related("contract").order_by("name_key", "id")
    return list(rows.annotate(role_listed=Exists(listed)))


def needing_attention(contract: Contract) -> tuple[list[Application], list[Application]]:
    """The first applications by name that are guarded and active but whose guard let nobody in for a day, even if
    somebody used OpenID Connect: their proxy may not ask the guard. Then those whose last check had a problem."""
    since = timezone.now() - UNUSED_AFTER
    unused = Q(created_at__lt=since) & (Q(last_used_at__isnull=True) | Q(last_used_at__lt=since))
    rows = contract.applications.filter(guard=True, is_active=True)
    found = rows.filter(unused | Q(last_check__has_key="doubts")).order_by("name_key", "id")[:SHOWN_AT_MOST]
    told: dict[bool, list[Application]] = {True: [], False: []}
    for one in found:
        told[one.last_used_at is not None and one.last_used_at >= since].append(one)
    return told[False], told[True]
