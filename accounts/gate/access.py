"""What a view declares about who may open it. A view without a declaration is open to nobody
(`twofactor.middleware`)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeVar

from django.http import HttpRequest

Subject = Callable[..., Any]
View = TypeVar("View", bound=Callable[..., Any])


class Audience(Enum):
    OPEN = auto()
    """Everybody, logged in or not."""
    STEP = auto()
    """One step of a login, open only to a browser for which that step is next."""
    ACCOUNT = auto()
    """Everybody who is logged in and has completed all steps, for their own data. Needs neither contract nor
    permission."""
    CONTRACT = auto()
    """Everybody who works in the current contract."""
    STAFF = auto()
    """Admins: Django admin as a whole."""


class Stage(Enum):
    """The stages of a login, in their order."""

    PASSWORD = auto()
    CODE = auto()
    NEW_PASSWORD = auto()
    OFFER = auto()
    """Offers to set up 2FA now or later, before it becomes required."""
    SETUP = auto()
    CONTRACT = auto()
    KEY = auto()
    """Not a stage of its own: a security key takes the place of the password, the code or a confirmation."""
    CONFIRM = auto()
    """Used only by `fresh` views."""


@dataclass(frozen=True)
class Access:
    audience: Audience
    stage: Stage | None = None
    """The stage that the view serves; only with `Audience.STEP`."""
    permission: str | None = None
    owner_only: bool = False
    fresh: bool = False
    """Requires a confirmation that is not older than five minutes."""
    fresh_if: Callable[[Any], bool] | None = None
    """The same, if it depends on the request. Called after all other checks have passed."""
    own_choice: bool = False
    """Only for accounts that are not required to use 2FA."""
    subject: Subject | None = None
    """Fetches the object within the contract from `(request, **kwargs)`. The gate stores it as `request.subject`."""


def open_to(access: Access) -> Callable[[View], View]:
    """Marks a view function. Class-based views set `access` on the class and are marked by their `as_view`."""

    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def access_of(view: Callable[..., Any]) -> Access | None:
    """The declaration on a view function, or on the class behind `as_view()`."""
    declared = getattr(view, "access", None) or getattr(getattr(view, "view_class", None), "access", None)
    return declared if isinstance(declared, Access) else None


def subject_of(access: Access, request: HttpRequest, kwargs: dict[str, Any]) -> Any:
    """The object for this URL; raises Http404 if it is not in the current contract."""
    return access.subject(request, **kwargs) if access.subject else None
