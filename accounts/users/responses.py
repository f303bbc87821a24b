"""Where a form about users leads, and how it comes back with a password suggested."""

from collections.abc import Callable
from typing import TypeVar

from django.urls import reverse

from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.users.forms import PasswordPairForm

Form = TypeVar("Form", bound=PasswordPairForm)


def way_back(request: PanelRequest, target: User | None = None) -> str:
    """To the user, else to the table; to Overview for who may change users but not see them."""
    if "users.show" not in request.permissions:
        return reverse("overview")
    return reverse("user", args=[target.pk]) if target else reverse("users")


def redraw_with_suggestion(make: Callable[..., Form], request: PanelRequest) -> Form:
    """The form as it was typed, with a good password filled in as text. Nothing is checked yet."""
    typed = {name: value for name, value in request.POST.items() if not name.startswith("password")}
    form = make(request, initial=typed)
    form.suggest()
    return form
