"""Whether somebody is still allowed what they were allowed when they asked, one fact changed at a time."""

from functools import partial
from itertools import count

import pytest

from accounts.models import Role, User
from accounts.origin import SERVER
from accounts.users import authority, rules, services
from tests.factories import make_admin, make_contract, make_member, make_owner, make_role

pytestmark = pytest.mark.django_db
RIGHT = "users.set_email"


@pytest.fixture
def helper(contract) -> User:
    """May change the emails of those who have no more rights."""
    return make_member(contract, "helper", role=make_role(contract, RIGHT))


@pytest.fixture
def nina(contract) -> User:
    """Has a role that grants nothing."""
    return make_member(contract, "nina", role=make_role(contract))


def now(user: User) -> User:
    return User.objects.select_related("role", "contract").get(pk=user.pk)


# May they still?


def may(requester: User, target: User, *changes: rules.UserChange) -> bool:
    return authority.may_still(changes or [rules.EMAIL], now(requester), now(target))


def test_by_permission_within_ones_own_rights(helper, nina, contract):
    assert may(helper, nina)
    assert not may(helper, nina, rules.PASSWORD)
    assert may(helper, nina, rules.PASSWORD, rules.EMAIL), "one of several is enough"
    assert not may(nina, helper)
    assert not may(helper, make_member(contract, "adam"))


def test_by_owning_the_contract(owner, nina, contract):
    assert may(owner, nina)
    assert not may(make_owner("other", contract="Beta"), nina)
    assert not may(owner, make_member(make_owner("third", contract="Gamma").contracts.get(), "mia"))


def test_of_ones_own_account_always_unless_deactivated(nina, helper):
    assert may(nina, nina)
    User.objects.filter(pk=nina.pk).update(is_active=False)
    assert not may(nina, nina)
    User.objects.filter(pk=helper.pk).update(is_active=False)
    assert not may(helper, nina)


def test_owners_and_admins_are_changed_by_superusers_alone(owner, helper, contract):
    assert may(make_admin(), owner)
    assert not may(helper, owner)
    assert not may(make_member(contract, "adam"), owner)
    assert not may(make_owner("other", contract="Beta"), owner)


def test_a_role_that_was_disabled_or_changed_counts_as_it_is_now(helper, nina):
    Role.objects.filter(pk=nina.role.pk).update(permissions=["logs.show"], enabled=False)
    assert not may(helper, nina), "a disabled role counts in full"
    Role.objects.filter(pk=nina.role.pk).update(permissions=[])
    Role.objects.filter(pk=helper.role.pk).update(enabled=False)
    assert not may(helper, nina)


# As it was looked at


def versions_go_up(user: User) -> None:
    User.objects.filter(pk=user.pk).update(rights_version=user.rights_version + 1)


def role_changes(user: User) -> None:
    Role.objects.filter(pk=user.role_id).update(version=user.role.version + 1)


def role_is_listed(user: User) -> None:
    Role.objects.filter(pk=user.role_id).update(opens=[7])


def another_role(user: User) -> None:
    User.objects.filter(pk=user.pk).update(role=make_role(user.contract))


def no_role(user: User) -> None:
    User.objects.filter(pk=user.pk).update(role=None, contract=None)


CHANGES = [versions_go_up, role_changes, role_is_listed, another_role, no_role]


def seen(user: User) -> list[User]:
    return list(User.objects.filter(authority.as_seen(user)))


@pytest.mark.parametrize("change", CHANGES)
def test_an_account_is_as_it_was_seen_until_its_rights_change(nina, helper, change):
    assert seen(nina) == [nina]
    change(nina)
    assert seen(nina) == []
    assert seen(helper) == [helper]


def test_an_account_is_not_seen_in_another_of_the_same_role(nina, contract):
    olga = make_member(contract, "olga", role=nina.role)
    assert seen(nina) == [nina]
    assert seen(olga) == [olga]


def test_an_account_without_a_role_is_seen_without_one(owner, contract):
    assert seen(owner) == [owner]
    User.objects.filter(pk=owner.pk).update(role=contract.roles.get(), contract=contract)
    assert seen(owner) == []


def decided(actor: User | None, target: User) -> list[User]:
    return list(authority.as_decided(actor, target))


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_holds_while_both_sides_are_as_they_were(helper, nina, change):
    assert decided(helper, nina) == [nina]
    change(helper)
    assert decided(helper, nina) == []
    assert decided(None, nina) == [nina], "the operator has no rights that could change"
    change(nina)
    assert decided(None, nina) == []


def test_a_change_by_somebody_deactivated_meanwhile_holds_for_nobody_else(helper, nina):
    User.objects.filter(pk=helper.pk).update(is_active=False)
    assert decided(helper, nina) == []
    assert decided(helper, helper) == [helper], "the state of the row itself is not looked at"


@pytest.mark.parametrize(
    "change", [partial(services.set_name, name="N"), partial(services.set_description, description="N")]
)
def test_a_name_or_description_is_not_written_once_its_author_was_deactivated(helper, nina, owner, change):
    then = {"actor": now(helper), "target": now(nina), "origin": SERVER}
    services.set_state(actor=owner, target=now(helper), active=False, origin=SERVER)
    assert not change(**then)


def test_what_owners_and_admins_decide_holds_whatever_the_target_became(owner, nina, helper):
    """As long as the owner may decide; the operator always may."""
    another_role(nina)
    assert list(authority.of_target(owner, nina)) == list(authority.of_target(None, nina)) == [nina]
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert list(authority.of_target(owner, nina)) == []
    assert list(authority.of_target(None, nina)) == [nina]


def test_an_account_is_owned_by_the_owner_of_its_contract(owner, nina):
    assert authority.owns(owner, nina)
    assert not authority.owns(make_owner("other", contract="Beta"), nina)
    assert not authority.owns(owner, owner), "owners belong to nobody"


def test_the_versions_are_those_of_the_account_and_of_its_role(nina, owner):
    numbers = count(5)
    nina.rights_version, nina.role.version = next(numbers), next(numbers)
    assert authority.versions(nina) == (5, 6)
    owner.rights_version = 7
    assert authority.versions(owner) == (7, 0)


# Requests for a new email


def ask(user: User, by: User | None) -> None:
    User.objects.filter(pk=user.pk).update(pending_email=f"{user.username}@new.example", pending_email_by=by)


def waiting() -> set[str]:
    return set(User.objects.exclude(pending_email="").values_list("username", flat=True))


@pytest.fixture
def asked(owner, helper, nina, contract) -> None:
    ask(nina, helper)
    ask(make_member(contract, "lena"), owner)
    ask(helper, owner)


def test_requests_end_that_somebody_made_or_that_were_made_for_them(asked, helper):
    authority.end_requests(User.objects.filter(pk=helper.pk))
    assert waiting() == {"lena"}
    assert not User.objects.filter(username__in=["nina", "helper"], pending_email_by__isnull=False).exists()


def test_requests_end_that_these_accounts_made_for_others(asked, owner, helper):
    authority.end_requests_by(helper.pk)
    assert waiting() == {"lena", "helper"}
    authority.end_requests_by(helper.pk, owner.pk)
    assert waiting() == set()


def test_what_an_account_asked_for_others_is_taken_back(asked, helper):
    authority.take_back(helper)
    assert waiting() == {"lena", "helper"}


def test_where_nobody_asked_nothing_is_written(nina, django_assert_num_queries):
    with django_assert_num_queries(1):
        authority.end_requests_by(nina.pk)
    with django_assert_num_queries(2):
        authority.end_requests(User.objects.filter(pk=nina.pk))


def test_other_rights_end_what_was_mailed_before(nina, helper):
    ask(nina, helper)
    User.objects.filter(pk=nina.pk).update(**authority.OTHER_RIGHTS)
    changed = now(nina)
    assert (changed.rights_version, changed.pending_email, changed.pending_email_by) == (1, "", None)


def test_a_contract_of_ones_own_gives_no_say_in_another(nina, helper):
    make_contract(helper, "Helper's own")
    assert may(helper, nina)
    make_contract(nina, "Nina's own")
    assert not may(nina, helper)


@pytest.mark.parametrize("change", [*CHANGES, lambda user: User.objects.filter(pk=user.pk).update(is_active=False)])
def test_somebody_still_may_until_their_rights_or_state_change(helper, nina, change):
    authority.check_still(helper)
    assert list(authority.still(helper)) == [helper]
    change(nina)
    authority.check_still(helper)
    change(helper)
    with pytest.raises(authority.RightGone):
        authority.check_still(helper)
