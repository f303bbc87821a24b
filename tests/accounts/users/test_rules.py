"""Who may do what to whom, as a table."""

import pytest

from accounts.models import Role
from accounts.permissions import ALL_PERMISSIONS, NOT_PERMITTED, opening
from accounts.users import rules
from accounts.users.queries import latent_rights
from accounts.users.rules import Viewer

ME, OTHER = 1, 2
FEW, MORE = frozenset({"users.show"}), frozenset({"users.show", "logs.show"})
WITHIN = [rules.PASSWORD, rules.EMAIL, rules.ROLE, rules.DEACTIVATE, rules.UNLOCK, rules.DELETE]
ANYBODY = [rules.NAME, rules.DESCRIPTION, rules.ACTIVATE]
PERMITTED = {change.permission for change in (*WITHIN, *ANYBODY)}


def why(change, may, rights, target=OTHER):
    return rules.refusal(change, Viewer(ME, may, is_owner=False), target_id=target, rights=rights)


@pytest.mark.parametrize("change", WITHIN)
def test_rights_beyond_ones_own_protect_a_user(change):
    assert why(change, FEW | PERMITTED, MORE) == rules.BEYOND.permission
    assert why(change, MORE | PERMITTED, MORE) is None
    assert why(change, MORE | PERMITTED, FEW) is None
    assert why(change, FEW | PERMITTED, frozenset()) is None


def test_a_role_is_given_only_within_ones_own_rights():
    assert rules.refusal_to_assign(FEW, MORE) == rules.ROLE_BEYOND.permission
    assert rules.refusal_to_assign(FEW, FEW | {opening(1)}) == rules.ROLE_BEYOND.application
    assert rules.refusal_to_assign(MORE, FEW) is None


@pytest.mark.parametrize("change", ANYBODY)
def test_what_gains_nothing_may_be_done_to_anybody(change):
    assert why(change, FEW | PERMITTED, MORE) is None


@pytest.mark.parametrize("change", WITHIN)
def test_nobody_does_this_to_their_own_account(change):
    assert why(change, ALL_PERMISSIONS, ALL_PERMISSIONS, target=ME) == change.not_oneself


@pytest.mark.parametrize("change", [*WITHIN, *ANYBODY])
def test_without_the_permission_nothing_is_allowed(change):
    everything_else = ALL_PERMISSIONS - {change.permission}
    for may, expected in ((ALL_PERMISSIONS, None), (everything_else, NOT_PERMITTED)):
        viewer = Viewer(ME, may, is_owner=False)
        assert why(change, may, frozenset()) == expected
        assert rules.allows(change, viewer, target_id=OTHER, rights=frozenset()) is (expected is None)


@pytest.mark.parametrize("change", WITHIN)
def test_all_permissions_do_not_allow_it_to_ones_own_account(change):
    viewer = Viewer(ME, ALL_PERMISSIONS, is_owner=True)
    assert not rules.allows(change, viewer, target_id=ME, rights=frozenset())
    assert rules.allows(change, viewer, target_id=OTHER, rights=frozenset())


def test_each_state_is_a_change_of_its_own():
    assert rules.state_change(active=True) is rules.ACTIVATE
    assert rules.state_change(active=False) is rules.DEACTIVATE


def test_a_disabled_role_counts_in_full_since_it_may_be_enabled():
    assert latent_rights(Role(enabled=False, permissions=["logs.show"])) == {"logs.show"}
    assert latent_rights(Role(built_in=True)) == ALL_PERMISSIONS
    assert latent_rights(Role(permissions=["users.fly"])) == frozenset()
