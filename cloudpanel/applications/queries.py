"""The applications of a contract."""

from django.db.models import Q
from django.http import QueryDict

from accounts import folding
from accounts.lists.paging import KeysetPage, Sort, page_of
from accounts.models import Contract
from cloudpanel.applications.models import Application

BY_NAME = Sort("name_key")


def page(contract: Contract, *, q: str, cursor: str, query: QueryDict) -> KeysetPage[Application]:
    """By name; `q` is part of the name or of the origin."""
    rows = contract.applications.all()
    if q:
        rows = rows.filter(Q(name_key__contains=folding.plain(q)) | Q(origin__contains=folding.ascii_lower(q)))
    return page_of(rows, BY_NAME, cursor=cursor, query=query)


def role_names(application: Application) -> list[str]:
    return sorted(application.roles.values_list("name", flat=True), key=folding.sort_key)
