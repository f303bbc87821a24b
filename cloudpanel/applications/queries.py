"""The applications of a contract."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils import timezone

from accounts import folding
from accounts.lists.paging import KeysetPage, Sort, page_of
from accounts.models import Contract, User
from cloudpanel.applications.models import Application

BY_NAME = Sort("name_key")
UNUSED_AFTER = timedelta(hours=24)
UNUSED_SHOWN = 5


def page(contract: Contract, *, q: str, cursor: str, query: QueryDict) -> KeysetPage[Application]:
    """By name; `q` is part of the name or of the origin."""
    rows = contract.applications.all()
    if q:
        rows = rows.filter(Q(name_key__contains=folding.plain(q)) | Q(origin__contains=folding.ascii_lower(q)))
    return page_of(rows, BY_NAME, cursor=cursor, query=query)


def role_names(application: Application) -> list[str]:
    return sorted(application.roles.values_list("name", flat=True), key=folding.sort_key)


def is_listed(application: Application, user: User) -> bool:
    """Whether the role of this account is among those that the application is for."""
    return user.role_id is not None and application.roles.filter(pk=user.role_id).exists()


def reachable(user: User) -> list[Application]:
    """Those of the contract, and of all contracts for their owner, that the panel can open; each with `role_listed`.

    One query. Whether this person may open each of them is for `access.decide`.
    """
    listed = Application.roles.through.objects.filter(application=OuterRef("pk"), role=user.role_id)
    rows = Application.objects.filter(Q(contract=user.contract_id) | Q(contract__owner=user))
    rows = rows.filter(Q(guard=True) | Q(openid=True)).select_related("contract").order_by("name_key", "id")
    return list(rows.annotate(role_listed=Exists(listed)))


def unused(contract: Contract) -> list[Application]:
    """The first by name that are guarded and active, but that no check has let anybody into for a day."""
    since = timezone.now() - UNUSED_AFTER
    rows = contract.applications.filter(guard=True, is_active=True, created_at__lt=since)
    rows = rows.filter(Q(last_used_at__isnull=True) | Q(last_used_at__lt=since))
    return list(rows.order_by("name_key", "id")[:UNUSED_SHOWN])
