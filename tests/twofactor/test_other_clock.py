"""Times that a wrong clock has stored: nothing waits for them, nothing lives until them, and the operator is told."""

import logging
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts import clock
from accounts.models import Attempts, Session, User
from accounts.reset import limits, links
from accounts.sessions import services as sessions
from accounts.throttling import budgets, locks
from accounts.users import queries
from tests.factories import make_member, make_owner
from tests.people import Person, code_of, words
from twofactor import totp
from twofactor.models import Authenticator
from twofactor.requirement import readiness

pytestmark = pytest.mark.django_db
NOW = "2026-11-25 09:00:10 +0000"
A_DAY_AHEAD = "2026-11-26 09:00:10 +0000"
A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def machine():
    """A machine whose clock is a day ahead until it is corrected by `machine.move_to(NOW)`."""
    with time_machine.travel(A_DAY_AHEAD, tick=False) as traveller:
        yield traveller


@pytest.fixture
def lena(machine):
    return Person(make_member(make_owner().contracts.get())).enrol()


def status() -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("twofactor", "status", stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_f11_a_right_code_is_right_after_the_correction(lena, machine, caplog):
    machine.move_to(NOW)
    browser = lena.another_browser()
    with caplog.at_level(logging.WARNING, "cloudpanel.clock"):
        assert browser.log_in().url == "/"
    assert "ahead of this machine's clock" in caplog.text
    assert lena.another_browser().start_login().status_code == 302
    replay = lena.another_browser()
    replay.start_login()
    assert "already used" in words(replay.post("/login/code/", {"code": code_of(lena.key)}))
    machine.shift(30)
    caplog.clear()
    lena.another_browser().log_in()
    assert not caplog.text


def test_f11_a_right_code_does_not_count_towards_a_hundred(lena, machine):
    machine.move_to(NOW)
    lena.another_browser().log_in()
    assert not Attempts.objects.filter(kind="wrong_codes", failures__gt=0).exists()


def test_f11_the_code_of_the_step_that_the_other_clock_took_stays_taken(lena, machine):
    step = Authenticator.objects.get().last_step
    machine.move_to(NOW)
    lena.another_browser().log_in()
    machine.move_to(A_DAY_AHEAD)
    machine.shift(-30)
    browser = lena.another_browser()
    browser.start_login()
    assert totp.code_at(lena.key, step) == code_of(lena.key)
    assert browser.post("/login/code/", {"code": code_of(lena.key)}).status_code == 200


def test_f11_clocks_that_differ_by_little_let_no_code_be_used_twice(lena, machine):
    """Two machines, five minutes apart: what one has taken, the other one does not take."""
    machine.shift(60)
    lena.another_browser().log_in()
    taken = code_of(lena.key)
    machine.shift(-60)
    browser = lena.another_browser()
    browser.start_login()
    machine.shift(-clock.SLACK.total_seconds() + 60)
    assert not Authenticator.objects.get().is_ahead
    machine.shift(clock.SLACK.total_seconds() - 30)
    assert browser.post("/login/code/", {"code": taken}).status_code == 200


def test_f11_s15_a_wait_of_another_clock_is_over(lena, machine):
    stranger = Person("lena", ip="192.0.2.1", password="wrong")
    for _ in range(5):
        stranger.start_login()
    assert stranger.start_login().status_code == 429
    machine.move_to(NOW)
    assert stranger.start_login().status_code == 200
    user = User.objects.get(username="lena")
    assert queries.lock(user).until is None
    assert "waits until" not in status()[0]


@pytest.mark.parametrize("seconds", [901, 86_460, 10**9])
def test_s15_no_stored_moment_makes_a_wait_of_more_than_900_seconds(lena, machine, seconds):
    stranger = Person("lena", ip="192.0.2.1", password="wrong")
    for _ in range(5):
        stranger.start_login()
    Attempts.objects.update(blocked_until=timezone.now() + timedelta(seconds=seconds))
    user = User.objects.get(username="lena")
    assert queries.lock(user).until is None
    assert not queries.ATTENTION["locked"](User.objects.all()).exists()
    assert locks.counted(user.pk).waiting(timezone.now()).count() == 0
    answer = stranger.start_login()
    assert answer.status_code == 200 or int(answer["Retry-After"]) <= 900


def test_s15_a_wait_of_900_seconds_is_one(lena, machine):
    stranger = Person("lena", ip="192.0.2.1", password="wrong")
    for _ in range(5):
        stranger.start_login()
    Attempts.objects.update(blocked_until=timezone.now() + timedelta(seconds=900))
    assert int(stranger.start_login()["Retry-After"]) == 900


def test_f11_failures_of_another_clock_are_forgotten_and_told(lena, machine, caplog):
    stranger = Person("lena", ip="192.0.2.1", password="wrong")
    for _ in range(4):
        stranger.start_login()
    machine.move_to(NOW)
    for _ in range(5):
        assert stranger.start_login().status_code == 200
    assert caplog.text.count("ahead of this machine's clock") == 1
    assert stranger.start_login().status_code == 429


def test_f11_the_count_towards_a_hundred_is_a_number_and_stays(lena, machine):
    """To forget it would give whoever has the password a hundred more."""
    thief = lena.another_browser()
    thief.start_login()
    for _ in range(4):
        thief.post("/login/code/", {"code": "000000"})
    machine.move_to(NOW)
    thief = lena.another_browser()
    thief.start_login()
    thief.post("/login/code/", {"code": "000000"})
    assert Attempts.objects.get(kind="wrong_codes").failures == 5


def test_f11_a_password_that_counts_as_compromised_stays_so(lena, machine):
    User.objects.filter(username="lena").update(password_revoked_at=timezone.now())
    machine.move_to(NOW)
    assert lena.another_browser().start_login().status_code == 200


@pytest.mark.parametrize("kind", ["session", "pending login"])
def test_f11_a_session_of_another_clock_is_over(lena, machine, kind):
    browser = lena if kind == "session" else lena.another_browser()
    if kind == "pending login":
        browser.start_login()
    machine.move_to(NOW)
    page = "/profile/" if kind == "session" else "/login/code/"
    assert browser.get(page).url.startswith("/login/")
    machine.move_to(A_DAY_AHEAD)
    machine.shift(600)
    assert browser.get(page).url.startswith("/login/")


def test_f11_a_session_that_began_under_another_clock_is_over_though_it_was_used_since(lena, machine):
    machine.move_to(NOW)
    Session.objects.update(last_seen_at=timezone.now())
    assert not lena.is_in()


def test_f11_a_session_of_another_clock_is_no_longer_listed_or_counted(lena, machine):
    user = User.objects.get(username="lena")
    assert sessions.living(user).exists()
    machine.move_to(NOW)
    assert not sessions.living(user).exists()
    assert not readiness.readiness_of([user]).online


def test_f11_a_session_begun_by_a_clock_a_little_ahead_lives(lena, machine):
    machine.shift(-240)
    assert lena.is_in()


def test_f11_a_link_of_another_clock_opens_nothing(lena, machine):
    address = links.reset_link(User.objects.get(username="lena")).removeprefix("http://127.0.0.1:8000")
    uid, token = address.strip("/").split("/")[-2:]
    assert links.read_password_link(uid, token)
    machine.move_to(NOW)
    assert links.read_password_link(uid, token) is None


def test_f11_a_link_made_on_a_machine_a_little_ahead_opens_on_the_others(lena, machine):
    user = User.objects.get(username="lena")
    uid, token = links.reset_link(user).strip("/").split("/")[-2:]
    machine.shift(-240)
    assert links.read_password_link(uid, token)


def test_f11_a_login_on_a_machine_a_little_ahead_is_as_fresh_on_the_others(lena, machine):
    """Behind one proxy each request may come to another machine."""
    page = "/profile/security/keys/"
    machine.shift(-1)
    assert lena.get(page).status_code == 200
    lena.get("/profile/")
    machine.shift(-200)
    assert lena.get(page).status_code == 200


def test_f11_after_a_change_on_a_machine_a_little_ahead_the_others_ask_for_nothing(lena, machine):
    new = "seven brave otters"
    form = {"current_password": lena.password, "new_password1": new, "new_password2": new}
    machine.shift(120)
    assert lena.post("/profile/password/", form).url == "/profile/"
    machine.shift(-60)
    assert lena.get("/profile/password/").status_code == 200


def test_f11_links_taken_under_another_clock_leave_their_slots(lena, machine):
    user = User.objects.get(username="lena")
    for _ in range(limits.FOR_ACCOUNT):
        assert limits.for_account(user.pk)
    assert limits.for_account(user.pk) is None
    machine.move_to(NOW)
    assert isinstance(limits.for_account(user.pk), budgets.Attempt)


def test_f11_the_operator_is_told_and_housekeeping_clears_up(lena, machine):
    assert "clock" not in status()[1]
    Person("lena", ip="192.0.2.1", password="wrong").start_login()
    machine.move_to(NOW)
    told = status()[1]
    assert "1 last codes" in told
    assert "counts of failed attempts" in told
    assert "sessions" in told
    call_command("housekeeping", stdout=StringIO())
    assert not Session.objects.exists()
    lena.another_browser().log_in()
    assert not Attempts.objects.filter(updated_at__gt=clock.latest_possible(timezone.now())).exists()
    assert "clock" not in status()[1]
