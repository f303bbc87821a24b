"""The role of an address, as the gate fetches it before anything else is decided.

A role that isn't in the current contract is a 404; one beyond the reach of this viewer a 403 and a log row.
"""

from django.http import Http404

from accounts.gate.access import Subject
from accounts.gate.refusals import contract_of, refuse
from accounts.gate.request import PanelRequest
from accounts.models import Role
from accounts.roles import queries, rules
from accounts.roles.rules import Change

SHOW = "roles.show"


def role(request: PanelRequest, role_id: int) -> Role:
    """The role of this id in the current contract."""
    found = contract_of(request).roles.select_related("contract").filter(pk=role_id).first()
    if found is None:
        raise Http404
    return found


def changeable(change: Change) -> Subject:
    """Fetches the role for this change. A missing permission is left to the gate."""

    def fetch(request: PanelRequest, role_id: int) -> Role:
        found = role(request, role_id)
        if change.permission in request.permissions:
            check(request, change, found)
        return found

    return fetch


def readable(change: Change) -> Subject:
    """Fetches the role for a page that shows as well as changes: read by who sees roles, posted by who may change it.

    What is posted must still pass `check` with it.
    """

    def fetch(request: PanelRequest, role_id: int) -> Role:
        found = role(request, role_id)
        reads = request.method in ("GET", "HEAD") and SHOW in request.permissions
        if change.permission not in request.permissions and not reads:
            refuse(request, rules.NOT_PERMITTED, found)
        return found

    return fetch


def check(request: PanelRequest, change: Change, found: Role, *, after: frozenset[str] = frozenset()) -> None:
    """Refuses what the rules refuse, the permission included."""
    why = rules.refusal(change, request.permissions, queries.seen(found), after=after)
    if why:
        refuse(request, why, found)


def is_own(request: PanelRequest, found: Role) -> bool:
    """Whether this is the role that the viewer has."""
    return found.pk == request.user.role_id


def allows(request: PanelRequest, change: Change, found: Role) -> bool:
    return rules.refusal(change, request.permissions, queries.seen(found)) is None
