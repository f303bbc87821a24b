"""The role of a URL, which the gate fetches before anything else is decided.

A role that isn't in the current contract is a 404, one beyond the viewer's permissions a 403 and a log row.
"""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.gate.access import Subject
from accounts.gate.refusals import Gone, contract_of, not_here, refuse
from accounts.gate.request import PanelRequest
from accounts.models import Role
from accounts.roles import queries, rules
from accounts.roles.rules import RoleChange

SHOW = "roles.show"


def role(request: PanelRequest, role_id: int) -> Role:
    """The role with this id in the current contract."""
    found = contract_of(request).roles.select_related("contract").filter(pk=role_id).first()
    if found is None:
        gone = Gone(_("There is no such role in this contract. It may have been deleted."), reverse("roles"))
        not_here(request, SHOW, _("This role belongs to “%(contract)s”."), gone, roles__pk=role_id)
    return found


def changeable(change: RoleChange) -> Subject:
    """Fetches the role for this change. The gate checks the permission."""

    def fetch(request: PanelRequest, role_id: int) -> Role:
        found = role(request, role_id)
        if change.permission in request.permissions:
            check(request, change, found)
        return found

    return fetch


def readable(change: RoleChange) -> Subject:
    """Fetches the role for a page that shows and changes it: GET also for people who may only view roles."""

    def fetch(request: PanelRequest, role_id: int) -> Role:
        found = role(request, role_id)
        if request.method not in ("GET", "HEAD") or SHOW not in request.permissions:
            check(request, change, found)
        return found

    return fetch


def check(request: PanelRequest, change: RoleChange, found: Role, *, after: frozenset[str] = frozenset()) -> None:
    """Refuses what the rules refuse, including a missing permission."""
    why = rules.refusal(change, request.permissions, queries.seen(found), after=after)
    if why:
        refuse(request, why, found)


def is_own(request: PanelRequest, found: Role) -> bool:
    """Whether this is the viewer's own role."""
    return found.pk == request.user.role_id


def allows(request: PanelRequest, change: RoleChange, found: Role) -> bool:
    return rules.refusal(change, request.permissions, queries.seen(found)) is None
