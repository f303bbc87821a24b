"""Putting users into a role: all of the chosen or nobody, and nobody beyond one's own rights."""

import pytest

from accounts.models import User
from tests.factories import make_member, make_owner, make_role
from tests.people import words


@pytest.fixture
def helpers(contract):
    return make_role(contract, "users.show", name="Helpers")


@pytest.fixture
def plain(contract):
    return make_role(contract, name="Plain")


def page_of(role) -> str:
    return f"/management/roles/{role.pk}/users/"


def role_of(user: User) -> str:
    return User.objects.select_related("role").get(pk=user.pk).role.name


def test_the_page_lists_who_has_the_role_and_who_could_get_it(olivia, contract, helpers, plain):
    make_member(contract, "lena", role=helpers)
    make_member(contract, "paul", role=plain)
    inside, others = words(olivia.get(page_of(helpers))), words(olivia.get(page_of(helpers) + "?show=add"))
    assert "lena" in inside
    assert "paul" not in inside
    assert "paul" in others
    assert "lena" not in others
    assert "paul" not in words(olivia.get(page_of(helpers) + "?show=add&q=nobody"))


def test_the_page_says_how_many_there_are_on_all_pages(olivia, contract, helpers, plain):
    for number in range(26):
        make_member(contract, f"lena{number:02}", role=helpers)
    make_member(contract, "paul", role=plain)
    assert "1–25 of 26" in words(olivia.get(page_of(helpers)))
    assert "1–10 of 10 matching, 26 in all" in words(olivia.get(page_of(helpers) + "?q=lena0"))
    assert "1 of 1" in words(olivia.get(page_of(helpers) + "?show=add"))
    assert "1–25 of 26" in words(olivia.get(page_of(plain) + "?show=add"))


def test_the_owner_moves_users_each_with_a_row(olivia, contract, helpers, plain, rows):
    people = [make_member(contract, name, role=plain) for name in ("ada", "ben")]
    log = rows()
    response = olivia.post(page_of(helpers), {"ids": [user.pk for user in people]})
    assert response.url == page_of(helpers)
    assert [role_of(user) for user in people] == ["Helpers", "Helpers"]
    found = log.new()
    assert [(row.event, row.target_label, row.detail) for row in found] == [
        ("user_role", name, {"old": "Plain", "new": "Helpers"}) for name in ("ada", "ben")
    ]
    olivia.post(page_of(helpers), {"ids": [user.pk for user in people]})
    assert log.new() == []


def test_one_foreign_id_among_them_changes_nothing(olivia, owner, contract, helpers, plain, rows):
    rival = make_owner("rival", contract="Beta")
    stranger = make_member(rival.contracts.get(), "stranger")
    ada = make_member(contract, "ada", role=plain)
    log = rows()
    for foreign in (stranger.pk, owner.pk, rival.pk, 2**62):
        assert olivia.post(page_of(helpers), {"ids": [ada.pk, foreign]}).status_code == 404
    assert role_of(ada) == "Plain"
    assert log.new() == []


@pytest.mark.parametrize("ids", [[], [""], ["x"], ["-1"], ["0"], ["1.5"], ["١"], [str(2**63)], ["9" * 400], ["a\0"]])
def test_rubbish_among_the_ids_is_a_sentence(olivia, contract, helpers, ids):
    make_member(contract, "ada")
    response = olivia.post(page_of(helpers), {"ids": ids})
    assert response.status_code == 200
    assert 'class="errors' in response.content.decode()


def test_with_manage_users_alone_one_can_do_just_that(somebody, contract, helpers, plain):
    sam = somebody("roles.manage_users", "users.show")
    ada = make_member(contract, "ada", role=plain)
    assert "ada" in words(sam.get(page_of(helpers)))
    assert sam.post(page_of(helpers), {"ids": [ada.pk]}).status_code == 302
    assert role_of(ada) == "Helpers"
    assert sam.get("/management/roles/").status_code == 403


def test_nobody_is_moved_beyond_ones_own_rights(somebody, contract, helpers, plain, rows):
    sam = somebody("roles.manage_users", "roles.show", "users.show")
    administrator = contract.roles.get(built_in=True)
    lena, ada = make_member(contract, "lena"), make_member(contract, "ada", role=plain)
    log = rows()
    attempts = [
        (administrator, ada),  # a role beyond one's own rights
        (administrator, User.objects.get(username="sam")),
        (helpers, lena),  # a user beyond one's own rights
        (helpers, User.objects.get(username="sam")),  # oneself
    ]
    for role, user in attempts:
        assert sam.post(page_of(role), {"ids": [ada.pk, user.pk]}).status_code == 403
    pages = {role.pk for role, _ in attempts}
    assert log.events() == [("access_refused", "refused")] * len(pages)  # the same refusal is one row a minute
    assert [role_of(user) for user in (lena, ada)] == ["Administrator", "Plain"]


def test_the_list_of_users_is_read_only_for_who_may_not_put_them(somebody, contract, helpers):
    sam = somebody("roles.show")
    ada = make_member(contract, "ada", role=helpers)
    page = sam.get(page_of(helpers) + "?show=add")
    assert "ada" in words(page)
    assert 'name="ids"' not in page.content.decode()
    assert sam.post(page_of(helpers), {"ids": [ada.pk]}).status_code == 403


@pytest.mark.parametrize("permission", ["roles.show", "roles.manage_users"])
def test_who_may_not_see_users_finds_nobody_by_a_part_of_their_email(somebody, contract, plain, permission):
    helpers = make_role(contract, name="Helpers")
    for name, role in (("lena", helpers), ("paul", plain)):
        make_member(contract, name, role=role, email=f"{name}@secret.example")
    sam = somebody(permission)
    shown = page_of(helpers)
    assert "No users match this search." in words(sam.get(f"{shown}?q=secret.ex"))
    assert "Name or username" in sam.get(shown).content.decode()
    found = "lena" if permission == "roles.show" else "paul"
    assert found in words(sam.get(f"{shown}?q={found}"))
    nina = somebody(permission, "users.show", username="nina")
    assert found in words(nina.get(f"{shown}?q=secret.ex"))
    assert "Name, username or email" in nina.get(shown).content.decode()
