"""Who may touch which role, as tables."""

import pytest

from accounts.permissions import ALL_PERMISSIONS, NOT_PERMITTED, opening
from accounts.roles import rules
from accounts.roles.rules import RoleSnapshot

MAY = frozenset({"roles.modify", "roles.set_name", "roles.clone", "roles.manage_users", "roles.delete", "users.show"})
FEW = RoleSnapshot(frozenset({"users.show"}), built_in=False)
MORE = RoleSnapshot(frozenset({"users.show", "users.create"}), built_in=False)
OPENS = RoleSnapshot(frozenset({"users.show", opening(1)}), built_in=False)
ADMINISTRATOR = RoleSnapshot(ALL_PERMISSIONS, built_in=True)
CREATE = frozenset({"users.create"})


@pytest.mark.parametrize(
    ("change", "may", "role", "after", "why"),
    [
        (rules.MODIFY, MAY, FEW, frozenset(), None),
        (rules.MODIFY, MAY, FEW, frozenset({"users.show"}), None),
        (rules.MODIFY, MAY, FEW, CREATE, rules.GIVES_BEYOND),
        (rules.MODIFY, MAY, MORE, frozenset(), rules.BEYOND.permission),
        (rules.MODIFY, MAY, OPENS, frozenset(), rules.BEYOND.application),
        (rules.MODIFY, MAY, FEW, OPENS.rights, rules.GIVES_BEYOND),
        (rules.MODIFY, MAY - {"roles.modify"}, FEW, frozenset(), NOT_PERMITTED),
        (rules.MODIFY, ALL_PERMISSIONS, ADMINISTRATOR, frozenset(), rules.BUILT_IN),
        (rules.MODIFY, MAY, ADMINISTRATOR, frozenset(), rules.BUILT_IN),
        (rules.NAME, MAY, FEW, frozenset(), None),
        (rules.NAME, MAY, MORE, frozenset(), rules.BEYOND.permission),
        (rules.NAME, ALL_PERMISSIONS, ADMINISTRATOR, frozenset(), rules.BUILT_IN),
        (rules.DESCRIPTION, MAY, FEW, frozenset(), NOT_PERMITTED),
        (rules.DELETE, MAY, FEW, frozenset(), None),
        (rules.DELETE, MAY, MORE, frozenset(), rules.BEYOND.permission),
        (rules.DELETE, ALL_PERMISSIONS, ADMINISTRATOR, frozenset(), rules.BUILT_IN),
        (rules.CLONE, MAY, FEW, frozenset(), None),
        (rules.CLONE, MAY, MORE, frozenset(), rules.BEYOND.permission),
        (rules.CLONE, MAY, ADMINISTRATOR, frozenset(), rules.BEYOND.permission),
        (rules.CLONE, ALL_PERMISSIONS, ADMINISTRATOR, frozenset(), None),
        (rules.USERS, MAY, MORE, frozenset(), rules.BEYOND.permission),
        (rules.USERS, ALL_PERMISSIONS, ADMINISTRATOR, frozenset(), None),
        (rules.USERS, ALL_PERMISSIONS - {"logs.show"}, ADMINISTRATOR, frozenset(), rules.BEYOND.permission),
    ],
)
def test_only_who_has_all_rights_of_a_role_touches_it(change, may, role, after, why) -> None:
    assert rules.refusal(change, may, role, after=after) == why


@pytest.mark.parametrize(
    ("moved", "why"),
    [
        ({2: frozenset()}, None),
        ({2: frozenset({"users.show"}), 3: MAY}, None),
        ({2: frozenset({"users.show"}), 3: CREATE}, rules.USER_BEYOND),
        ({1: frozenset()}, rules.ONESELF),
        ({1: CREATE, 2: CREATE}, rules.ONESELF),
    ],
)
def test_users_are_moved_only_within_ones_own_rights_and_never_oneself(moved, why) -> None:
    assert rules.refusal_to_move(MAY, 1, moved) == why
