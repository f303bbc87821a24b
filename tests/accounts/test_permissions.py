"""The catalogue of permissions and who may give what, as a table."""

from itertools import combinations

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import permissions
from accounts.gate.backends import ContractBackend, permissions_in
from accounts.models import User
from accounts.permissions import ALL_PERMISSIONS, CATALOGUE, DISPLAY_PERMISSIONS, PermissionKind
from tests.factories import make_admin, make_contract, make_member, make_owner, make_role

WRITTEN_DOWN = {
    "users": "show create delete set_name set_description set_email set_password enable disable change_role",
    "roles": "show create delete set_name set_description manage_users modify clone",
    "applications": "show create delete set_name set_description modify manage_access",
    "logs": "show",
}


def test_the_catalogue_is_the_one_written_down():
    assert {s.key: [p.key for p in s.permissions] for s in CATALOGUE} == {
        section: [f"{section}.{name}" for name in names.split()] for section, names in WRITTEN_DOWN.items()
    }
    assert len(ALL_PERMISSIONS) == 26


def test_no_permission_is_about_two_factor_authentication():
    assert not [p for p in ALL_PERMISSIONS if "factor" in p or "2fa" in p or "reset" in p]


def test_displaying_is_all_that_a_new_role_may():
    assert {"users.show", "roles.show", "applications.show", "logs.show"} == DISPLAY_PERMISSIONS


def test_every_kind_of_the_quick_selection_picks_something():
    assert {p.kind for s in CATALOGUE for p in s.permissions} == set(PermissionKind)


SAMPLE = [frozenset(c) for n in range(4) for c in combinations(["users.show", "users.create", "roles.modify"], n)]


@pytest.mark.parametrize("own", SAMPLE)
@pytest.mark.parametrize("theirs", SAMPLE)
def test_nobody_gives_or_touches_a_right_they_lack(own, theirs):
    lacks = bool(theirs - own)
    assert permissions.covers(own, theirs) is not lacks
    assert permissions.lacking(own, theirs) == theirs - own


def test_opening_an_application_counts_like_a_permission():
    grafana, wiki = permissions.opening(1), permissions.opening(2)
    own = frozenset({"users.show", grafana})
    assert permissions.covers(own, {grafana})
    assert permissions.lacking(own, {grafana, wiki, "users.create"}) == {wiki, "users.create"}


def test_whoever_manages_access_lacks_no_application_but_permissions():
    own = frozenset({permissions.MANAGES_ACCESS})
    assert permissions.lacking(own, {permissions.opening(1), "users.create"}) == {"users.create"}
    assert permissions.MANAGES_ACCESS in ALL_PERMISSIONS


@pytest.mark.django_db
class TestWhoMayWhat:
    def test_the_owner_may_everything_in_their_contract_and_nothing_in_another(self):
        owner, other = make_owner(), make_owner("other", contract="Beta")
        assert permissions_in(owner, owner.contracts.get()) == ALL_PERMISSIONS
        assert permissions_in(owner, other.contracts.get()) == frozenset()

    def test_an_administrator_may_everything_and_a_role_what_it_lists(self):
        contract = make_owner().contracts.get()
        lena = make_member(contract)
        otto = make_member(contract, "otto", role=make_role(contract, "users.show", "logs.show"))
        assert permissions_in(lena, contract) == ALL_PERMISSIONS
        assert permissions_in(otto, contract) == {"users.show", "logs.show"}

    def test_a_role_says_nothing_in_another_contract(self):
        lena = make_member(make_owner().contracts.get())
        assert permissions_in(lena, make_contract(make_owner("other"))) == frozenset()

    def test_a_disabled_role_grants_nothing(self):
        contract = make_owner().contracts.get()
        role = make_role(contract, "users.show", enabled=False)
        assert permissions_in(make_member(contract, role=role), contract) == frozenset()

    @pytest.mark.parametrize("unknown", [["users.fly"], ["is_superuser"], ["users.show", 7], [None], [""]])
    def test_a_permission_that_does_not_exist_grants_nothing(self, unknown):
        contract = make_owner().contracts.get()
        role = make_role(contract)
        role.permissions = unknown
        assert role.granted() <= {"users.show"}

    def test_a_superuser_has_no_rights_in_anybodys_contract(self):
        contract = make_owner().contracts.get()
        assert permissions_in(make_admin(), contract) == frozenset()

    def test_somebody_deactivated_may_nothing(self):
        owner = make_owner()
        contract = owner.contracts.get()
        lena = make_member(contract, is_active=False)
        owner.is_active = False
        assert permissions_in(lena, contract) == permissions_in(owner, contract) == frozenset()
        assert not lena.has_perm("users.show")

    def test_djangos_own_has_perm_says_the_same(self):
        contract = make_owner().contracts.get()
        otto = make_member(contract, "otto", role=make_role(contract, "users.show"))
        otto = User.objects.get(pk=otto.pk)
        assert otto.has_perm("users.show")
        assert not otto.has_perm("users.create")
        assert otto.get_all_permissions() == {"users.show"}
        assert otto.has_perms(["users.show"])
        assert not otto.has_perms(["users.show", "logs.show"])
        assert not otto.has_module_perms("accounts")

    def test_djangos_own_question_can_name_a_contract(self):
        owner, other = make_owner(), make_owner("other", contract="Beta")
        backend = ContractBackend()
        assert backend.get_all_permissions(owner) == set(), "an owner works in none of their own"
        assert backend.get_all_permissions(owner, owner.contracts.get()) == ALL_PERMISSIONS
        assert backend.get_all_permissions(owner, other.contracts.get()) == set()
        lena = make_member(owner.contracts.get())
        assert backend.get_all_permissions(lena, lena) == ALL_PERMISSIONS
        assert backend.get_all_permissions(lena, other.contracts.get()) == set()

    def test_a_visitor_may_nothing(self):
        contract = make_owner().contracts.get()
        assert ContractBackend().get_all_permissions(AnonymousUser()) == set()
        assert ContractBackend().get_all_permissions(AnonymousUser(), contract) == set()

    def test_a_session_is_that_of_one_account_while_it_is_active(self):
        owner = make_owner()
        lena = make_member(owner.contracts.get())
        for user in (owner, lena):
            assert ContractBackend().get_user(user.pk) == user
        assert ContractBackend().get_user(0) is None
        User.objects.filter(pk=lena.pk).update(is_active=False)
        assert ContractBackend().get_user(lena.pk) is None


@pytest.mark.parametrize(
    ("rights", "why"),
    [
        (set(), None),
        ({"users.show"}, None),
        ({"users.show", "users.create"}, "permission"),
        ({permissions.opening(1)}, "application"),
        ({permissions.opening(1), "users.create"}, "permission"),
    ],
)
def test_a_missing_permission_is_told_before_an_application(rights, why):
    reasons = permissions.Reasons(permission="permission", application="application")
    assert reasons.of(frozenset({"users.show"}), rights) == why
