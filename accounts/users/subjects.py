"""The user of an address, as the gate fetches it before anything else is decided.

Who isn't in the current contract is a 404; who is, but beyond the reach of this viewer, a 403 and a log row.
"""

from django.http import Http404

from accounts.gate.access import Subject
from accounts.gate.refusals import contract_of, refuse
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.users import queries, rules
from accounts.users.rules import Change, Viewer

STATES = {"active": True, "deactivated": False}


def sub_user(request: PanelRequest, user_id: int) -> User:
    """The sub-user of this id in the current contract."""
    people = queries.sub_users(contract_of(request))
    found = people.select_related("role", "contract").filter(pk=user_id).first()
    if found is None:
        raise Http404
    return found


def changeable(change: Change) -> Subject:
    """Fetches the sub-user for this change. A missing permission is left to the gate."""

    def fetch(request: PanelRequest, user_id: int) -> User:
        found = sub_user(request, user_id)
        if change.permission in request.permissions:
            check(request, change, found)
        return found

    return fetch


def with_new_state(request: PanelRequest, user_id: int) -> User:
    """Fetches the sub-user for the state that is posted, or for the other one than now where none is."""
    found = sub_user(request, user_id)
    asked = STATES.get(request.POST.get("state", ""), not found.is_active)
    check(request, rules.state_change(active=asked), found)
    return found


def check(request: PanelRequest, change: Change, target: User) -> None:
    """Refuses what the rules refuse, the permission included."""
    who, rights = viewer(request), queries.latent_rights(target.role)
    if change.permission not in who.permissions:
        refuse(request, rules.NOT_PERMITTED, target)
    why = rules.refusal(change, who, target_id=target.pk, rights=rights)
    if why:
        refuse(request, why, target)


def several(request: PanelRequest) -> dict[str, bool]:
    """What this viewer may do to several users at once."""
    return {
        "require": request.is_owner,
        "deactivate": rules.DEACTIVATE.permission in request.permissions,
        "delete": rules.DELETE.permission in request.permissions,
    }


def viewer(request: PanelRequest) -> Viewer:
    return Viewer(request.user.pk, request.permissions, request.is_owner)
