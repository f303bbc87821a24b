"""The menu of a row leads to a form that has already chosen what was asked for, and writes nothing by itself."""

import pytest
from bs4 import BeautifulSoup, Tag

from accounts.models import User
from accounts.users import invitations
from tests.factories import make_member
from tests.people import Person

USERS = "/management/users/?q=kim"


def followed(owner: Person, entry: str) -> tuple[str, Tag]:
    """The page behind an entry of the menu of kim, found in the filtered list."""
    rows = BeautifulSoup(owner.get(USERS).content, "html.parser")
    link = next(link for link in rows.select(".row-menu a") if entry in link.text)
    return str(link["href"]), BeautifulSoup(owner.get(str(link["href"])).content, "html.parser")


@pytest.mark.parametrize(
    ("stored", "entry", "chosen"),
    [
        ({"is_active": True}, "Deactivate", "deactivated"),
        ({"is_active": False}, "Activate", "active"),
        ({"two_factor_required": False}, "Require 2FA", "yes"),
    ],
)
def test_the_form_opens_with_what_was_asked_for(olivia, contract, stored, entry, chosen):
    kim = make_member(contract, "kim", **stored)
    address, page = followed(olivia, entry)
    assert [box["value"] for box in page.select("main input[checked]")] == [chosen]
    assert User.objects.filter(pk=kim.pk, **stored).exists()
    field = page.select_one("main input[checked]")["name"]
    saved = olivia.post(address, {field: chosen})
    assert saved.url == f"/management/users/{kim.pk}/?q=kim"
    assert not User.objects.filter(pk=kim.pk, **stored).exists()


def test_a_wish_that_no_choice_has_chooses_nothing(olivia, contract):
    kim = make_member(contract, "kim")
    page = BeautifulSoup(olivia.get(f"/management/users/{kim.pk}/state/?wish=gone").content, "html.parser")
    assert len(page.select("main [type=radio]")) == 2
    assert page.select("main [checked]") == []


def test_sending_an_invitation_again_asks_for_nothing_else(olivia, contract):
    kim = make_member(contract, "kim", email="kim@example.com")
    kim.set_unusable_password()
    kim.save()
    olivia.post(f"/management/users/{kim.pk}/password/", {"invite": "on"})
    address, page = followed(olivia, "Send invitation again")
    assert page.select_one("h1").text.strip() == "Send kim a new invitation?"
    assert [button.text.strip() for button in page.select("main form button")] == ["Send a new invitation"]
    assert page.select("main [type=password]") == []
    before = invitations.sent_to([kim])[kim.pk].at
    assert olivia.post(address, {"invite": "on"}).url == f"/management/users/{kim.pk}/?q=kim"
    assert invitations.sent_to([kim])[kim.pk].at > before


@pytest.mark.parametrize(
    "action", ["state", "password", "two-factor-required", "two-factor-reset", "delete", "unlock", "name", "role"]
)
def test_cancel_leads_back_to_the_user_in_the_same_list(olivia, contract, action):
    kim = make_member(contract, "kim")
    page = olivia.get(f"/management/users/{kim.pk}/{action}/?q=kim")
    cancel = BeautifulSoup(page.content, "html.parser").find("a", string="Cancel")
    assert cancel["href"] == f"/management/users/{kim.pk}/?q=kim"
