"""Whom one may touch: 404 where nobody of that id is in the contract, then 403 without the right, then /confirm/."""

from datetime import timedelta

import pytest
from django.utils import timezone
from time_machine import travel

from accounts.models import Attempts, User
from accounts.origin import SERVER
from accounts.permissions import ALL_PERMISSIONS
from accounts.users import services
from accounts.users.services import RoleGone
from tests.accounts.users.conftest import page
from tests.factories import make_admin, make_member, make_role
from tests.people import Person, words

NEW_PASSWORD = "another-horse-battery-staple"
POSTS = {
    "name": {"name": "Changed"},
    "email": {"email": "changed@example.com"},
    "description": {"description": "changed"},
    "password": {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    "role": {"role": "1"},
    "state": {"state": "deactivated"},
    "unlock": {},
    "delete": {"confirm": "yes"},
}
PERMISSIONS = {
    "name": "users.set_name",
    "email": "users.set_email",
    "description": "users.set_description",
    "password": "users.set_password",
    "role": "users.change_role",
    "state": "users.disable",
    "unlock": "users.enable",
    "delete": "users.delete",
}
WITHIN = ("email", "password", "role", "state", "delete")


def snapshot() -> list[dict]:
    return list(User.objects.order_by("pk").values())


@pytest.fixture
def unchanged():
    """Nothing about any account may differ afterwards."""
    before: list = []

    def remember() -> None:
        before[:] = snapshot()

    yield remember
    assert snapshot() == before


@pytest.mark.parametrize("name", POSTS)
def test_another_owner_finds_nobody_here(stranger, lena, name, unchanged):
    unchanged()
    assert stranger.get(page(lena, name)).status_code == 404
    assert stranger.post(page(lena, name), POSTS[name]).status_code == 404


@pytest.mark.parametrize("name", ["", *POSTS])
def test_the_owner_and_admins_are_nobody_here(olivia, adam, owner, name, unchanged):
    root = make_admin()
    unchanged()
    for person in (olivia, adam):
        for target in (owner, root):
            assert person.get(page(target, name)).status_code == 404
            assert person.post(page(target, name), POSTS.get(name, {})).status_code in (404, 405)


@pytest.mark.parametrize("number", ["0", "01", "-1", "9" * 19, str(2**63), "9" * 40, "1.5", "x", "%00", "１"])
def test_what_is_no_id_is_no_address(olivia, number):
    for tail in ("", "name/", "delete/"):
        assert olivia.get(f"/management/users/{number}/{tail}").status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_each_change_needs_its_own_permission(somebody, lena, name, rows, unchanged):
    sam = somebody(*ALL_PERMISSIONS - {PERMISSIONS[name]})
    before = len(rows())
    unchanged()
    if name != "state":
        assert sam.get(page(lena, name)).status_code == 403
    assert sam.post(page(lena, name), POSTS[name]).status_code == 403
    assert set(rows()[before:]) == {("access_refused", "refused", "sam", "lena")}


@pytest.mark.parametrize("name", WITHIN)
def test_rights_beyond_ones_own_protect_a_user(somebody, lena, name, rows, unchanged):
    sam = somebody(*ALL_PERMISSIONS - {"logs.show"})
    before = len(rows())
    unchanged()
    for response in (sam.get(page(lena, name)), sam.post(page(lena, name), POSTS[name])):
        assert response.status_code == 403
        assert "This user has permissions that you don&#x27;t have." in words(response)
    assert rows()[before:] == [("access_refused", "refused", "sam", "lena")] * 2
    pencils = sam.get(page(lena)).content.decode()
    assert page(lena, "name") in pencils
    assert page(lena, name) not in pencils


@pytest.mark.parametrize("name", WITHIN)
def test_a_disabled_role_protects_its_users_too(somebody, contract, name, unchanged):
    asleep = make_member(contract, "asleep", role=make_role(contract, "logs.show", enabled=False))
    sam = somebody(*ALL_PERMISSIONS - {"logs.show"})
    unchanged()
    assert sam.post(page(asleep, name), POSTS[name]).status_code == 403


def test_names_and_descriptions_gain_nothing_and_may_be_changed(somebody, lena):
    sam = somebody("users.show", "users.set_name", "users.set_description")
    for name in ("name", "description"):
        assert sam.post(page(lena, name), POSTS[name]).url == page(lena)


def test_users_within_ones_own_rights_may_be_changed(somebody, contract):
    sam = somebody("users.show", *PERMISSIONS.values())
    less = make_role(contract, "users.show", name="Less")
    user = make_member(contract, "less", role=less)
    for name in ("email", "password", "state", "unlock", "delete"):
        assert sam.post(page(user, name), POSTS[name]).status_code == 302


@pytest.mark.parametrize("name", ["role", "state", "unlock", "delete"])
def test_nobody_does_this_to_their_own_account(adam, name, rows, unchanged):
    own = User.objects.get(username="adam")
    before = len(rows())
    unchanged()
    for response in (adam.get(page(own, name)), adam.post(page(own, name), POSTS[name])):
        assert response.status_code == 403
        assert "your own account" in words(response)
    assert rows()[before:] == [("access_refused", "refused", "adam", "adam")] * 2
    text = adam.get(page(own)).content.decode()
    assert page(own, name) not in text
    assert page(own, "name") in text


def test_giving_a_role_beyond_ones_own_rights_is_refused(somebody, contract, administrator, rows, unchanged):
    sam = somebody("users.show", "users.change_role")
    user = make_member(contract, "less", role=make_role(contract, "users.show"))
    more = make_role(contract, "logs.show", name="More")
    unchanged()
    for role in (administrator, more):
        response = sam.post(page(user, "role"), {"role": role.pk})
        assert response.status_code == 403
        assert "assign this role: it has permissions that you don&#x27;t have." in words(response)
        assert rows()[-1] == ("access_refused", "refused", "sam", "less")
    form = sam.get(page(user, "role")).content.decode()
    assert "Administrator" not in form
    assert "More" not in form.replace("More Information", "")


def test_a_role_of_another_contract_is_no_choice(olivia, lena, stranger, unchanged):
    foreign = User.objects.get(username="stranger").contracts.get().roles.get()
    unchanged()
    assert "role" in olivia.post(page(lena, "role"), {"role": foreign.pk}).context["form"].errors


def test_enable_and_disable_are_two_permissions(somebody, contract):
    role = make_role(contract, "users.show")
    awake, asleep = make_member(contract, "awake", role=role), make_member(contract, "asleep", role=role)
    User.objects.filter(pk=asleep.pk).update(is_active=False)
    opener = somebody("users.show", "users.enable", username="opener")
    closer = somebody("users.show", "users.disable", username="closer")
    assert opener.get(page(awake, "state")).status_code == 403
    assert opener.post(page(awake, "state"), {"state": "deactivated"}).status_code == 403
    assert closer.get(page(asleep, "state")).status_code == 403
    assert closer.post(page(asleep, "state"), {"state": "active"}).status_code == 403
    assert opener.post(page(asleep, "state"), {"state": "active"}).status_code == 302
    assert closer.post(page(awake, "state"), {"state": "deactivated"}).status_code == 302
    assert opener.post(page(awake, "state"), {"state": ""}).status_code == 200
    states = dict(User.objects.filter(pk__in=[awake.pk, asleep.pk]).values_list("username", "is_active"))
    assert states == {"awake": False, "asleep": True}


def test_enabling_gains_nothing_so_more_rights_do_not_hinder_it(somebody, lena):
    User.objects.filter(pk=lena.pk).update(is_active=False)
    sam = somebody("users.show", "users.enable")
    assert sam.post(page(lena, "state"), {"state": "active"}).status_code == 302


def test_first_404_then_403_then_confirm(somebody, lena, contract, stranger):
    weak = make_member(contract, "weak", role=make_role(contract))
    foreign = User.objects.get(username="stranger")
    sam = somebody("users.show", "users.set_password")
    with travel(timezone.now() + timedelta(minutes=6), tick=True):
        assert sam.get(page(foreign, "password")).status_code == 404
        assert sam.get(page(lena, "password")).status_code == 403
        assert sam.get(page(weak, "password")).url.startswith("/confirm/")


@pytest.mark.parametrize("name", POSTS)
def test_nobody_gets_in_unless_logged_in(lena, name, unchanged):
    unchanged()
    assert Person("nobody").get(page(lena, name)).url.startswith("/login/")
    assert Person("nobody").post(page(lena, name), POSTS[name]).url.startswith("/login/")


def test_extra_fields_change_nothing_else(adam, lena):
    before = User.objects.filter(pk=lena.pk).values().get()
    extra = {"two_factor_required": "no", "required": "no", "is_staff": "on", "username": "x", "contract": "", "id": 1}
    assert adam.post(page(lena, "name"), {"name": "Changed"} | extra).status_code == 302
    after = User.objects.filter(pk=lena.pk).values().get()
    assert {key for key in after if after[key] != before[key]} == {"name", "name_key", "profile_changed_at"}


# What the services themselves keep, whoever calls them.


def test_a_promotion_at_the_same_moment_wins(contract, owner, rows):
    low = make_role(contract, "users.show")
    seen = make_member(contract, "nina", role=low)
    User.objects.filter(pk=seen.pk).update(role=contract.roles.get(built_in=True))
    by = {"actor": owner, "target": seen, "origin": SERVER}
    assert not services.set_password(password=NEW_PASSWORD, must_change_password=False, **by)
    assert not services.set_state(active=False, **by)
    assert not services.set_role(role=low, **by)
    assert not services.delete_user(**by)
    assert rows() == []


def test_a_refused_deletion_keeps_the_failures_that_are_counted(contract, owner):
    seen = make_member(contract, "nina", role=make_role(contract))
    Attempts.objects.create(key="k", kind="factor", user=seen, failures=3, updated_at=timezone.now())
    User.objects.filter(pk=seen.pk).update(role=contract.roles.get(built_in=True))
    assert not services.delete_user(actor=owner, target=seen, origin=SERVER)
    assert Attempts.objects.filter(user=seen).exists()


def test_a_role_of_another_contract_is_never_written(contract, owner, lena, stranger):
    foreign = User.objects.get(username="stranger").contracts.get().roles.get()
    assert not services.set_role(actor=owner, target=lena, role=foreign, origin=SERVER)


def test_a_role_that_is_gone_is_never_written(contract, owner, lena):
    role = make_role(contract)
    gone = type(role).objects.get(pk=role.pk)
    role.delete()
    with pytest.raises(RoleGone):
        services.set_role(actor=owner, target=lena, role=gone, origin=SERVER)


def test_only_the_owner_or_the_operator_creates_without_2fa(contract, owner, lena, administrator):
    made = {}
    for number, actor in enumerate((owner, None, lena)):
        made[actor] = services.create_user(
            actor=actor,
            contract=contract,
            username=f"new{number}",
            name="New",
            password=NEW_PASSWORD,
            role=administrator,
            two_factor_required=False,
            origin=SERVER,
        ).two_factor_required
    assert made == {owner: False, None: False, lena: True}


def test_a_deleted_user_changes_no_more(contract, owner, lena, rows):
    gone = User.objects.get(pk=lena.pk)
    lena.delete()
    by = {"actor": owner, "target": gone, "origin": SERVER}
    assert not services.set_name(name="x", **by)
    assert not services.set_description(description="x", **by)
    assert not services.set_state(active=False, **by)
    assert not services.unlock(**by)
    assert not services.delete_user(**by)
    assert rows() == []
