"""The user of a URL, whom the gate fetches before anything else is decided.

A user who isn't in the current contract is a 404, one beyond the viewer's permissions a 403 and a log row.
"""

from django.utils.translation import gettext as _

from accounts.gate.access import Subject
from accounts.gate.refusals import Gone, contract_of, not_here, refuse
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.users import methods, queries, rules
from accounts.users.exchange import STATES
from accounts.users.responses import way_back
from accounts.users.rules import UserChange, Viewer

SHOW = "users.show"


def sub_user(request: PanelRequest, user_id: int) -> User:
    """The sub-user with this id in the current contract."""
    people = methods.with_app(queries.sub_users(contract_of(request)))
    found = people.select_related("role", "contract").filter(pk=user_id).first()
    if found is None:
        gone = Gone(_("There is no such user in this contract. They may have been deleted."), way_back(request))
        elsewhere = {"sub_users__pk": user_id, "sub_users__is_staff": False, "sub_users__is_superuser": False}
        not_here(request, SHOW, _("This user belongs to “%(contract)s”."), gone, **elsewhere)
    return found


def changeable(change: UserChange) -> Subject:
    """Fetches the sub-user for this change. The gate checks the permission."""

    def fetch(request: PanelRequest, user_id: int) -> User:
        found = sub_user(request, user_id)
        if change.permission in request.permissions:
            check(request, change, found)
        return found

    return fetch


def with_new_state(request: PanelRequest, user_id: int) -> User:
    """Fetches the sub-user for the posted state or, if there is none, for the opposite of the current one."""
    found = sub_user(request, user_id)
    asked = STATES.get(request.POST.get("state", ""), not found.is_active)
    check(request, rules.state_change(active=asked), found)
    return found


def check(request: PanelRequest, change: UserChange, target: User) -> None:
    """Refuses what the rules refuse, including a missing permission."""
    who, rights = viewer(request), queries.latent_rights(target.role)
    why = rules.refusal(change, who, target_id=target.pk, rights=rights)
    if why:
        refuse(request, why, target)


def viewer(request: PanelRequest) -> Viewer:
    return Viewer(request.user.pk, request.permissions, request.is_owner)
