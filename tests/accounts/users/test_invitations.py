"""The status of an invited user says whether the link in the invitation still works."""

import re

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import make_member, make_role
from tests.people import words

LINK = re.compile(r"http://127\.0\.0\.1:8000(/password/reset/[^\s\"<]+)")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
ENDS = {
    "another role": [("users/{user}/role/", {"role": "{other}"})],
    "off and on": [("users/{user}/state/", {"state": "deactivated"}), ("users/{user}/state/", {"state": "active"})],
    "no email": [("users/{user}/email/", {"email": ""})],
    "2FA reset": [("users/{user}/two-factor-reset/", {})],
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


def after(olivia, ida, mailoutbox, steps) -> tuple[bool, str, str, list[str]]:
    """Invites and changes. Whether the newest link works, what is said of her, and who is found among the invited."""
    ids = {"user": ida.pk, "role": ida.role_id, "other": make_role(ida.contract).pk}
    olivia.post(f"/management/users/{ida.pk}/password/", {"invite": "on"})
    for address, form in steps:
        filled = {name: text.format(**ids) for name, text in form.items()}
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
    assert "stopped working when the account changed. Send a new one." in more
    assert listed == []


@pytest.mark.parametrize("steps", LETS_IT_BE.values(), ids=LETS_IT_BE)
def test_a_change_that_leaves_the_link_leaves_the_invitation(olivia, ida, mailoutbox, steps):
    works, more, row, listed = after(olivia, ida, mailoutbox, steps)
    assert works
    assert "Invited, 23 h left" in row
    assert "no password chosen yet." in more
    assert listed == ["ida"]


def test_the_change_of_another_user_ends_nothing(olivia, ida, contract, mailoutbox):
    other = make_member(contract, "other")
    steps = [(f"users/{other.pk}/state/", {"state": "deactivated"})]
    works, _, row, listed = after(olivia, ida, mailoutbox, steps)
    assert works
    assert "Invited, 23 h left" in row
    assert listed == ["ida"]
