"""The stages of a login come in one order (code, forced new password, setup; then contract choice) and never loop."""

import pytest
import time_machine

from accounts.models import AuditRow, User
from tests.factories import PASSWORD, make_contract, make_member
from tests.people import Person, code_of, words

pytestmark = pytest.mark.django_db
NEW = "a-password-only-i-know"


def must_change(person: Person) -> None:
    User.objects.filter(username=person.username).update(must_change_password=True)


def choose(person: Person, password: str = NEW, again: str | None = None):
    form = {"new_password1": password, "new_password2": password if again is None else again}
    return person.post("/password/new/", form)


def test_all_three_are_asked_in_their_order(contract):
    paul = Person(make_member(contract, "paul", must_change_password=True))
    assert paul.start_login().url == "/password/new/"
    for address in ("/two-factor/setup/", "/", "/profile/", "/login/code/", "/confirm/"):
        assert paul.get(address).url == "/password/new/", address
    assert choose(paul).url == "/two-factor/setup/"
    assert paul.get("/password/new/").url == "/two-factor/setup/"
    paul.key = paul.read_key()
    assert paul.post("/two-factor/setup/", {"code": code_of(paul.key)}).url == "/two-factor/activated/"
    assert paul.is_in()
    paul.password = NEW
    later = paul.another_browser()
    assert later.start_login().url == "/login/code/"


def test_the_code_comes_before_the_new_password(contract):
    ute = Person(make_member(contract, "ute")).enrol()
    must_change(ute)
    browser = ute.another_browser()
    assert browser.start_login().url == "/login/code/"
    assert browser.get("/password/new/").url == "/login/code/"
    assert choose(browser).url == "/login/code/"
    assert browser.post("/login/code/", {"code": code_of(ute.key)}).url == "/password/new/"
    assert not browser.is_in()
    assert choose(browser).url == "/"
    assert browser.is_in()
    assert not ute.is_in()
    assert Person("ute", password=PASSWORD).start_login().status_code == 200
    assert AuditRow.objects.filter(event="user_password", target_label="ute").count() == 1


def test_a_bad_new_password_is_refused_with_every_reason(contract):
    paul = Person(make_member(contract, "paul", must_change_password=True))
    paul.start_login()
    assert "at least 15 characters" in words(choose(paul, "short"))
    assert "too common" in words(choose(paul, "passwordpassword"))
    assert "The two passwords don&#x27;t match" in words(choose(paul, NEW, "another-one-altogether"))
    assert "which others know about this account" in words(choose(paul, "paul-paul-paul-paul"))
    assert "1,024" in words(choose(paul, "x" * 1025))
    page = paul.post("/password/new/", {"suggest": "1"}).content.decode()
    assert page.count('type="text" name="new_password') == 2
    assert not paul.is_in()
    assert User.objects.get(username="paul").must_change_password


def test_a_forced_new_password_has_five_minutes(contract):
    with time_machine.travel("2026-11-25 12:00:00Z", tick=False) as clock:
        paul = Person(make_member(contract, "paul", must_change_password=True, two_factor_required=False))
        paul.start_login()
        clock.shift(301)
        assert choose(paul).url.startswith("/login/?")
        assert User.objects.get(username="paul").must_change_password


def test_an_owner_of_two_contracts_chooses_after_everything_else(owner):
    make_contract(owner, "Beta Hosting")
    User.objects.filter(pk=owner.pk).update(two_factor_required=True)
    olivia = Person(owner)
    olivia.start_login(next="/management/users/")
    olivia.key = olivia.read_key()
    olivia.post("/two-factor/setup/", {"code": code_of(olivia.key)})
    assert olivia.post("/two-factor/activated/").url == "/management/users/"
    assert olivia.get("/management/users/").url == "/contracts/?next=%2Fmanagement%2Fusers%2F"
    assert olivia.get("/profile/").status_code == 200
    page = words(olivia.get("/contracts/"))
    assert "Alpha Hosting" in page
    assert "Beta Hosting" in page
    beta = owner.contracts.get(name="Beta Hosting")
    assert olivia.post("/contracts/", {"contract": beta.pk}).url == "/"
    assert "Beta Hosting" in words(olivia.get("/management/users/"))


def test_an_owner_without_a_contract_sees_one_page_that_says_so():
    olivia = Person(User.objects.create_user("solo", PASSWORD, name="Solo", two_factor_required=False))
    assert olivia.start_login().url == "/"
    page = olivia.get("/")
    assert page.status_code == 200
    assert "contract" in words(page)
    assert olivia.get("/management/users/").status_code == 404
