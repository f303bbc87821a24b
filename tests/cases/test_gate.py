"""CASES: gate and bypass, policy and enrolment."""

import re

import pytest
import time_machine
from bs4 import BeautifulSoup

from accounts.models import AuditRow, User
from tests.people import CODE, KEY, code_of, words
from twofactor.models import Authenticator, RecoveryCode

INSIDE = ("/", "/contracts/", "/management/users/", "/profile/", "/profile/security/", "/confirm/")


def test_c02_a_pending_session_opens_nothing_anywhere(active):
    pending_login = active.another_browser()
    pending_login.start_login()
    session = pending_login.client.cookies["sessionid"].value
    for extra in ({}, {"HTTP_AUTHORIZATION": f"Bearer {session}"}, {"HTTP_AUTHORIZATION": f"Basic {session}"}):
        for address in INSIDE:
            assert pending_login.get(address, **extra).url == "/login/code/", address
            assert pending_login.post(address, **extra).url == "/login/code/", address
        users = User.objects.count()
        answer = pending_login.post("/management/users/create/", {"username": "eve", "name": "Eve"}, **extra)
        assert (answer.status_code, answer.url, answer.content) == (302, "/login/code/", b"")
        assert User.objects.count() == users


def test_c04_who_has_only_the_password_adds_no_device(active):
    pending_login = active.another_browser()
    pending_login.start_login()
    for address in (
        "/two-factor/setup/",
        "/two-factor/recovery-codes/",
        "/two-factor/recovery-codes/download/",
        "/two-factor/disable/",
        "/two-factor/activated/",
        "/profile/security/",
    ):
        for answer in (pending_login.get(address), pending_login.post(address, {"code": "123456"})):
            assert answer.status_code == 302, address
            assert answer.url in ("/login/code/", "/login/")
            assert not KEY.search(answer.content.decode())
    assert pending_login.post("/login/code/", {"code": code_of(active.key)}).url == "/"


def test_c06_a_half_finished_set_up_counts_as_nothing(pending):
    with time_machine.travel("2026-11-25 12:00:00Z", tick=False) as clock:
        pending.start_login()
        key = pending.read_key()
        assert "Incorrect code." in words(pending.post("/two-factor/setup/", {"code": "000000"}))
        again = pending.another_browser()
        assert again.start_login().url == "/two-factor/setup/"
        assert not again.is_in()
        assert not Authenticator.objects.exists()
        clock.shift(16 * 60)
        assert pending.get("/two-factor/setup/").url.startswith("/login/?")
        assert "took too long" in words(pending.client.get("/two-factor/setup/", follow=True))
        assert pending.start_login().url == "/two-factor/setup/"
        assert pending.read_key() != key


def test_c10_required_takes_effect_at_the_very_next_request_in_every_browser(olivia, free):
    second = free.another_browser()
    free.log_in()
    second.log_in()
    number = User.objects.get(username="nina").pk
    olivia.post(f"/management/users/{number}/two-factor-required/", {"required": "yes"})
    for browser in (free, second):
        assert browser.get("/management/users/").url == "/two-factor/setup/"


def test_c11_the_set_up_works_with_all_it_references_while_held(pending):
    pending.start_login()
    page = pending.get("/two-factor/setup/")
    assert page.status_code == 200
    soup = BeautifulSoup(page.content, "html.parser")
    files = [tag.get("href") or tag.get("src") for tag in soup.select("link[href], script[src], img[src]")]
    static = [address for address in files if address.startswith("/")]
    assert static
    for address in static:
        assert pending.get(address).status_code == 200, address
    assert pending.post("/logout/").url == "/login/"
    pending.start_login()
    key = pending.read_key()
    assert pending.post("/two-factor/setup/", {"code": code_of(key)}).url == "/two-factor/activated/"
    assert pending.post("/two-factor/activated/").url == "/"
    assert pending.is_in()


def test_c13_the_key_stays_through_wrong_codes_reloads_and_second_tabs(pending):
    pending.start_login()
    key = pending.read_key()
    pending.post("/two-factor/setup/", {"code": "000000"})
    pending.client.head("/two-factor/setup/")
    assert pending.read_key() == key
    other = pending.another_browser()
    other.start_login()
    other_key = other.read_key()
    assert other_key != key
    assert pending.post("/two-factor/setup/", {"code": code_of(key)}).url == "/two-factor/activated/"
    refused = other.client.post("/two-factor/setup/", {"code": code_of(other_key)}, follow=True)
    assert "was set up elsewhere" in words(refused)
    assert Authenticator.objects.get().key() == key


def test_c14_setting_up_twice_leaves_one_device_that_works(pending):
    pending.start_login()
    key = pending.read_key()
    form = {"code": code_of(key, -1)}
    assert pending.post("/two-factor/setup/", form).url == "/two-factor/activated/"
    assert pending.post("/two-factor/setup/", form).url == "/two-factor/activated/"
    assert pending.post("/two-factor/setup/", {"code": code_of(key)}).url == "/two-factor/activated/"
    assert pending.get("/two-factor/setup/").url == "/two-factor/activated/"
    pending.post("/two-factor/activated/")
    assert pending.post("/two-factor/setup/", form).status_code in (200, 302)
    assert pending.get("/two-factor/setup/").status_code == 200
    assert Authenticator.objects.get().key() == key
    assert RecoveryCode.objects.filter(used_at=None).count() == 10
    pending.key = key
    fresh = pending.another_browser()
    assert fresh.log_in().url == "/"


def test_a_double_click_on_activate_with_the_old_cookie_ends_at_the_codes(pending):
    pending.start_login()
    key = pending.read_key()
    old_cookie = pending.client.cookies["sessionid"].value
    pending.post("/two-factor/setup/", {"code": code_of(key)})
    new_cookie = pending.client.cookies["sessionid"].value
    pending.client.cookies["sessionid"] = old_cookie
    answer = pending.post("/two-factor/setup/", {"code": code_of(key)})
    assert answer.url == "/login/?ended=code-used"
    assert "sessionid" not in answer.cookies
    pending.client.cookies["sessionid"] = new_cookie
    assert pending.get(answer.url).url == "/two-factor/activated/"


def test_c16_sessions_from_before_the_activation_are_over(free):
    second = free.another_browser()
    free.log_in()
    second.log_in()
    before = free.client.cookies["sessionid"].value
    key = free.read_key()
    assert free.post("/two-factor/setup/", {"code": code_of(key)}).url == "/two-factor/activated/"
    assert second.get("/").url.startswith("/login/")
    assert free.client.cookies["sessionid"].value != before
    free.post("/two-factor/activated/")
    assert free.is_in()


def test_c42_each_shown_code_works_once_and_a_new_set_replaces_all(active):
    for code in active.codes[:5]:
        browser = active.another_browser()
        browser.start_login()
        assert browser.post("/login/recovery/", {"recovery_code": code, "action": "sign_in"}).url == "/"
    answer = active.client.post("/two-factor/recovery-codes/", follow=True)
    new = CODE.findall(answer.content.decode())
    assert len(set(new)) == 10
    assert CODE.findall(active.get("/two-factor/activated/").content.decode()) == new
    text = active.get("/two-factor/recovery-codes/download/")
    assert text["Content-Type"].startswith("text/plain")
    assert re.fullmatch(
        r'attachment; filename="Cloud_Panel_recovery_codes_\w+_\d{4}-\d\d-\d\d\.txt"', text["Content-Disposition"]
    )
    assert CODE.findall(text.content.decode()) == text.content.decode().splitlines()[-10:] == new
    active.post("/two-factor/activated/")
    assert active.get("/two-factor/activated/").status_code == 302
    old = active.another_browser()
    old.start_login()
    assert old.post("/login/recovery/", {"recovery_code": active.codes[9], "action": "sign_in"}).status_code == 200
    for code in new:
        browser = active.another_browser()
        browser.start_login()
        assert browser.post("/login/recovery/", {"recovery_code": code, "action": "sign_in"}).url == "/"


@pytest.mark.parametrize("half", ["pending_login", "held"])
def test_log_out_works_while_pending_or_held(half, active, pending):
    person = active.another_browser() if half == "pending_login" else pending
    person.start_login()
    assert person.post("/logout/").url == "/login/"
    assert person.get("/two-factor/setup/").url.startswith("/login/")
    assert person.get("/login/code/").url.startswith("/login/")


def test_each_page_names_whose_log_in_it_is(active):
    browser = active.another_browser()
    browser.start_login()
    for address in ("/login/code/", "/login/recovery/"):
        assert re.search(r"Logging in as ute", words(browser.get(address)))


def test_nothing_is_cached(active):
    for address in (*INSIDE, "/login/", "/two-factor/setup/"):
        assert active.get(address)["Cache-Control"] == "no-store", address
    assert AuditRow.objects.exists()
