"""Where a form about users leads."""

from django.urls import reverse

from accounts.gate.request import PanelRequest
from accounts.models import User


def way_back(request: PanelRequest, target: User | None = None) -> str:
    """To the user, else to the table; to Overview for who may change users but not see them."""
    if "users.show" not in request.permissions:
        return reverse("overview")
    return reverse("user", args=[target.pk]) if target else reverse("users")
