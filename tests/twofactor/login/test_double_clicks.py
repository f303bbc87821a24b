"""Both requests of a double click are read before either is written: nobody is told that their session has ended."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import Session, User
from accounts.origin import SERVER
from accounts.sessions import services as sessions
from tests.factories import make_member
from tests.meanwhile import meanwhile
from tests.people import Person, code_of
from twofactor.login import flow

pytestmark = pytest.mark.django_db
OFFERED = timedelta(days=3)


def twin(person: Person) -> Person:
    """The same browser: what the other half of the double click is sent with."""
    other = person.another_browser()
    other.client.cookies = deepcopy(person.client.cookies)
    return other


def offered_twice(contract) -> tuple[User, Person, Person]:
    """Nina, to whom 2FA is offered after her password, and both halves of a double click there."""
    user = make_member(contract, "nina", two_factor_required_from=timezone.now() + OFFERED)
    nina = Person(user)
    assert nina.start_login().url == "/two-factor/later/"
    return user, nina, twin(nina)


def led_by(person: Person, answer) -> str:
    """Where the page that an answer leads to leads on."""
    return person.get(answer.url).url


def two_sessions(user: User) -> bool:
    """Whether the two sessions of this account have different names, so that the end of one is not that of both."""
    return len(set(Session.objects.filter(user=user, signed_in=True).values_list("sid", flat=True))) == 2


@pytest.mark.parametrize(("typed", "address"), [({}, "/"), ({"action": "set_up"}, "/two-factor/setup/")])
def test_later_twice(contract, typed, address):
    user, nina, other = offered_twice(contract)
    with meanwhile(partial(other.post, "/two-factor/later/", typed), before="UPDATE accounts_user SET last_login"):
        assert nina.post("/two-factor/later/", typed).url == address
    assert nina.is_in()
    assert other.is_in()
    assert two_sessions(user)


def test_log_in_twice_after_logging_out(contract):
    """The page of the login has a session of its own, for the message."""
    user = make_member(contract, "otto", two_factor_required=False)
    otto = Person(user)
    otto.log_in()
    otto.post("/logout/")
    other = twin(otto)
    with meanwhile(other.start_login, before="accounts_attempts"):
        assert otto.start_login().url == "/"
    assert otto.is_in()
    assert other.is_in()
    assert two_sessions(user)


def test_log_in_twice_beside_a_login_that_waits_for_the_code(contract):
    lena = Person(make_member(contract, "lena")).enrol().another_browser()
    assert lena.start_login().url == "/login/code/"
    other = twin(lena)
    with meanwhile(other.start_login, before="accounts_attempts"):
        assert lena.start_login().url == "/login/code/"
    assert lena.get("/login/code/").status_code == 200
    assert other.get("/login/code/").status_code == 200


def test_log_in_twice_beside_the_pending_login_of_somebody_else(contract):
    nina = Person(make_member(contract, "nina", two_factor_required_from=timezone.now() + OFFERED))
    assert nina.start_login().url == "/two-factor/later/"
    nina.username = make_member(contract, "otto", two_factor_required=False).username
    other = twin(nina)
    other.username = nina.username
    with meanwhile(other.start_login, before="accounts_attempts"):
        assert nina.start_login().url == "/"
    assert nina.is_in()
    assert other.is_in()


@pytest.fixture
def before_step(monkeypatch) -> Callable:
    """Does something once, when the next request calls this function of `flow`: outside of its transaction."""

    def before(name: str, change: Callable[[], object]) -> None:
        step = getattr(flow, name)

        def change_first(*args, **kwargs):
            monkeypatch.setattr(flow, name, step)
            change()
            return step(*args, **kwargs)

        monkeypatch.setattr(flow, name, change_first)

    return before


def test_a_recovery_code_twice(contract, clock, before_step):
    lena = Person(make_member(contract, "lena")).enrol().another_browser()
    clock.shift(60)
    lena.start_login()
    other, typed = twin(lena), {"recovery_code": lena.codes[0], "action": "sign_in"}
    before_step("second_factor", partial(other.post, "/login/recovery/", typed))
    assert led_by(lena, lena.post("/login/recovery/", typed)) == "/login/?ended=code-used"
    assert other.is_in()


@pytest.mark.parametrize(
    ("step", "form", "changed", "next_step"),
    [
        ("recovery", {"action": "disable"}, {}, "/two-factor/setup/"),
        ("recovery", {"action": "sign_in"}, {"must_change_password": True}, "/password/new/"),
        ("code", {}, {"must_change_password": True}, "/password/new/"),
    ],
)
def test_a_code_twice_where_another_step_follows(contract, clock, before_step, step, form, changed, next_step):
    lena = Person(make_member(contract, "lena")).enrol().another_browser()
    User.objects.filter(username="lena").update(**changed)
    clock.shift(60)
    lena.start_login()
    other = twin(lena)
    typed = form | ({"code": code_of(lena.key)} if step == "code" else {"recovery_code": lena.codes[0]})
    before_step("second_factor", partial(other.post, f"/login/{step}/", typed))
    answer = lena.post(f"/login/{step}/", typed)
    lena.client.cookies = other.client.cookies  # those of the first answer
    assert led_by(lena, answer) == next_step
    assert lena.get(next_step).status_code == 200


@pytest.mark.parametrize("end", ["by the owner", "by logging out"])
def test_the_other_half_of_a_double_click_brings_no_ended_session_back(contract, before_step, end):
    """It may be a thief's, who has the cookie and is slow to send the form."""
    user, nina, other = offered_twice(contract)

    def logged_in_and_ended() -> None:
        other.post("/two-factor/later/")
        assert other.is_in()
        if end == "by the owner":
            sessions.end_by(None, user, origin=SERVER)
        else:
            other.post("/logout/")

    before_step("advance", logged_in_and_ended)
    assert nina.post("/two-factor/later/").url == "/login/?ended=session"
    assert not nina.is_in()
    assert not Session.objects.filter(user=user).exists()


def test_the_other_half_opens_no_session_once_all_others_were_ended(contract, before_step):
    """Nobody else's form of this login, held open since before, finishes as if it were a double click."""
    user, nina, other = offered_twice(contract)

    def logged_in_and_ended_all_others() -> None:
        other.post("/two-factor/later/")
        other.post("/profile/security/sessions/end-others/")

    before_step("advance", logged_in_and_ended_all_others)
    assert nina.post("/two-factor/later/").url == "/login/?ended=session"
    assert not nina.is_in()
    assert other.is_in()
    assert Session.objects.get(user=user).signed_in
