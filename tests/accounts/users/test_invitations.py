"""The status of an invited user says whether the link in the invitation still works."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.users.invitations import Invitation
from accounts.users.status import status_of
from tests.bench.sql import Sql
from tests.factories import make_application, make_member, make_role
from tests.people import Person, words

LINK = re.compile(r"http://127\.0\.0\.1:8000(/password/reset/[^\s\"<]+)")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
ENDS = {
    "another role": [("users/{user}/role/", {"role": "{other}"})],
    "off and on": [("users/{user}/state/", {"state": "deactivated"}), ("users/{user}/state/", {"state": "active"})],
    "no email": [("users/{user}/email/", {"email": ""})],
    "2FA reset": [("users/{user}/two-factor-reset/", {})],
    "rights of the role": [("roles/{role}/permissions/", {"permissions": ["logs.show", "users.show"]})],
    "role disabled": [("roles/{role}/state/", {"state": "disabled"})],
    "2FA not required": [("users/{user}/two-factor-required/", {"required": "no"})],
}
LETS_IT_BE = {
    "name": [("users/{user}/name/", {"name": "Ida Invited"})],
    "description": [("users/{user}/description/", {"description": "New here"})],
    "another email, not confirmed": [("users/{user}/email/", {"email": "new@example.com"})],
    "sessions ended": [("users/{user}/sessions/end/", {})],
    "name of the role": [("roles/{role}/name/", {"name": "First line"})],
    "invited again": [
        ("users/{user}/role/", {"role": "{other}"}),
        ("users/{user}/password/", {"invite": "on"}),
    ],
}


@pytest.fixture
def ida(contract) -> User:
    ida = make_member(contract, "ida", role=make_role(contract, "logs.show"), email="ida@example.com")
    User.objects.filter(pk=ida.pk).update(password="!")
    return ida


def after(olivia, ida, mailoutbox, steps, by=None) -> tuple[bool, str, str, list[str]]:
    """Invites, and changes as owner. Whether the newest link works, what is said of her, and who is found among the
    invited."""
    ids = {"user": ida.pk, "role": ida.role_id, "other": make_role(ida.contract).pk}
    (by or olivia).post(f"/management/users/{ida.pk}/password/", {"invite": "on"})
    for address, form in steps:
        filled = {name: text.format(**ids) if isinstance(text, str) else text for name, text in form.items()}
        assert olivia.post(f"/management/{address.format(**ids)}", filled).status_code == 302
    link = next(found[0] for mail in reversed(mailoutbox) if (found := LINK.findall(mail.body)))
    works = Client().get(link).status_code == 200
    listed = olivia.get("/management/users/?state=invited").context["page"].rows
    return (
        works,
        words(olivia.get(f"/management/users/{ida.pk}/")),
        words(olivia.get("/management/users/?q=ida")),
        [user.username for user in listed],
    )


@pytest.mark.parametrize("steps", ENDS.values(), ids=ENDS)
def test_a_change_that_ends_the_link_ends_the_invitation(olivia, ida, mailoutbox, steps):
    works, more, row, listed = after(olivia, ida, mailoutbox, steps)
    assert not works
    assert "Invitation expired" in row
    assert "ended when the account, its role or the inviter changed. Send a new one." in more
    assert listed == []


@pytest.mark.parametrize("steps", LETS_IT_BE.values(), ids=LETS_IT_BE)
def test_a_change_that_leaves_the_link_leaves_the_invitation(olivia, ida, mailoutbox, steps):
    works, more, row, listed = after(olivia, ida, mailoutbox, steps)
    assert works
    assert "Invited, 24 h left" in row
    assert "no password chosen yet." in more
    assert listed == ["ida"]


def test_the_change_of_another_user_ends_nothing(olivia, ida, contract, mailoutbox):
    other = make_member(contract, "other")
    steps = [(f"users/{other.pk}/state/", {"state": "deactivated"})]
    works, _, row, listed = after(olivia, ida, mailoutbox, steps)
    assert works
    assert "Invited, 24 h left" in row
    assert listed == ["ida"]


@pytest.fixture
def helper(contract) -> Person:
    """Somebody with the right to invite."""
    role = make_role(contract, "users.show", "users.set_password", "logs.show", name="Helpers")
    helper = Person(make_member(contract, "helper", role=role))
    helper.user = User.objects.get(username="helper")
    return helper.enrol()


def lose(helper, olivia, contract):
    olivia.post(f"/management/roles/{helper.user.role_id}/permissions/", {"permissions": ["logs.show", "users.show"]})


def get_another_right(helper, olivia, contract):
    granted = ["logs.show", "users.show", "users.set_password", "roles.show"]
    olivia.post(f"/management/roles/{helper.user.role_id}/permissions/", {"permissions": granted})


def get_another_role(helper, olivia, contract):
    olivia.post(f"/management/users/{helper.user.pk}/role/", {"role": make_role(contract).pk})


def be_deactivated(helper, olivia, contract):
    olivia.post(f"/management/users/{helper.user.pk}/state/", {"state": "deactivated"})


def be_deleted(helper, olivia, contract):
    olivia.post(f"/management/users/{helper.user.pk}/delete/")


def be_unable_to_open_what_the_invited_can(helper, olivia, contract):
    application = make_application(contract)
    role = User.objects.get(username="ida").role
    olivia.post(f"/management/applications/{application.pk}/access/", {"who": "roles", "roles": [role.pk]})


OF_THE_INVITING = [
    lose, get_another_right, get_another_role, be_deactivated, be_deleted, be_unable_to_open_what_the_invited_can,
]  # fmt: skip


@pytest.mark.parametrize("change", OF_THE_INVITING)
def test_a_change_of_who_invited_ends_the_invitation(olivia, helper, ida, contract, mailoutbox, change):
    assert after(olivia, ida, mailoutbox, [], by=helper)[0]
    change(helper, olivia, contract)
    link = LINK.findall(mailoutbox[-1].body)[0]
    assert Client().get(link).status_code != 200
    assert "Invitation expired" in words(olivia.get("/management/users/?q=ida"))
    assert "its role or the inviter changed. Send a new one." in words(olivia.get(f"/management/users/{ida.pk}/"))
    assert "Invitation expired" in words(olivia.get(f"/management/roles/{ida.role_id}/users/"))
    assert not olivia.get("/management/users/?state=invited").context["page"].rows


@pytest.mark.parametrize("by_helper", [True, False])
def test_what_another_person_loses_ends_nothing(olivia, helper, ida, contract, mailoutbox, by_helper):
    """Neither another role, nor the role of somebody who has not invited."""
    other = make_role(contract, name="Others")
    steps = [(f"roles/{other.pk}/state/", {"state": "disabled"})]
    if not by_helper:
        steps.append((f"roles/{helper.user.role_id}/state/", {"state": "disabled"}))
    works, more, row, listed = after(olivia, ida, mailoutbox, steps, by=helper if by_helper else None)
    assert works
    assert "Invited, 24 h left" in row
    assert "no password chosen yet." in more
    assert listed == ["ida"]


def test_a_list_of_invited_people_asks_as_often_for_many_as_for_one(olivia, helper, contract, ida):
    def ask(page) -> int:
        with Sql() as sql:
            assert "Invited, 24 h left" in words(olivia.get(page))
        return sql.queries

    pages = ["/management/users/", "/management/users/?state=invited", f"/management/roles/{ida.role_id}/users/"]
    others = [make_member(contract, f"n{n}", role=ida.role, email=f"n{n}@example.com") for n in range(5)]
    helper.post(f"/management/users/{ida.pk}/password/", {"invite": "on"})
    of_one = [ask(page) for page in pages]
    User.objects.filter(username__startswith="n").update(password="!")
    for number, other in enumerate(others):
        [olivia, helper][number % 2].post(f"/management/users/{other.pk}/password/", {"invite": "on"})
    olivia.get("/")  # with what was said of the invitations
    assert [ask(page) for page in pages] == of_one


@pytest.mark.parametrize(
    ("ago", "words_of_it"),
    [
        (timedelta(), "Invited, 24 h left"),
        (timedelta(minutes=59), "Invited, 24 h left"),
        (timedelta(hours=1), "Invited, 23 h left"),
        (timedelta(hours=23), "Invited, 1 h left"),
        (timedelta(hours=23, seconds=1), "Invited, < 1 h left"),
        (timedelta(hours=24), "Invitation expired"),
    ],
)
def test_the_hours_left_are_rounded_up_as_the_page_of_the_invitation_says(clock, ago, words_of_it):
    invitation = Invitation(timezone.now() - ago, overtaken=False)
    assert status_of(User(), locked=False, invitation=invitation).text == words_of_it
