"""What **More Information** reads in addition to the user's row, as far as this viewer may see it."""

from dataclasses import dataclass, field
from typing import Any

from django.dispatch import Signal

from accounts.logs.lines import LogLine
from accounts.models import AuditRow, Event, Outcome, User
from accounts.reset.queries import confirmable
from accounts.sessions import services as sessions
from accounts.sessions.services import SessionInfo
from accounts.users import invitations
from accounts.users.invitations import Invitation
from accounts.users.rules import Viewer

SHOWN = 5
"""The number of log rows, and of sessions."""
LOGS = "logs.show"

access_asked = Signal()
"""Sent with `user` and `viewer`. Each receiver returns a row for the group Access, or None."""


@dataclass(frozen=True)
class UserDetails:
    invitation: Invitation | None = None
    password_row: AuditRow | None = None
    """The row about who set the password, and when."""
    confirmable: bool = False
    """Whether the link to an unconfirmed email still works."""
    codes_left: int | None = None
    access_rows: list[Any] = field(default_factory=list)
    lines: list[LogLine] = field(default_factory=list)
    sessions: list[SessionInfo] = field(default_factory=list)


def details_of(user: User, viewer: Viewer) -> UserDetails:
    """The number of queries doesn't depend on how much there is."""
    reads = LOGS in viewer.permissions
    answers = access_asked.send(User, user=user, viewer=viewer)
    return UserDetails(
        invitation=invitations.invitation_of(user),
        password_row=_password_row(user) if reads and user.has_usable_password() else None,
        confirmable=bool(confirmable([user])),
        codes_left=_codes_left(user) if viewer.is_owner and user.two_factor_active else None,
        access_rows=[row for _receiver, row in answers if row],
        lines=[LogLine(row) for row in _last_rows(user)] if reads else [],
        sessions=sessions.described(sessions.living(user)[:SHOWN]) if viewer.is_owner else [],
    )


def _password_row(user: User) -> AuditRow | None:
    events = (Event.USER_PASSWORD, Event.USER_CREATED)
    rows = AuditRow.objects.filter(target_id=user.pk, event__in=events, outcome=Outcome.OK)
    return rows.order_by("-id").first()


def _codes_left(user: User) -> int:
    """The codes belong to the other app, so they are reached by the name of their relation to the user."""
    codes: Any = user
    return int(codes.recovery_codes.filter(used_at__isnull=True).count())


def _last_rows(user: User) -> list[AuditRow]:
    """What the user did and what was done to them, each along its index."""
    of_contract = AuditRow.objects.filter(contract_id=user.contract_id).order_by("-id")
    found = [*of_contract.filter(target_id=user.pk)[:SHOWN], *of_contract.filter(actor_id=user.pk)[:SHOWN]]
    return sorted({row.pk: row for row in found}.values(), key=lambda row: -row.pk)[:SHOWN]
