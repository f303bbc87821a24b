"""An application's request on its way through pages: what it keeps, and what counts as answered or proved."""

import time
from datetime import UTC, datetime

import pytest

from accounts import sealing
from accounts.gate.redirects import NEXT_MAX_LENGTH
from accounts.models import User
from cloudpanel.applications.openid.carried_request import PROOF_SECONDS, CarriedRequest, resume, seal, unseal
from cloudpanel.applications.openid.errors import PageError

LENA, MIA = User(pk=1), User(pk=2)
WHOLE = CarriedRequest(
    "client_id=x&scope=openid", since=5.5, sid="s1d", seen=4.0, answered=("consent", "select_account"), user_id=7
)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(time.time() + seconds, UTC)


def test_a_request_is_the_same_when_it_comes_back():
    for carried in (WHOLE, CarriedRequest("")):
        sealed = seal(carried)
        assert unseal(sealed) == carried
        assert not sealed.endswith("=")
        assert "scope" not in sealed
        assert resume(sealed) == f"/openid/authorize/{sealed}/"
    assert WHOLE.data.dict() == {"client_id": "x", "scope": "openid"}


def test_a_request_of_any_length_comes_back():
    for length in range(0, 200, 8):
        carried = CarriedRequest("a" * length)
        assert unseal(seal(carried)) == carried


def test_only_the_padding_is_left_out(monkeypatch):
    monkeypatch.setattr(sealing, "seal", lambda text, purpose: "gAAX==")
    assert seal(WHOLE) == "gAAX"


def test_what_the_panel_has_not_sealed_or_for_something_else_is_none():
    assert unseal("") is None
    assert unseal(seal(WHOLE)[:-1]) is None
    assert unseal(sealing.seal("{}", purpose="login.hint")) is None
    assert unseal(sealing.seal("{}")) is None


def test_a_request_that_makes_its_address_too_long_is_refused():
    assert unseal(seal(CarriedRequest("a" * 2000)))
    with pytest.raises(PageError):
        seal(CarriedRequest("a" * NEXT_MAX_LENGTH))


@pytest.mark.parametrize(
    ("since", "proved", "counts"),
    [
        (-10, -10, True),
        (-10, -5, True),
        (-10, -11, False),
        (-PROOF_SECONDS + 1, 0, True),
        (-PROOF_SECONDS, 0, False),
    ],
)
def test_a_login_counts_if_it_came_after_it_was_asked_for_and_soon(clock, since, proved, counts):
    carried = CarriedRequest("", since=time.time() + since)
    assert carried.is_proved_by("sid", at(proved)) is counts


@pytest.mark.parametrize(
    ("sid", "proved", "counts"),
    [("sid", -3, False), ("sid", 0, True), ("sid", -60, True), ("other", -1, False), ("other", 0, True)],
)
def test_in_the_session_asked_any_other_proof_counts_and_elsewhere_only_a_later_one(clock, sid, proved, counts):
    asked = CarriedRequest("").ask(sid="sid", at=at(-3))
    assert asked.is_proved_by(sid, at(proved)) is counts


def test_a_proof_by_a_clock_ahead_is_not_the_one_asked_for_later(clock):
    assert CarriedRequest("").ask(sid="sid", at=at(60)).is_proved_by("sid", at(60)) is False


def test_a_proof_in_the_second_of_the_request_counts(clock):
    assert CarriedRequest("").ask(sid="sid", at=at(0)).is_proved_by("sid", at(0)) is True


def test_a_request_for_a_confirmation_is_limited_too(clock):
    asked = CarriedRequest("").ask(sid="sid", at=at(-3))
    clock.shift(PROOF_SECONDS)
    assert asked.is_proved_by("sid", at(0)) is False


def test_no_login_counts_where_none_was_asked_for(clock):
    assert CarriedRequest("").is_proved_by("sid", at(0)) is False
    assert CarriedRequest("").is_proved_by("", at(0)) is False


def test_an_answer_is_that_of_one_person_to_one_question():
    asked = CarriedRequest("q", since=5)
    assert not asked.has_answered("consent", LENA)
    answered = asked.answer("consent", LENA)
    assert answered == CarriedRequest("q", since=5, answered=("consent",), user_id=1)
    assert answered.has_answered("consent", LENA)
    assert not answered.has_answered("select_account", LENA)
    assert not answered.has_answered("consent", MIA)


def test_both_questions_are_answered_by_the_same_person():
    first = CarriedRequest("q").answer("select_account", LENA)
    assert first.answer("consent", LENA).answered == ("select_account", "consent")
    assert first.answer("consent", MIA) == CarriedRequest("q", answered=("consent",), user_id=2)


def test_where_nobody_was_logged_in_only_the_time_is_kept(clock):
    assert CarriedRequest("").ask() == CarriedRequest("", since=int(time.time()), sid="", seen=0)
