"""The mark of a browser in which somebody has logged in fully: what it gives, what it never gives, when it dies."""

import pytest
from django.core import signing

from accounts.models import User
from accounts.origin import SERVER
from tests.factories import make_member
from tests.people import Person, code_of
from twofactor.account_cookie import ACCOUNTS_PER_BROWSER
from twofactor.login.known_browser import LIFETIME_SECONDS, KnownBrowsers
from twofactor.requirement import services

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def lena(owner):
    return Person(make_member(owner.contracts.get())).enrol()


def marked(person: Person) -> dict:
    return signing.loads(person.client.cookies["known"].value, salt="twofactor.known")


def is_known(person: Person) -> bool:
    """To the account as it is now."""
    return KnownBrowsers(marked(person)).browser_of(User.objects.get(username=person.username)) is not None


def test_only_a_full_log_in_marks_a_browser(lena):
    other = lena.another_browser()
    other.get("/login/")
    other.start_login()
    other.post("/login/code/", {"code": "000000"})
    assert "known" not in other.client.cookies
    other.post("/login/code/", {"code": code_of(lena.key)})
    assert is_known(other)


def test_the_set_up_marks_a_browser_too(lena):
    assert is_known(lena)


def test_the_cookie_is_signed_http_only_lax_and_lives_90_days(lena):
    cookie = lena.client.cookies["known"]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == LIFETIME_SECONDS == 90 * 24 * 3600


def test_a_known_browser_is_asked_for_password_and_code_all_the_same(lena):
    lena.post("/logout/")
    assert not lena.is_in()
    assert lena.start_login().url == "/login/code/"
    assert not lena.is_in()


def test_the_id_of_a_browser_stays_from_log_in_to_log_in(lena, clock):
    before = marked(lena)
    lena.post("/logout/")
    clock.shift(60)
    lena.log_in()
    assert lena.is_in()
    assert marked(lena) == before


def test_a_browser_is_marked_for_its_own_account_alone(lena):
    make_member(User.objects.get(username="lena").contract, "otto")
    lena.another_browser().log_in()
    assert User.objects.get(username="otto").known_browsers == ""


def test_each_browser_has_an_id_of_its_own(lena):
    other = lena.another_browser()
    other.log_in()
    assert marked(other) != marked(lena)


def test_the_id_of_a_browser_has_96_random_bits(lena):
    assert [len(browser) for browser in marked(lena).values()] == [16]


def test_no_account_is_known_anywhere(lena):
    assert KnownBrowsers(marked(lena)).browser_of(None) is None


def test_a_mark_is_worth_nothing_to_another_account(lena, owner):
    otto = make_member(owner.contracts.get(), "otto")
    assert KnownBrowsers(marked(lena)).browser_of(otto) is None
    moved = {str(otto.pk): next(iter(marked(lena).values()))}
    assert KnownBrowsers(moved).browser_of(otto) is None


@pytest.mark.parametrize("value", ["", "x", "x:y:z", "\x00", "é", "a" * 5000])
def test_a_tampered_cookie_marks_nothing_and_breaks_nothing(lena, value):
    other = lena.another_browser()
    header = f"known={value}"  # as it is: the client's own jar would quote it, and refuses NUL
    account = {"username": other.username, "password": other.password}
    assert other.post("/login/", account, headers={"cookie": header}).url == "/login/code/"
    session = f"sessionid={other.client.cookies['sessionid'].value}"
    code = {"code": code_of(other.key)}
    assert other.post("/login/code/", code, headers={"cookie": f"{session}; {header}"}).status_code == 302
    assert is_known(other)


@pytest.mark.parametrize("content", [[], "text", 7, None, [["1", "2"]]])
def test_a_well_signed_cookie_of_another_shape_marks_nothing(lena, content):
    other = lena.another_browser()
    other.client.cookies["known"] = signing.dumps(content, salt="twofactor.known")
    other.log_in()
    assert is_known(other)


def test_a_mark_older_than_90_days_is_forgotten(lena, clock):
    before = marked(lena)
    value = lena.client.cookies["known"].value
    clock.shift(LIFETIME_SECONDS + 1)
    other = lena.another_browser()
    other.client.cookies["known"] = value
    other.log_in()
    assert marked(other) != before


def test_a_mark_dies_with_a_new_password(lena):
    user = User.objects.get(username="lena")
    user.set_password("another-horse-battery-staple")
    user.save(update_fields=["password"])
    assert not is_known(lena)


def test_a_mark_dies_with_a_reset(lena, owner):
    services.reset(actor=owner, target=User.objects.get(username="lena"), origin=SERVER)
    assert not is_known(lena)


def test_s03_a_mark_from_before_the_activation_is_dead_after_it(owner, clock):
    otto = Person(make_member(owner.contracts.get(), "otto", two_factor_required=False))
    otto.log_in()
    other = otto.another_browser()
    other.log_in()
    assert is_known(other)
    otto.get("/two-factor/setup/")
    otto.enrol_logged_in()
    assert not is_known(other)
    assert is_known(otto)


def test_s03_a_mark_dies_with_a_new_phone(lena, clock):
    clock.shift(60)
    other = lena.another_browser()
    other.log_in()
    assert is_known(other)
    clock.shift(60)
    lena.enrol_logged_in()
    assert not is_known(other)
    assert is_known(lena)


def test_s03_a_mark_dies_with_a_disable_and_stays_dead(owner, clock):
    otto = Person(make_member(owner.contracts.get(), "otto", two_factor_required=False))
    otto.log_in()
    without = otto.another_browser()
    without.log_in()
    otto.enrol_logged_in()
    clock.shift(60)
    assert otto.post("/two-factor/disable/").status_code == 302
    assert not is_known(otto)
    assert not is_known(without)


def test_s03_a_mark_dies_with_no(lena, owner):
    target = User.objects.get(username="lena")
    assert services.set_required(actor=owner, target=target, required=False, origin=SERVER)
    assert not is_known(lena)


def test_s03_a_mark_dies_when_a_recovery_code_takes_the_factor_away(lena):
    other = lena.another_browser()
    other.start_login()
    other.post("/login/recovery/", {"recovery_code": lena.codes[0], "action": "disable"})
    assert not is_known(lena)


def test_s03_ten_marks_of_an_account_live_at_a_time(owner):
    otto = Person(make_member(owner.contracts.get(), "otto", two_factor_required=False))
    browsers = [otto.another_browser() for _ in range(22)]
    for browser in browsers:
        browser.log_in()
    assert [is_known(browser) for browser in browsers] == [False] * 12 + [True] * 10
    browsers[0].post("/logout/")
    browsers[0].log_in()
    assert is_known(browsers[0])
    assert not is_known(browsers[12])


def test_a_mark_outlives_a_change_of_the_e_mail(lena):
    user = User.objects.get(username="lena")
    User.objects.filter(pk=user.pk).update(email="new@example.com", stamp=user.stamp + 1)
    assert is_known(lena)


def test_a_browser_remembers_the_last_few_accounts_only(lena, owner):
    people = [make_member(owner.contracts.get(), f"user{n}", two_factor_required=False) for n in range(6)]
    for user in people:
        lena.post("/logout/")
        lena.username = user.username
        lena.log_in()
    assert list(marked(lena)) == [str(user.pk) for user in people[-ACCOUNTS_PER_BROWSER:]]
