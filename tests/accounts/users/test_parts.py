"""The page of users in parts: the list, one user beside it, a form in the place of its row."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditRow, Contract, Event, User
from tests.accounts.users.conftest import page
from tests.factories import make_member, make_owner, make_role
from tests.people import Person, words

USERS = "/management/users/"
LIST, MORE = "div#list", "section#more"
GONE = "There is no such user in this contract. They may have been deleted."


def part(person: Person, address: str, target: str, data: dict[str, str] | None = None):
    headers = {"HX-Request": "true", "HX-Target": target}
    if data is None:
        return person.client.get(address, headers=headers)
    return person.client.post(address, data, headers=headers)


@pytest.mark.parametrize(("target", "shown", "left_out"), [(LIST, 'id="list"', "<h2 "), (MORE, "<h2 ", 'id="list"')])
def test_one_address_answers_with_the_part_that_is_asked_for(olivia, lena, target, shown, left_out):
    response = part(olivia, page(lena), target)
    text = response.content.decode()
    assert shown in text
    assert left_out not in text
    assert "<html" not in text
    assert {"HX-Request", "HX-Target"} <= set(response["Vary"].replace(" ", "").split(","))


def test_without_the_header_or_for_an_unknown_place_it_is_the_whole_page(olivia, lena):
    whole = olivia.client.get(page(lena), headers={"HX-Target": MORE})
    assert "<html" in whole.content.decode()
    unknown = part(olivia, page(lena), "div#elsewhere")
    assert "<html" in unknown.content.decode()
    assert unknown["HX-Retarget"] == "body"


def test_a_page_that_has_no_parts_is_opened_as_a_whole(olivia):
    response = part(olivia, "/profile/", "div#list")
    assert (response.status_code, response["HX-Redirect"], response.content) == (204, "/profile/", b"")


def test_a_session_that_has_ended_leads_to_the_log_in_and_back_to_the_same_list_and_user(olivia, lena):
    olivia.client.cookies.clear()
    first = part(olivia, f"{page(lena)}?q=len", MORE)
    assert first.status_code == 302
    response = part(olivia, first.url, MORE)
    assert response.status_code == 204
    assert response["HX-Redirect"].startswith("/login/?next=%2Fmanagement%2Fusers%2F")
    assert "q%3Dlen" in response["HX-Redirect"]


def test_the_pencil_puts_the_form_into_its_row_and_the_list_keeps_its_filter(olivia, lena):
    address = f"{page(lena, 'name')}?q=len"
    form = part(olivia, address, "div#row-user_name")
    assert 'id="row-user_name"' in form.content.decode()
    assert "Save changes" in words(form)
    assert "<html" not in form.content.decode()
    done = part(olivia, address, MORE, {"name": "Lena Neu"})
    assert done.url == f"{page(lena)}?q=len"
    assert "The name of lena was changed." in words(part(olivia, done.url, MORE))


def test_what_is_wrong_stands_in_the_row_again(olivia, lena):
    response = part(olivia, page(lena, "name"), MORE, {"name": ""})
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#row-user_name", "outerHTML")
    assert "This field is required." in words(response)


def test_a_row_that_has_vanished_is_a_page_of_its_own(olivia, lena):
    User.objects.filter(pk=lena.pk).delete()
    response = part(olivia, page(lena), MORE)
    assert (response.status_code, response["HX-Retarget"]) == (404, "body")
    assert GONE in words(response)


@pytest.mark.parametrize("form", ["", "name", "two-factor-required"])
def test_who_may_see_users_is_told_that_there_is_none_and_led_back_to_the_list(olivia, lena, form):
    deleted = make_member(lena.contract, "deleted")
    User.objects.filter(pk=deleted.pk).delete()
    foreign = make_member(make_owner("rival", contract="Beta").contracts.get(), "foreign")
    answers = [olivia.get(f"{page(user, form)}?q=len&wish=yes") for user in (deleted, foreign)]
    for answer in answers:
        assert answer.status_code == 404
        assert GONE in words(answer)
        assert f'href="{USERS}?q=len"' in answer.content.decode()
        assert "foreign" not in words(answer)


def test_who_may_not_see_users_hears_nothing_of_them(somebody, lena):
    User.objects.filter(pk=lena.pk).delete()
    response = somebody("users.set_name").get(page(lena, "name"))
    assert response.status_code == 404
    assert "user in this contract" not in words(response)
    assert USERS not in response.content.decode()


def invited(contract: Contract, username: str, *, hours: int) -> User:
    user = make_member(contract, username)
    User.objects.filter(pk=user.pk).update(password="!")
    at = timezone.now() - timedelta(hours=hours)
    row = {"event": Event.INVITED, "outcome": "ok", "target_id": user.pk, "at": at}
    AuditRow.objects.create(contract_id=contract.pk, **row)
    return user


def test_the_status_is_the_same_in_the_list_beside_it_and_at_the_role(olivia, contract, administrator):
    locked = make_member(contract, "locked")
    for _ in range(5):
        Person(locked, password="not the right password").start_login()
    expected = {
        invited(contract, "invited", hours=4): "Invited, 20 h left",
        invited(contract, "expired", hours=30): "Invitation expired",
        make_member(contract, "off", is_active=False): "Deactivated",
        locked: "Locked",
        make_member(contract, "active"): "Active",
    }
    of_role = words(olivia.get(f"/management/roles/{administrator.pk}/users/"))
    for user, status in expected.items():
        assert f"Status {status}" in words(part(olivia, page(user), MORE))
        assert f"{user.username} {user.role.name} {status}" in of_role
        assert f"{user.username} {user.role.name} {status}" in words(olivia.get(USERS))


def test_who_is_invited_or_locked_can_be_filtered_and_says_so(olivia, contract):
    invited(contract, "invited", hours=4)
    invited(contract, "expired", hours=30)
    text = words(olivia.get(USERS))
    assert "Invited, 20 h left" in text
    assert "Invitation expired" in text
    assert [user.username for user in olivia.get(f"{USERS}?state=invited").context["page"].rows] == ["invited"]


def test_the_count_says_what_is_shown_and_a_filter_is_taken_away_by_its_chip(olivia, contract):
    for number in range(30):
        make_member(contract, f"user{number:02}", name=f"User {number:02}", is_active=number < 28)
    first = olivia.get(f"{USERS}?q=user&state=active")
    assert "1–25 of 28 matching, 30 in all" in words(first)
    second = olivia.get(USERS + first.context["page"].next_url)
    assert "26–28 of 28 matching, 30 in all" in words(second)
    assert [(chip.text, chip.url) for chip in second.context["chips"]] == [
        ("“user”", "?state=active"),
        ("Status: Active", "?q=user"),
    ]


def test_the_menu_of_a_row_offers_what_this_viewer_may_do(olivia, somebody, contract, lena):
    menus = {item.text for line in olivia.get(USERS).context["lines"] for item in line.menu}
    assert {"Reset 2FA", "Deactivate", "Delete"} <= menus
    make_member(contract, "kim", role=make_role(contract))
    few = somebody("users.show", "users.disable").get(USERS).context["lines"]
    assert {line.user.username: {item.text for item in line.menu} for line in few} == {
        "lena": set(),  # an Administrator has permissions that the viewer lacks
        "kim": {"Deactivate"},
        "sam": set(),
    }
