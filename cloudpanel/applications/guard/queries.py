"""Queries of the guard about applications and their owners, beside the one of each check (`rows`)."""

from accounts.models import User
from cloudpanel.applications.models import Application


def guarded_at(origin: str) -> Application | None:
    """The application at this origin, if its guard is on."""
    return Application.objects.filter(origin=origin, guard=True).first()


def guarded(application_id: int) -> Application | None:
    """The application with its contract and owner, if its guard is on."""
    return Application.objects.select_related("contract__owner").filter(pk=application_id, guard=True).first()


def name_of(user_id: int) -> str | None:
    return User.objects.filter(pk=user_id).values_list("name", flat=True).first()
