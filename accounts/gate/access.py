"""What a view declares about who may enter. A view without a declaration lets nobody in (`twofactor.middleware`)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeVar

from django.http import HttpRequest

Subject = Callable[..., Any]
View = TypeVar("View", bound=Callable[..., Any])


class Audience(Enum):
    OPEN = auto()
    """Everybody, in whatever state."""
    STEP = auto()
    """One step of a login, open only to a browser for which that step comes next."""
    ACCOUNT = auto()
    """Everybody who is logged in and has no step left, for their own data. Needs neither contract nor permission."""
    CONTRACT = auto()
    """Who works in the current contract."""
    STAFF = auto()
    """Admins: Django admin as a whole."""


class Stage(Enum):
    """The stages of a login, in the order in which they are asked."""

    PASSWORD = auto()
    CODE = auto()
    NEW_PASSWORD = auto()
    OFFER = auto()
    """2FA will be required of this person: set it up now, or later."""
    SETUP = auto()
    CONTRACT = auto()
    KEY = auto()
    """No stage of its own: a security key answers for the password, the code or a confirmation."""
    CONFIRM = auto()
    """Only ever asked by a `fresh` view."""


@dataclass(frozen=True)
class Access:
    audience: Audience
    stage: Stage | None = None
    """The stage that the view serves. Only with `Audience.STEP`."""
    permission: str | None = None
    owner_only: bool = False
    fresh: bool = False
    """Asks for a re-authentication that is not older than five minutes."""
    own_choice: bool = False
    """Only for accounts that are not required to use 2FA."""
    subject: Subject | None = None
    """Fetches the object within the contract from `(request, **kwargs)`; the gate puts it on `request.subject`."""


def open_to(access: Access) -> Callable[[View], View]:
    """Marks a view. Class-based views set `access` on the class and are marked by their `as_view`."""

    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def access_of(view: Callable[..., Any]) -> Access | None:
    """The declaration on a view function, or on the class behind `as_view()`."""
    declared = getattr(view, "access", None) or getattr(getattr(view, "view_class", None), "access", None)
    return declared if isinstance(declared, Access) else None


def subject_of(access: Access, request: HttpRequest, kwargs: dict[str, Any]) -> Any:
    """The object of this address; raises Http404 for one that is not in the current contract."""
    return access.subject(request, **kwargs) if access.subject else None
