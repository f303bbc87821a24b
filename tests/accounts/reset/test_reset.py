"""The page behind a mailed link: C01, C53, and everything a link can suffer on its way."""

import re
import threading
import time

import pytest
import time_machine
from django.db import connection
from django.test import Client

from accounts.models import Attempts, AuditRow, Session, User
from accounts.passwords import services as passwords
from accounts.reset import links
from tests.factories import PASSWORD, make_member, make_owner
from tests.people import Person, code_of, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
NEW = "seven brave otters juggle"
LINK = re.compile(r"http://127\.0\.0\.1:8000(/password/reset/[^\s\"<]+)")
DEAD = "This link doesn't work"


@pytest.fixture
def owner() -> User:
    return make_owner(email="olivia@example.com")


@pytest.fixture
def lena(owner) -> User:
    return make_member(owner.contracts.get(), email="lena@example.com")


@pytest.fixture
def nina(owner) -> User:
    return make_member(owner.contracts.get(), "nina", email="nina@example.com", two_factor_required=False)


@pytest.fixture
def ask(mailoutbox):
    def ask(user: User) -> str:
        """The path of a link that was just mailed."""
        Client(REMOTE_ADDR="127.0.7.7").post("/password/forgot/", {"username_or_email": user.username})
        return LINK.findall(mailoutbox[-1].body)[-1]

    return ask


def set_password(path: str, password: str = NEW, again: str | None = None, client: Client | None = None):
    data = {"new_password1": password, "new_password2": password if again is None else again}
    return (client or Client()).post(path, data)


def is_dead(path: str) -> bool:
    answers = [Client().get(path), set_password(path, "another fine long password")]
    assert {answer.status_code for answer in answers} <= {200, 404}
    return all(DEAD in words(answer) for answer in answers)


def test_a_reset_never_skips_the_code(lena, ask):
    phone = Person(lena).enrol()
    path = ask(lena)
    browser = Client()
    answer = set_password(path, client=browser)
    assert (answer.status_code, answer.url) == (302, "/login/")
    page = browser.get("/login/")
    assert "Your new password is set. Log in with it." in words(page)
    assert browser.get("/").url.startswith("/login/")
    assert not phone.is_in()
    phone.password = NEW
    assert phone.start_login().url == "/login/code/"
    assert not phone.is_in()
    assert phone.post("/login/code/", {"code": code_of(phone.key)}).url == "/"


def test_who_still_has_to_set_up_is_led_there_after_a_reset(lena, ask):
    set_password(ask(lena))
    person = Person(lena, password=NEW)
    assert person.start_login().url == "/two-factor/setup/"
    assert person.get("/").url == "/two-factor/setup/"


def test_a_link_works_once_and_takes_the_others_with_it(nina, ask):
    person = Person(nina)
    person.log_in()
    first, second = ask(nina), ask(nina)
    assert set_password(second).url == "/login/"
    assert is_dead(first)
    assert is_dead(second)
    assert not person.is_in()
    assert not Session.objects.filter(user=nina).exists()


def test_a_get_spends_nothing(nina, ask):
    path = ask(nina)
    for _ in range(3):
        page = Client().get(path)
        assert page.status_code == 200
        assert b'name="new_password1"' in page.content
        assert Client().head(path).status_code == 200
    assert set_password(path).status_code == 302


def test_a_link_dies_with_a_log_in(nina, ask):
    path = ask(nina)
    Person(nina).log_in()
    assert is_dead(path)


def test_a_link_dies_when_the_account_is_deactivated_and_stays_dead(nina, ask):
    path = ask(nina)
    User.objects.filter(pk=nina.pk).update(is_active=False, stamp=nina.stamp + 1)
    assert is_dead(path)
    User.objects.filter(pk=nina.pk).update(is_active=True, stamp=nina.stamp + 2)
    assert is_dead(path)


def test_a_link_dies_after_an_hour(nina, ask):
    with time_machine.travel(time.time(), tick=False) as clock:
        path = ask(nina)
        clock.shift(3599)
        assert not is_dead_by_get(path)
        clock.shift(2)
        assert is_dead(path)


def is_dead_by_get(path: str) -> bool:
    return DEAD in words(Client().get(path))


def test_broken_links_get_one_page_that_says_what_to_do(nina, lena, ask):
    path = ask(nina)
    uid, token = path.strip("/").split("/")[2:]
    broken = [
        path[:-2] + "/",
        path[:-20] + "/",
        path + path.lstrip("/"),
        f"{path}http://127.0.0.1:8000{path}",
        f"/password/reset/{lena.pk}/{token}/",
        f"/password/reset/{uid}/{token}{token}/",
        f"/password/reset/{'9' * 40}/{token}/",
        f"/password/reset/x/{token}/",
        f"/password/reset/{uid}/%00/",
        f"/password/reset/%F0%9F%94%91/{token}%E2%80%AE/",
        f"/password/reset/{uid}/{'a' * 3000}/",
        f"/password/reset/{uid}/{token}%20/",
    ]
    for address in broken:
        page = Client().get(address)
        assert page.status_code == 404, address
        assert DEAD in words(page)
        assert b'href="/password/forgot/"' in page.content
        assert b'href="/login/"' in page.content
        assert set_password(address).status_code == 404
    assert set_password(path).status_code == 302


def test_somebody_who_is_logged_in_is_not_told_to_log_in(nina, lena, ask):
    for user in (nina, lena):
        path = ask(user)
        assert set_password(path).status_code == 302
    at_work = Person(nina, password=NEW)
    at_work.log_in()
    assert 'href="/login/"' not in at_work.get(path).content.decode()
    assert "To the start page" in words(at_work.get(path))
    half = Person(lena, password=NEW)
    half.start_login()
    for browser in (half.client, Client()):
        assert 'href="/login/"' in browser.get(path).content.decode()


def test_a_link_that_lost_its_last_slash_still_works(nina, ask):
    path = ask(nina)
    answer = Client().get(path.rstrip("/"))
    assert (answer.status_code, answer.url) == (301, path)


def test_a_double_click_changes_the_password_once_and_tells_the_way_on(nina, ask):
    path, browser = ask(nina), Client()
    browser.get(path)
    assert set_password(path, client=browser).url == "/login/"
    again = set_password(path, client=browser)
    assert "Have you just set your password" in words(again)
    assert AuditRow.objects.filter(event="user_password").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_resets_at_once_one_wins(nina, ask):
    paths = [ask(nina), ask(nina)] * 4
    answers, start = [], threading.Barrier(len(paths))

    def race(path: str, password: str) -> None:
        start.wait()
        answers.append((set_password(path, password).status_code, password))
        connection.close()

    threads = [threading.Thread(target=race, args=(path, f"{NEW} {n}")) for n, path in enumerate(paths)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in answers) == [302] + [404] * 7
    winner = next(password for status, password in answers if status == 302)
    assert passwords.verify(User.objects.get(pk=nina.pk), winner)
    assert AuditRow.objects.filter(event="user_password").count() == 1


def test_a_reset_is_one_row_and_one_notice_and_clears_what_was_said_of_the_old_password(nina, ask, mailoutbox):
    User.objects.filter(pk=nina.pk).update(must_change_password=True, password_set_by_other=True)
    set_password(ask(nina))
    nina.refresh_from_db()
    assert not nina.must_change_password
    assert not nina.password_set_by_other
    row = AuditRow.objects.get(event="user_password")
    assert (row.actor_label, row.target_label, row.detail) == ("nina", "nina", {"by": "link"})
    assert [m.subject for m in mailoutbox[1:]] == ["Cloud Panel: Your password was changed"]
    assert NEW not in mailoutbox[1].body


def test_a_reset_brings_back_an_account_whose_password_counts_as_stolen(lena, ask):
    """A hundred wrong codes; after the reset one more is only one."""
    phone = Person(lena).enrol()
    thief = phone.another_browser(ip="127.0.0.66")
    thief.start_login()
    thief.post("/login/code/", {"code": "000000"})
    Attempts.objects.filter(kind="wrong_codes").update(failures=99)
    thief.post("/login/code/", {"code": "000000"})
    assert User.objects.get(pk=lena.pk).password_revoked_at
    phone.post("/logout/")
    assert phone.start_login().status_code == 200
    set_password(ask(lena))
    phone.password = NEW
    phone.start_login()
    phone.post("/login/code/", {"code": "000000"})
    assert User.objects.get(pk=lena.pk).password_revoked_at is None
    assert phone.post("/login/code/", {"code": code_of(phone.key)}).url == "/"


def test_a_reset_does_not_shorten_the_wait_of_the_second_factor(lena, ask):
    phone = Person(lena).enrol()
    thief = phone.another_browser(ip="127.0.0.66")
    thief.start_login()
    for _ in range(5):
        thief.post("/login/code/", {"code": "000000"})
    set_password(ask(lena))
    thief.password = NEW
    assert thief.start_login().url == "/login/code/"
    assert thief.post("/login/code/", {"code": code_of(phone.key)}).status_code == 429


@pytest.mark.parametrize(
    ("first", "second", "words_shown"),
    [
        ("short", "short", "at least 15"),
        (NEW, NEW + "x", "match. Enter the same password twice."),
        ("x" * 4096, "x" * 4096, "at most 1,024"),
        ("lena@example.com lena", "lena@example.com lena", "is too similar to"),
        ("a\0bcdefghijklmnopqrst", "a\0bcdefghijklmnopqrst", "Null characters"),
        ("", "", "required"),
    ],
)
def test_a_bad_password_gets_its_reason_and_the_link_lives_on(lena, ask, first, second, words_shown):
    path = ask(lena)
    page = set_password(path, first, second)
    assert page.status_code == 200
    assert words_shown in words(page)
    assert first not in page.content.decode() or not first
    assert set_password(path).status_code == 302


def test_suggest_fills_in_a_password_as_text_and_spends_nothing(nina, ask):
    path = ask(nina)
    page = Client().post(path, {"suggest": "yes"})
    [suggestion] = set(re.findall(r'value="([a-z2-9]{5}(?:-[a-z2-9]{5}){3})"', page.content.decode()))
    assert set_password(path, suggestion).status_code == 302
    assert passwords.verify(User.objects.get(pk=nina.pk), suggestion)


def test_a_page_with_a_token_keeps_it_to_itself(nina, ask):
    path = ask(nina)
    for page in (Client().get(path), Client().get(path[:-9] + "/"), set_password(path, "short")):
        assert page["Referrer-Policy"] == "no-referrer, strict-origin"
        assert "no-store" in page["Cache-Control"]
    assert "http" not in re.sub(r"http://www\.w3\.org/\S+", "", Client().get(path).content.decode())


def test_the_token_is_in_no_row_of_the_log(nina, ask):
    path = ask(nina)
    set_password(path)
    token = path.strip("/").split("/")[-1]
    rows = AuditRow.objects.all()
    assert "user_password" in [row.event for row in rows]
    assert not [row for row in rows if token in str(vars(row)) or NEW in str(vars(row))]


def test_who_is_logged_in_as_somebody_else_stays_that(owner, nina, ask):
    olivia = Person(owner)
    olivia.log_in()
    assert "In this browser owner is still logged in" in words(set_password(ask(nina), client=olivia.client))
    assert olivia.is_in()


def test_who_is_logged_in_as_the_account_itself_is_logged_out(nina, ask):
    person = Person(nina)
    path = ask(nina)
    person.log_in()
    path = ask(nina)
    assert set_password(path, client=person.client).url == "/login/"
    assert "Your new password is set" in words(person.get("/login/"))
    assert not person.is_in()


def test_a_stale_csrf_token_is_refused_and_spends_nothing(nina, ask):
    path = ask(nina)
    strict = Client(enforce_csrf_checks=True)
    assert set_password(path, client=strict).status_code == 403
    assert set_password(path).status_code == 302


def test_links_have_no_use_for_the_old_password(nina):
    path = links.reset_link(nina).removeprefix("http://127.0.0.1:8000")
    set_password(path)
    assert Person(nina, password=PASSWORD).start_login().status_code == 200
    assert Person(nina, password=NEW).start_login().url == "/"
