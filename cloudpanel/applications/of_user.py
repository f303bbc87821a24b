"""The applications that a user may open, as a row of the user's **More Information**."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.users.facts import DetailRow
from accounts.users.rules import Viewer
from cloudpanel.applications import queries
from cloudpanel.applications.access import can_open
from cloudpanel.applications.models import Application
from cloudpanel.applications.subjects import SHOW, person

SHOWN = 10


def row(sender: object, *, user: User, viewer: Viewer, **_kwargs: Any) -> DetailRow | None:
    """None if the viewer may not see applications."""
    if SHOW not in viewer.permissions:
        return None
    found = [each for each in queries.reachable(user) if _may_open(user, each)] if user.is_active else []
    links = tuple((each.name, reverse("application", args=[each.pk])) for each in found[:SHOWN])
    if len(found) > SHOWN:
        links += ((_("%(number)d more") % {"number": len(found) - SHOWN}, reverse("applications")),)
    return DetailRow(_("Applications"), "" if links else _("None"), links=links)


def _may_open(user: User, application: Application) -> bool:
    """Whether the user can open it once logged in."""
    listed: bool = application.role_listed  # type: ignore[attr-defined]  # annotated by the query
    return can_open(application.rules(), person(user, role_listed=listed, verified=True, methods=""))
