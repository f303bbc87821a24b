"""One row of a file about users, cell by cell: its values, and its errors.

A row may do what this person could do by hand in the forms, and no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import folding, moments
from accounts.forms import DescriptionField, NameFormField
from accounts.models import Role, User
from accounts.models.user import DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH
from accounts.permissions import NOT_PERMITTED
from accounts.users import fields, forms, queries, required_from, rules
from accounts.users.exchange import CHANGING, COLUMNS, MOMENT, STATES, YES_NO, current
from accounts.users.rules import Viewer

OWN_ROW = gettext_lazy("This is your own account. Change it in your profile.")
OWNER_ROW = gettext_lazy("This is the account owner. An import can't change this account.")
REQUIRED = gettext_lazy("Required for a new user.")
FIELDS = {
    "username": fields.UsernameField(),
    "name": NameFormField(NAME_MAX_LENGTH),
    "email": fields.EmailField(),
    "description": DescriptionField(DESCRIPTION_MAX_LENGTH),
}
CHANGES = {"name": rules.NAME, "email": rules.EMAIL, "description": rules.DESCRIPTION, "role": rules.ROLE}
KEPT_WHERE_EMPTY = ("name", "role", "two_factor_required", "state")
REQUIRED_COLUMN = "two_factor_required"
AT_ONCE = ""
MOMENT_BESIDE_NO = gettext_lazy("two_factor_required_from needs two_factor_required to be yes.")
ALREADY_REQUIRED = gettext_lazy("Two-factor authentication is already required for this user.")
NOT_CONFIRMABLE = gettext_lazy(
    "The new email address of a deactivated user can't be confirmed. Activate the user first."
)
ATTRIBUTES = {"state": "is_active"}


@dataclass(frozen=True)
class ImportContext:
    """What rows are compared with, fetched once for all. Usernames and role names are folded."""

    viewer: Viewer
    roles: Mapping[str, Role]
    users: Mapping[str, User]
    taken: frozenset[str]
    owner: str
    confirmable: frozenset[int] = frozenset()
    """Users whose unconfirmed email can still be confirmed by the link that was mailed."""


def key_of(cells: Mapping[str, str]) -> str:
    """Usernames ignore case. A username outside ASCII is invalid and must not be folded into a valid one (“K”)."""
    return folding.ascii_lower(cells["username"].strip())


class RowResult:
    """The values of a row so far, and all of its errors."""

    def __init__(self, context: ImportContext) -> None:
        self.context = context
        self.values: dict[str, Any] = {}
        self.reasons: list[str] = []

    def refuse(self, column: str, why: str | Promise) -> None:
        self.reasons.append(f"{column}: {why}")

    def value(self, column: str, text: str) -> Any:
        """The value of a cell; None, with the error noted, if it is invalid."""
        try:
            return _meaning(self.context, column, text)
        except ValidationError as fault:
            self.refuse(column, " ".join(fault.messages))
            return None


def _meaning(context: ImportContext, column: str, text: str) -> Any:
    word = text.strip().lower()
    match column:
        case "role":
            return _role(context, text.strip())
        case "two_factor_required":
            return _choice(YES_NO, word)
        case "two_factor_required_from":
            return required_from.read(text.strip())
        case "state":
            return _choice(STATES, word)
    return FIELDS[column].clean(text)


def _role(context: ImportContext, name: str) -> Role:
    role = context.roles.get(folding.folded(name))
    if role is None:
        raise ValidationError(_("There is no role with this name."))
    return role


def _choice(words: dict[str, bool], text: str) -> bool:
    if text not in words:
        raise ValidationError(_("Use one of these values: %(words)s.") % {"words": ", ".join(words)})
    return words[text]


def check_existing(context: ImportContext, user: User, cells: Mapping[str, str]) -> RowResult:
    result, seen = RowResult(context), _is_seen(context, user)
    for column in [column for column in COLUMNS[1:] if column in cells]:
        text = cells[column]
        same = text == current(user, column)
        if (seen and same) or (not text and column in KEPT_WHERE_EMPTY):
            continue
        value = result.value(column, text)
        if value is None:
            continue
        why = _refusal(context, user, column, value)
        if why and not seen:
            result.refuse(column, why)
        elif not (same or _is_so(context, user, column, value)):
            result.values[column] = value
            if why:
                result.refuse(column, why)
    if result.values.get("email") and settings.MAIL_ENABLED and not result.values.get("state", user.is_active):
        result.refuse("email", NOT_CONFIRMABLE)
    _moment_of_existing(context, user, cells, result)
    if result.values and user.pk == context.viewer.id:
        result.reasons = [str(OWN_ROW)]
    return result


def _is_seen(context: ImportContext, user: User) -> bool:
    """Whether the viewer knows this user's values. If not, whatever they may not change is refused before it is
    compared: "unchanged" would tell a right guess from a wrong one."""
    return "users.show" in context.viewer.permissions or user.pk == context.viewer.id


def _moment_of_existing(context: ImportContext, user: User, cells: Mapping[str, str], result: RowResult) -> None:
    """The column for the time from which 2FA is required. Without the column nothing changes; an empty cell means at
    once."""
    text = cells.get(MOMENT, "").strip()
    if MOMENT in cells and not context.viewer.is_owner and not _is_seen(context, user):
        result.refuse(MOMENT, rules.OWNER_ONLY)
        return
    if MOMENT not in cells or (text and text == current(user, MOMENT) and result.values.get(REQUIRED_COLUMN) is None):
        return
    required = result.values.get(REQUIRED_COLUMN, user.two_factor_required)
    if not text:
        if required and user.two_factor_planned:
            result.values[MOMENT] = AT_ONCE
            _only_the_owner(context, result)
    elif not required:
        result.refuse(MOMENT, MOMENT_BESIDE_NO)
    elif (moment := moments.read(text)) is None or moment != user.two_factor_required_from:
        _plan(context, user, result, text)


def _plan(context: ImportContext, user: User, result: RowResult, text: str) -> None:
    if user.must_use_two_factor:
        result.refuse(MOMENT, ALREADY_REQUIRED)
        return
    moment = result.value(MOMENT, text)
    if moment is not None:
        result.values.pop(REQUIRED_COLUMN, None)  # one change: required, from this moment on
        result.values[MOMENT] = moment
        _only_the_owner(context, result)


def _only_the_owner(context: ImportContext, result: RowResult) -> None:
    if not context.viewer.is_owner:
        result.refuse(MOMENT, rules.OWNER_ONLY)


def _is_so(context: ImportContext, user: User, column: str, value: Any) -> bool:
    """True if there is nothing to do. An address is not requested again while its link works."""
    if column == "email" and value and value == user.pending_email and user.pk in context.confirmable:
        return True
    return bool(value == getattr(user, ATTRIBUTES.get(column, column)))


def _refusal(context: ImportContext, user: User, column: str, value: Any) -> str | Promise | None:
    if column == "two_factor_required":
        return None if context.viewer.is_owner else rules.OWNER_ONLY
    if column == "role" and (why := rules.refusal_to_assign(context.viewer.permissions, queries.latent_rights(value))):
        return why
    change = rules.state_change(active=value) if column == "state" else CHANGES[column]
    rights = queries.latent_rights(user.role)
    return rules.refusal(change, context.viewer, target_id=user.pk, rights=rights)


def check_new(context: ImportContext, cells: Mapping[str, str]) -> RowResult:
    result = RowResult(context)
    key = key_of(cells)
    if key == context.owner:
        result.reasons = [str(OWNER_ROW)]
        return result
    if key in context.taken:
        result.refuse("username", forms.TAKEN)
    result.value("username", cells["username"])
    for column in CHANGING[1:]:
        text = cells.get(column, "")
        value = result.value(column, text) if text else None
        if value is not None and value != "":
            result.values[column] = value
            if why := _refusal_of_new(context.viewer, column, value):
                result.refuse(column, why)
        elif column in ("name", "role") and not text:
            result.refuse(column, REQUIRED)
    if MOMENT in result.values and result.values.get(REQUIRED_COLUMN) is False:
        result.refuse(MOMENT, MOMENT_BESIDE_NO)
    return result


def _refusal_of_new(viewer: Viewer, column: str, value: Any) -> str | Promise | None:
    """The form for new users covers name, email and role. Other columns need their own permission."""
    match column:
        case "role":
            return rules.refusal_to_assign(viewer.permissions, queries.latent_rights(value))
        case "two_factor_required":
            return None if value or viewer.is_owner else rules.OWNER_ONLY
        case "two_factor_required_from":
            return None if viewer.is_owner else rules.OWNER_ONLY
        case "state":
            return None if value or rules.DEACTIVATE.permission in viewer.permissions else NOT_PERMITTED
        case "description":
            return None if rules.DESCRIPTION.permission in viewer.permissions else NOT_PERMITTED
    return None
