"""Changes several users at once: who is affected, who stays unchanged, and who is refused and why.

Each user is changed by the same function as by their own form, and only if that form would be allowed. `apply` changes
all given users in one transaction.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise

from accounts.models import Role, User
from accounts.origin import Origin
from accounts.outbox.rows import NOTHING_MAILED, Mailed
from accounts.reset.services import invite
from accounts.users import invitations, queries, rules
from accounts.users import services as users
from accounts.users.invitations import NO_EMAIL
from accounts.users.rules import Viewer
from accounts.users.several import CHANGES, Action
from accounts.users.user_access import access_of_viewer
from twofactor.requirement import services


@dataclass(frozen=True)
class RefusedUser:
    user: User
    why: str | Promise
    email_url: str = ""
    """Where this viewer may give the user the email that an invitation lacks."""


@dataclass(frozen=True)
class Plan:
    action: Action
    affected: tuple[User, ...] = ()
    unchanged: tuple[User, ...] = ()
    refused: tuple[RefusedUser, ...] = ()

    @property
    def everybody(self) -> list[User]:
        return [*self.affected, *self.unchanged, *(case.user for case in self.refused)]

    def among(self, ids: Collection[int]) -> "Plan":
        """The same plan for these users only."""
        return replace(
            self,
            affected=tuple(user for user in self.affected if user.pk in ids),
            unchanged=tuple(user for user in self.unchanged if user.pk in ids),
            refused=tuple(case for case in self.refused if case.user.pk in ids),
        )


@dataclass(frozen=True)
class BulkChoice:
    """What is chosen in addition to the action: the time from which 2FA is required (None for at once), or the new
    role."""

    required_from: datetime | None = None
    role: Role | None = None


def plan(action: Action, people: list[User], viewer: Viewer) -> Plan:
    why = {user.pk: _refusal(action, user, viewer) for user in people}
    refused = tuple(
        RefusedUser(user, reason, _email_url(reason, user, viewer)) for user in people if (reason := why[user.pk])
    )
    open_to_change = [user for user in people if not why[user.pk]]
    return Plan(
        action,
        affected=tuple(user for user in open_to_change if not _is_so(action, user)),
        unchanged=tuple(user for user in open_to_change if _is_so(action, user)),
        refused=refused,
    )


def _refusal(action: Action, user: User, viewer: Viewer) -> str | Promise | None:
    if action not in CHANGES:
        return None
    rights = queries.latent_rights(user.role)
    why = rules.refusal(CHANGES[action], viewer, target_id=user.pk, rights=rights)
    if why or action is not Action.INVITE or user.has_usable_password():
        return why
    return invitations.why_not(user)


def _email_url(why: str | Promise, user: User, viewer: Viewer) -> str:
    return access_of_viewer(user, viewer).pencil(rules.EMAIL, "user_email") if why is NO_EMAIL else ""


def _is_so(action: Action, user: User) -> bool:
    """Whether there is nothing to do. Unknown for a role, which is chosen later."""
    match action:
        case Action.REQUIRE:
            return user.two_factor_required and not user.two_factor_planned
        case Action.RESET:
            return not user.uses_two_factor
        case Action.INVITE:
            return user.has_usable_password()
        case Action.ACTIVATE:
            return user.is_active
        case Action.DEACTIVATE:
            return not user.is_active
    return False


def apply(plan: Plan, *, actor: User, origin: Origin, choice: BulkChoice) -> dict[User, Mailed]:
    """Carries out the plan. Returns the changed users, each with the mails about the change. Raises
    `services.RoleGone`, and then nothing is changed.

    Users are changed in the order of their ids, so that concurrent calls don't block each other.
    """
    with transaction.atomic():
        people = sorted(plan.affected, key=lambda user: user.pk)
        if plan.action is Action.DELETE:
            return dict.fromkeys(users.delete_users(actor=actor, targets=people, origin=origin), NOTHING_MAILED)
        effect = _EFFECTS[plan.action]
        found = {user: effect(choice, actor=actor, target=user, origin=origin) for user in people}
    return {user: mailed for user, mailed in found.items() if mailed}


def _require(choice: BulkChoice, **who: Any) -> Mailed | None:
    return services.require_if_open(required_from=choice.required_from, **who)


def _reset(choice: BulkChoice, **who: Any) -> Mailed | None:
    return services.reset(**who)


def _activate(choice: BulkChoice, **who: Any) -> Mailed | None:
    return users.set_state(active=True, **who)


def _deactivate(choice: BulkChoice, **who: Any) -> Mailed | None:
    return users.set_state(active=False, **who)


def _set_role(choice: BulkChoice, **who: Any) -> Mailed | None:
    done = choice.role is not None and users.set_role(role=choice.role, **who)
    return NOTHING_MAILED if done else None


def _invite(choice: BulkChoice, **who: Any) -> Mailed | None:
    return invite(**who)


_EFFECTS: dict[Action, Callable[..., Mailed | None]] = {
    Action.REQUIRE: _require,
    Action.RESET: _reset,
    Action.ACTIVATE: _activate,
    Action.DEACTIVATE: _deactivate,
    Action.ROLE: _set_role,
    Action.INVITE: _invite,
}
