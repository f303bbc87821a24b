"""The **More Information** area: what is known about a user, row by row, and which rows this viewer may change.

A row has a pencil only if its form would open for this viewer.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from accounts.models import AuditRow, MailFailure, User
from accounts.moments import element, sentence
from accounts.notices.texts import FEW_CODES
from accounts.texts import Text
from accounts.users import methods, rules
from accounts.users.details import UserDetails
from accounts.users.invitations import Invitation
from accounts.users.rules import UserChange
from accounts.users.status import Status, status_of
from accounts.users.user_access import UserAccess
from accounts.visible import visible


@dataclass(frozen=True)
class DetailRow:
    label: Text
    value: Text = ""
    note: Text = ""
    badge: str = ""
    change_url: str = ""
    change_label: Text = ""
    change: str = ""
    """The name of the URL behind the pencil, which identifies the row on the page."""
    url: str = ""
    """The link of the value."""
    links: tuple[tuple[Text, str], ...] = ()
    """Several values, each with its link, instead of one."""


@dataclass(frozen=True)
class DetailGroup:
    heading: Text
    rows: list[DetailRow]


def groups_of(
    access: UserAccess, permissions: frozenset[str], details: UserDetails, *, locked: bool
) -> list[DetailGroup]:
    user, status = access.user, status_of(access.user, locked=locked, invitation=details.invitation)
    role, password = _role(access, permissions), _password(access, details)
    return [
        DetailGroup(
            _("Identity"), [_name(access), DetailRow(_("Username"), user.username), *_contact(access, details)]
        ),
        DetailGroup(_("Access"), [role, _status(access, status), password, *details.access_rows]),
        DetailGroup(_("Two-factor authentication"), [_required(access), _activated(user), *_codes(details)]),
        DetailGroup(
            _("Activity"),
            [
                DetailRow(_("Last login"), element(user.last_login, "relative") or _("Never")),
                DetailRow(_("Created"), element(user.created_at, "relative")),
            ],
        ),
    ]


def _codes(details: UserDetails) -> list[DetailRow]:
    left = details.codes_left
    if left is None:
        return []
    return [DetailRow(_("Recovery codes left"), str(left), badge="warn" if left <= FEW_CODES else "")]


def _pencil(access: UserAccess, change: UserChange, name: str, label: Text) -> dict[str, Any]:
    return {"change": name, "change_url": access.pencil(change, name), "change_label": label}


def _name(access: UserAccess) -> DetailRow:
    pencil = _pencil(access, rules.NAME, "user_name", _("Change name"))
    return DetailRow(_("Name"), access.user.name, **pencil)


def _contact(access: UserAccess, details: UserDetails) -> list[DetailRow]:
    user = access.user
    pencil = _pencil(access, rules.DESCRIPTION, "user_description", _("Change description"))
    return [_email(access, details), DetailRow(_("Description"), user.description, **pencil), _language(user)]


def _language(user: User) -> DetailRow:
    """The one that was chosen. Without a choice the pages are in the browser's language."""
    if user.language_chosen and user.language in dict(settings.LANGUAGES):
        return DetailRow(_("Language"), get_language_info(user.language)["name_local"])
    return DetailRow(_("Language"), _("As the browser asks"), note=language_of_mails(user))


def language_of_mails(user: User) -> str:
    language = user.language if user.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    return _("Emails are in %(language)s.") % {"language": get_language_info(language)["name_translated"]}


def _role(access: UserAccess, permissions: frozenset[str]) -> DetailRow:
    role = access.user.role
    return DetailRow(
        _("Role"),
        role.name if role else "",
        note=_("This role is disabled and grants no permissions.") if role and not role.enabled else "",
        url=reverse("role", args=[role.pk]) if role and "roles.show" in permissions else "",
        **_pencil(access, rules.ROLE, "user_role", _("Change role")),
    )


def _email(access: UserAccess, details: UserDetails) -> DetailRow:
    user = access.user
    notes = [_unconfirmed(user, confirmable=details.confirmable)] if user.pending_email else []
    notes += [undelivered(user)] if user.mail_failed_at else []
    return DetailRow(
        _("Email"),
        user.email,
        note=format_html_join(" ", "{}", ((note,) for note in notes)),
        badge="warn" if user.mail_failed_at else "",
        **_pencil(access, rules.EMAIL, "user_email", _("Change email")),
    )


def _unconfirmed(user: User, *, confirmable: bool) -> str:
    said = _("%(email)s isn't confirmed yet.") if confirmable else no_link()
    return said % {"email": user.pending_email}


def no_link() -> str:
    """For the owner of the account and for others: the link has expired, or something has changed since."""
    return _("%(email)s wasn't confirmed, and no link to confirm it works any more. Enter it again to get a new one.")


def undelivered(user: User) -> str:
    """That the last email to this account failed, when and why."""
    why = MailFailure(user.mail_failure).label if user.mail_failure else ""
    said = _("An email of %(date)s could not be delivered: %(why)s.")
    return sentence(said, date=element(user.mail_failed_at), why=why)


def _password(access: UserAccess, details: UserDetails) -> DetailRow:
    user, invitation = access.user, details.invitation
    return DetailRow(
        _("Password"),
        _("Invited") if invitation else _password_state(user, details.password_row),
        note=_invitation(invitation) if invitation else _step_left(user),
        badge=_password_badge(user, invitation),
        **_pencil(access, rules.PASSWORD, "user_password", _("Change password")),
    )


def _password_badge(user: User, invitation: Invitation | None) -> str:
    if user.password_revoked_at:
        return "warn"
    return "pending" if invitation else ""


def _invitation(invitation: Invitation) -> str:
    said = _("Invited on %(date)s; no password chosen yet.")
    if invitation.overtaken:
        said = _("The invitation of %(date)s ended when the account, its role or the inviter changed. Send a new one.")
    elif invitation.seconds_left <= 0:
        said = _("The invitation of %(date)s has expired. Send a new one.")
    return sentence(said, date=element(invitation.at))


def _step_left(user: User) -> str:
    return _("Must be changed at the next login.") if user.must_change_password else ""


def _password_state(user: User, row: AuditRow | None) -> str:
    if user.password_revoked_at:
        return _("Blocked because it may be compromised. It must be reset.")
    if not user.has_usable_password():
        return _("Not set")
    if row is None:
        return _("Set by somebody else") if user.password_set_by_other else _("Set by the user")
    if row.actor_id == user.pk:
        return sentence(_("Set by the user on %(date)s"), date=element(row.at))
    by_whom = _("Set by %(name)s on %(date)s") if row.actor_label else _("Set by somebody else on %(date)s")
    return sentence(by_whom, name=visible(row.actor_label), date=element(row.at))


def _status(access: UserAccess, status: Status) -> DetailRow:
    change = rules.state_change(active=not access.user.is_active)
    pencil = _pencil(access, change, "user_state", _("Change status"))
    return DetailRow(_("Status"), status.text, badge=status.badge, **pencil)


def _required(access: UserAccess) -> DetailRow:
    owner, pk = access.viewer.is_owner, access.user.pk
    return DetailRow(
        _("2FA required:"),
        _required_from(access.user),
        note="" if owner else rules.OWNER_ONLY,
        change="two_factor_required",
        change_url=reverse("two_factor_required", args=[pk]) if owner else "",
        change_label=_("Change 2FA required"),
    )


def _required_from(user: User) -> str:
    if user.two_factor_planned:
        return sentence(_("planned from %(moment)s"), moment=element(user.two_factor_required_from))
    return _("Yes") if user.two_factor_required else _("No")


def _activated(user: User) -> DetailRow:
    if user.two_factor_active_since:
        said = sentence(_("since %(date)s"), date=element(user.two_factor_active_since))
        return DetailRow(_("2FA activated"), said, note=methods.in_words(user), badge="ok")
    if user.must_use_two_factor:
        note = _("The user sets up a second factor at the next login.")
        return DetailRow(_("2FA activated"), _("pending"), note=note, badge="pending")
    return DetailRow(_("2FA activated"), _("no"), badge="off")
