"""The import preview: whether each row would be created, changed, unchanged, or refused and why.

Nothing is written here.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import folding, moments
from accounts.lists.csvfile import Table
from accounts.models import Contract, User
from accounts.reset.queries import confirmable
from accounts.users import queries
from accounts.users.exchange import STATES, YES_NO, current, word
from accounts.users.rows import ImportContext, check_existing, check_new, key_of
from accounts.users.rules import Viewer


class ChangeKind(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Detail:
    column: str
    old: str
    new: str


@dataclass(frozen=True)
class PreviewRow:
    """One row of the file. `values` is what would be written, by column."""

    number: int
    cells: Mapping[str, str]
    user: User | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()

    @property
    def username(self) -> str:
        return self.user.username if self.user else self.cells["username"].strip()

    @property
    def kind(self) -> ChangeKind:
        if self.reasons:
            return ChangeKind.REFUSED
        if self.user is None:
            return ChangeKind.CREATED
        return ChangeKind.CHANGED if self.values else ChangeKind.UNCHANGED

    @property
    def details(self) -> list[Detail]:
        old = {column: current(self.user, column) if self.user else "" for column in self.values}
        return [Detail(column, old[column], _said(column, value)) for column, value in self.values.items()]

    @property
    def invited(self) -> bool:
        new = self.kind is ChangeKind.CREATED and bool(self.values.get("email"))
        return new and self.values.get("state", True)

    @property
    def mails_link(self) -> bool:
        """Whether an invitation is mailed, or a link to confirm a new email."""
        return self.invited or (self.kind is ChangeKind.CHANGED and bool(self.values.get("email")))

    @property
    def consequences(self) -> list[str]:
        """Consequences that the row doesn't mention, as sentences."""
        match self.kind:
            case ChangeKind.CREATED:
                return _of_new(self.values, invited=self.invited)
            case ChangeKind.CHANGED if self.user:
                return _of_change(self.values, self.user)
        return []


def _of_new(values: Mapping[str, Any], *, invited: bool) -> list[str]:
    if not values.get("email"):
        return [_("Without an email nobody can log in to this account until a password is set.")]
    if not settings.MAIL_ENABLED:
        return [_("No invitation is sent because this panel has no mail server. Set a password after the import.")]
    if invited:
        return [_("An invitation will be sent.")]
    return [_("No invitation is sent because the account is deactivated.")]


def _of_change(values: Mapping[str, Any], user: User) -> list[str]:
    said = []
    required = values.get("two_factor_required")
    if required is False and user.two_factor_planned:
        said.append(_("The plan is withdrawn; nothing is cleared."))
        required = None
    if isinstance(values.get("two_factor_required_from"), datetime):
        by_mail = _("The user is notified now and reminded by email before that date.")
        said.append(by_mail if settings.MAIL_ENABLED else _("The user is reminded at each login before that date."))
    if values.get("two_factor_required_from") == "":
        required = True
    if required is False and user.two_factor_active:
        said.append(_("The authenticator app, security keys and recovery codes are removed."))
    email = values.get("email")
    confirmed_first = email and settings.MAIL_ENABLED
    if required is False or values.get("state") is False or (email is not None and not confirmed_first):
        said.append(_("The user is logged out everywhere."))
    if required and not user.two_factor_active:
        said.append(_("The user must set up a second factor before using the panel."))
    if confirmed_first:
        said.append(_("The new email takes effect when the user confirms it."))
    return said


def _said(column: str, value: Any) -> str:
    if isinstance(value, datetime):
        return moments.written(value)
    if isinstance(value, bool):
        return word(STATES if column == "state" else YES_NO, value)
    return str(value)


def kinds(lines: list[PreviewRow]) -> Counter[ChangeKind]:
    return Counter(line.kind for line in lines)


def rehearse(table: Table, contract: Contract, viewer: Viewer) -> list[PreviewRow]:
    rows = list(table.records())
    context = _context([key_of(cells) for _number, cells in rows], contract, viewer)
    first: dict[str, int] = {}
    lines = []
    for number, cells in rows:
        key = key_of(cells)
        before = first.setdefault(key, number) if key else number
        if before == number:
            lines.append(_line(context, number, cells))
        else:
            said = _("Line %(line)s has the same username.") % {"line": before}
            lines.append(PreviewRow(number, cells, reasons=(f"username: {said}",)))
    return lines


def _context(keys: list[str], contract: Contract, viewer: Viewer) -> ImportContext:
    people = list(queries.sub_users(contract).select_related("role", "contract").filter(username_key__in=keys))
    roles = queries.roles(contract)
    return ImportContext(
        viewer=viewer,
        roles={folding.folded(role.name): role for role in roles},
        users={user.username_key: user for user in people},
        taken=frozenset(User.objects.filter(username__ascii_lower__in=keys).values_list("username_key", flat=True)),
        owner=folding.ascii_lower(contract.owner.username),
        confirmable=confirmable(people),
    )


def _line(context: ImportContext, number: int, cells: Mapping[str, str]) -> PreviewRow:
    user = context.users.get(key_of(cells))
    result = check_existing(context, user, cells) if user else check_new(context, cells)
    return PreviewRow(number, cells, user, result.values, tuple(result.reasons))
