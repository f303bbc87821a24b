"""Where a form about roles redirects, and its message if somebody else was faster."""

from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.gate.change_view import Sentences
from accounts.gate.request import PanelRequest
from accounts.models import Role
from accounts.roles.services import RoleMoved
from accounts.roles.subjects import SHOW
from accounts.users.responses import RIGHT_GONE

MOVED: Sentences = {
    RoleMoved: gettext_lazy("Nothing was changed: somebody else has just changed this role. Check it and try again."),
    **RIGHT_GONE,
}


def way_back(request: PanelRequest, role: Role | None = None) -> str:
    """To the role, or to the list; to Overview for people who can change roles but not view them."""
    if SHOW not in request.permissions:
        return reverse("overview")
    return reverse("role", args=[role.pk]) if role else reverse("roles")
