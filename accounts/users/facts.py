"""The **More Information** area: what is known of a user, row by row, and which rows this viewer may change.

A row has a pencil only if its form would open for this viewer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from accounts.models import MailFailure, User
from accounts.users import invitations, queries, rules
from accounts.users.rules import Change, Viewer

Text = str | Promise


@dataclass(frozen=True)
class DetailRow:
    label: Text
    value: Text = ""
    note: Text = ""
    badge: str = ""
    change_url: str = ""
    change_label: Text = ""
    change: str = ""
    """The name of the address behind the pencil, by which its row is known on the page."""
    url: str = ""
    """Where the value leads."""


@dataclass(frozen=True)
class DetailGroup:
    heading: Text
    rows: list[DetailRow]


@dataclass(frozen=True)
class UserAccess:
    """What this viewer may do to this user."""

    member: User
    viewer: Viewer
    rights: frozenset[str]

    def allows(self, change: Change) -> bool:
        return rules.allows(change, self.viewer, target_id=self.member.pk, rights=self.rights)

    @property
    def may_unlock(self) -> bool:
        return self.allows(rules.UNLOCK)

    @property
    def may_delete(self) -> bool:
        return self.allows(rules.DELETE)

    @property
    def may_reset(self) -> bool:
        """Whether there is something to reset: an authenticator, or a setup that has begun."""
        return self.viewer.is_owner and (self.member.two_factor_active or self.member.must_use_two_factor)

    def pencil(self, change: Change, name: str) -> str:
        return reverse(name, args=[self.member.pk]) if self.allows(change) else ""


def access_of_viewer(member: User, viewer: Viewer) -> UserAccess:
    return UserAccess(member, viewer, queries.latent_rights(member.role))


def groups_of(reach: UserAccess, permissions: frozenset[str], *, invited_at: datetime | None) -> list[DetailGroup]:
    member = reach.member
    return [
        DetailGroup(_("Identity"), [_name(reach), DetailRow(_("Username"), member.username), *_contact(reach)]),
        DetailGroup(_("Access"), [_role(reach, permissions), _status(reach), _password(reach, invited_at)]),
        DetailGroup(_("Two-factor authentication"), [_required(reach), _activated(member)]),
        DetailGroup(
            _("Activity"),
            [
                DetailRow(_("Last login"), moment(member.last_login) or _("Never")),
                DetailRow(_("Created"), moment(member.created_at)),
            ],
        ),
    ]


def _pencil(reach: UserAccess, change: Change, name: str, label: Text) -> dict[str, Any]:
    return {"change": name, "change_url": reach.pencil(change, name), "change_label": label}


def _name(reach: UserAccess) -> DetailRow:
    pencil = _pencil(reach, rules.NAME, "user_name", _("Change name"))
    return DetailRow(_("Name"), reach.member.name, **pencil)


def _contact(reach: UserAccess) -> list[DetailRow]:
    member = reach.member
    pencil = _pencil(reach, rules.DESCRIPTION, "user_description", _("Change description"))
    language = get_language_info(member.language)["name_local"] if member.language in dict(settings.LANGUAGES) else ""
    return [
        _email(reach),
        DetailRow(_("Description"), member.description, **pencil),
        DetailRow(_("Language"), language),
    ]


def _role(reach: UserAccess, permissions: frozenset[str]) -> DetailRow:
    role = reach.member.role
    return DetailRow(
        _("Role"),
        role.name if role else "",
        note=_("This role is disabled and grants no permissions.") if role and not role.enabled else "",
        url=reverse("role", args=[role.pk]) if role and "roles.show" in permissions else "",
        **_pencil(reach, rules.ROLE, "user_role", _("Change role")),
    )


def _email(reach: UserAccess) -> DetailRow:
    member = reach.member
    notes = [_("%(email)s isn't confirmed yet.") % {"email": member.pending_email}] if member.pending_email else []
    notes += [undelivered(member)] if member.mail_failed_at else []
    return DetailRow(
        _("Email"),
        member.email,
        note=" ".join(notes),
        badge="warn" if member.mail_failed_at else "",
        **_pencil(reach, rules.EMAIL, "user_email", _("Change email")),
    )


def undelivered(user: User) -> str:
    """That the last email to this account was given up, when, and why."""
    why = MailFailure(user.mail_failure).label if user.mail_failure else ""
    words = {"date": moment(user.mail_failed_at), "why": why}
    return _("An email of %(date)s could not be delivered: %(why)s.") % words


def _password(reach: UserAccess, invited_at: datetime | None) -> DetailRow:
    member = reach.member
    return DetailRow(
        _("Password"),
        _("Invited") if invited_at else _password_state(member),
        note=_invitation(invited_at) if invited_at else _duty(member),
        badge=_password_badge(member, invited_at),
        **_pencil(reach, rules.PASSWORD, "user_password", _("Change password")),
    )


def _password_badge(member: User, invited_at: datetime | None) -> str:
    if member.password_revoked_at:
        return "warn"
    return "pending" if invited_at else ""


def _invitation(at: datetime) -> str:
    if timezone.now() - at > invitations.LIFETIME:
        return _("The invitation of %(date)s has expired. Send a new one.") % {"date": moment(at)}
    return _("Invited on %(date)s; no password chosen yet.") % {"date": moment(at)}


def _duty(member: User) -> str:
    return _("Must be changed at the next login.") if member.must_change_password else ""


def _password_state(member: User) -> str:
    if member.password_revoked_at:
        return _("Blocked because it may be compromised. Set a new one.")
    if not member.has_usable_password():
        return _("Not set")
    return _("Set by somebody else") if member.password_set_by_other else _("Set by the user")


def _status(reach: UserAccess) -> DetailRow:
    active = reach.member.is_active
    return DetailRow(
        _("Status"),
        _("Active") if active else _("Deactivated"),
        badge="ok" if active else "off",
        **_pencil(reach, rules.state_change(active=not active), "user_state", _("Change status")),
    )


def _required(reach: UserAccess) -> DetailRow:
    owner, pk = reach.viewer.is_owner, reach.member.pk
    return DetailRow(
        _("2FA required:"),
        _required_from(reach.member),
        note="" if owner else rules.OWNER_ONLY,
        change="two_factor_required",
        change_url=reverse("two_factor_required", args=[pk]) if owner else "",
        change_label=_("Change 2FA required"),
    )


def _required_from(member: User) -> str:
    if member.two_factor_planned:
        return _("planned from %(moment)s") % {"moment": moment(member.two_factor_required_from)}
    return _("Yes") if member.two_factor_required else _("No")


def _activated(member: User) -> DetailRow:
    since = moment(member.two_factor_active_since)
    if since:
        return DetailRow(_("2FA activated"), _("since %(date)s") % {"date": since}, badge="ok")
    if member.must_use_two_factor:
        note = _("The user sets up an authenticator app at the next login.")
        return DetailRow(_("2FA activated"), _("pending"), note=note, badge="pending")
    return DetailRow(_("2FA activated"), _("no"), badge="off")


def moment(when: datetime | None) -> str:
    """A time as pages write it, with its zone."""
    return f"{date_format(when.astimezone(UTC), 'DATETIME_FORMAT')} UTC" if when else ""
