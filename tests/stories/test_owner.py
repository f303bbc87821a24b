"""What the owner does about a user's second factor, and what the user notices of it."""

import pytest
from django.core.management import call_command

from accounts.models import AuditRow, User
from tests.factories import make_member
from tests.people import Person, code_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena(owner) -> Person:
    return Person(make_member(owner.contracts.get())).enrol()


def id_of(person: Person) -> int:
    return User.objects.get(username=person.username).pk


def set_required(owner: Person, user: Person, answer: str):
    return owner.post(f"/management/users/{id_of(user)}/two-factor-required/", {"required": answer})


def test_no_clears_the_authenticator_and_says_so(olivia, lena):
    response = set_required(olivia, lena, "no")
    assert response.url == f"/management/users/{id_of(lena)}/"
    assert "Two-factor authentication is cleared for this user account." in words(olivia.get(response.url))
    assert not lena.is_in()
    assert lena.start_login().url == "/"


def test_reset_keeps_the_requirement_and_ends_all_sessions(olivia, lena):
    address = f"/management/users/{id_of(lena)}/two-factor-reset/"
    assert "Make sure you are speaking to Lena before you reset." in words(olivia.get(address))
    olivia.post(address)
    assert not lena.is_in()
    assert lena.start_login().url == "/two-factor/setup/"
    assert lena.read_key() != lena.key


def test_yes_leads_a_logged_in_user_to_the_set_up_at_the_very_next_request(olivia, owner):
    nina = Person(make_member(owner.contracts.get(), "nina", two_factor_required=False))
    second = nina.another_browser()
    for browser in (nina, second):
        browser.log_in()
        assert browser.is_in()
    set_required(olivia, nina, "yes")
    for browser in (nina, second):
        assert browser.get("/management/users/").url == "/two-factor/setup/"
        assert browser.get("/two-factor/setup/").status_code == 200


def test_yes_for_a_user_who_is_active_changes_nothing(olivia, lena):
    before = AuditRow.objects.count()
    set_required(olivia, lena, "yes")
    assert lena.is_in()
    assert AuditRow.objects.count() == before


def test_one_change_is_one_row(olivia, lena):
    before = AuditRow.objects.count()
    set_required(olivia, lena, "no")
    set_required(olivia, lena, "no")
    rows = AuditRow.objects.all()[before:]
    assert [row.event for row in rows] == ["two_factor_required"]
    assert (rows[0].actor_label, rows[0].target_label) == ("owner", "lena")


def test_the_operator_helps_an_owner_who_lost_phone_and_codes(owner):
    User.objects.filter(pk=owner.pk).update(two_factor_required=True)
    olivia = Person(owner).enrol()
    call_command("twofactor", "reset", "owner")
    assert not olivia.is_in()
    assert olivia.start_login().url == "/two-factor/setup/"
    assert AuditRow.objects.filter(event="two_factor_reset", target_label="owner", actor_id=None).count() == 1


def test_a_new_phone_replaces_the_old_one_only_when_it_is_proved(lena):
    old_key, old_codes = lena.key, lena.codes
    page = lena.get("/profile/security/")
    assert "Set up on a new phone" in words(page)
    new_key = lena.read_key()
    assert new_key != old_key
    other = lena.another_browser()
    other.start_login()
    assert other.post("/login/code/", {"code": code_of(old_key)}).url == "/"
    lena.get("/two-factor/setup/")
    assert lena.post("/two-factor/setup/", {"code": code_of(new_key)}).url == "/two-factor/activated/"
    lena.key = new_key
    assert not other.is_in()
    assert lena.is_in()
    late = lena.another_browser()
    late.start_login()
    late.post("/login/recovery/", {"recovery_code": old_codes[0], "action": "sign_in"})
    assert not late.is_in()
    assert User.objects.get(username="lena").two_factor_required
