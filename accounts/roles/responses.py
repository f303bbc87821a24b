"""Where a form about roles leads, and what it says when somebody else was faster."""

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.gate.request import PanelRequest
from accounts.models import Role
from accounts.roles.subjects import SHOW


def way_back(request: PanelRequest, role: Role | None = None) -> str:
    """To the role, else to the list; to Overview for who may change roles but not see them."""
    if SHOW not in request.permissions:
        return reverse("overview")
    return reverse("role", args=[role.pk]) if role else reverse("roles")


def say_moved(request: PanelRequest) -> None:
    messages.warning(
        request, _("Nothing was changed: somebody else has just changed this role. Check it and try again.")
    )
