"""Which sessions count as recently confirmed, to the second."""

import pytest
import time_machine
from django.http import HttpRequest

from twofactor.login import freshness

NOW = 1_800_000_000


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def request_with(**content: int) -> HttpRequest:
    request = HttpRequest()
    request.session = content
    return request


def test_a_session_that_was_never_confirmed_is_not():
    request = request_with()
    assert not freshness.confirmed_recently(request)
    freshness.extend_confirmation(request)
    assert request.session == {}, "and no action makes it one"
    assert not freshness.confirmed_recently(request_with(confirmation_extended_at=NOW))


def test_a_confirmation_lasts_less_than_five_minutes(clock):
    request = request_with()
    freshness.confirm_now(request)
    assert request.session == {"confirmed_at": NOW}
    clock.move_to(NOW + 299)
    assert freshness.confirmed_recently(request)
    clock.move_to(NOW + 300)
    assert not freshness.confirmed_recently(request)


def test_actions_prolong_it_up_to_thirty_minutes(clock):
    request = request_with()
    freshness.confirm_now(request)
    for minute in range(4, 30, 4):
        clock.move_to(NOW + minute * 60)
        freshness.extend_confirmation(request)
        assert request.session == {"confirmed_at": NOW, "confirmation_extended_at": NOW + minute * 60}
    clock.move_to(NOW + 1799)
    assert freshness.confirmed_recently(request)
    clock.move_to(NOW + 1800)
    assert not freshness.confirmed_recently(request)


def test_a_confirmation_after_an_action_counts_from_itself(clock):
    request = request_with(confirmation_extended_at=NOW - 600)
    freshness.confirm_now(request)
    assert freshness.confirmed_recently(request)
