"""Edge cases of budgets: ended waits, others' waits, a late refund, what consumes nothing."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest

from accounts import clock as clock_of_the_panel
from accounts.models import Attempts
from accounts.throttling import budgets, locks
from accounts.throttling.budgets import Attempt, Budget, Wait
from accounts.users import queries
from tests.factories import make_member, make_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HERE = Budget("here", "a")
WIDE = Budget("wide", "a", free=20)
ADDRESS = Budget("address", "10.0.0.1", free=100, forgotten_after=timedelta(hours=1), reset_by_success=False)


@pytest.fixture
def lena():
    return make_member(make_owner().contracts.get())


def fail(*counted: Budget, times: int = 1) -> Attempt | Wait:
    for _ in range(times):
        outcome = budgets.consume(counted)
    return outcome


def failures(budget: Budget) -> int | None:
    return Attempts.objects.filter(key=budget.key).values_list("failures", flat=True).first()


def test_a_wait_of_somebody_else_is_never_stated(clock):
    """Nor is it taken for noted: its own first refusal is still worth its row."""
    fail(HERE, times=5)
    clock.shift(10)
    stranger = Budget("here", "b")
    fail(stranger, times=5)
    assert fail(HERE) == Wait(20, first=True)
    assert fail(stranger) == Wait(30, first=True)


def test_a_wait_that_nobody_met_is_no_news_once_it_is_over(clock):
    fail(HERE, times=5)
    clock.shift(31)
    other = Budget("here", "b")
    fail(other, times=5)
    assert fail(other) == Wait(30, first=True)
    assert fail(HERE, other) == Wait(30, first=False)


def test_the_longest_of_several_waits_is_stated_whichever_began_first(clock):
    other = Budget("here", "b")
    fail(HERE, times=5)
    clock.shift(10)
    fail(other, times=5)
    assert fail(HERE, other).seconds == 30


def test_nobody_waits_less_than_a_second(clock):
    fail(HERE, times=5)
    clock.shift(29.5)
    assert fail(HERE).seconds == 1


def test_a_part_of_a_second_is_a_whole_one_to_wait(clock):
    fail(HERE, times=5)
    clock.shift(10.4)
    assert fail(HERE).seconds == 20


def test_giving_back_ends_no_wait_that_somebody_else_began_at_that_very_moment():
    shared = Budget("shared", "a")
    fail(HERE, times=4)
    fail(shared, times=3)
    mine = fail(HERE, shared)
    fail(shared)
    budgets.refund(mine)
    assert isinstance(fail(HERE), Attempt)
    assert isinstance(fail(shared), Wait)


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_however_often_a_try_is_given_back_nothing_is_owed(times):
    attempt = fail(HERE)
    for _ in range(times):
        budgets.refund(attempt)
    assert failures(HERE) == 0


def test_a_try_given_back_late_leaves_the_later_failure_its_hour(clock):
    early = fail(ADDRESS)
    clock.shift(timedelta(minutes=30))
    fail(ADDRESS)
    budgets.refund(early)
    clock.shift(timedelta(minutes=59))
    fail(ADDRESS)
    assert failures(ADDRESS) == 2


def test_what_was_not_consumed_has_no_failures():
    assert fail(HERE).failures("wide") == 0


def test_the_failures_of_each_kind_are_told_apart():
    fail(WIDE, times=3)
    attempt = fail(HERE, WIDE)
    assert (attempt.failures("here"), attempt.failures("wide")) == (1, 4)


def test_a_part_of_an_attempt_is_refunded_alone():
    attempt = fail(HERE, WIDE)
    budgets.refund(attempt.only("wide"))
    assert (failures(HERE), failures(WIDE)) == (1, 0)


def test_a_part_of_an_attempt_ends_the_wait_that_this_part_began(clock):
    fail(ADDRESS, times=100)
    clock.shift(30)
    attempt = fail(HERE, ADDRESS)
    assert isinstance(fail(ADDRESS), Wait)
    budgets.refund(attempt.only("address"))
    assert isinstance(fail(ADDRESS), Attempt)
    assert failures(HERE) == 1


def test_a_part_given_back_is_as_if_it_had_never_been_tried(clock):
    """The hour without failure runs from the failure before."""
    fail(ADDRESS)
    clock.shift(timedelta(minutes=40))
    budgets.refund(fail(HERE, ADDRESS).only("address"))
    clock.shift(timedelta(minutes=21))
    fail(ADDRESS)
    assert failures(ADDRESS) == 1


def test_a_new_password_forgets_every_failure_of_the_account_and_no_other(lena):
    otto = make_member(lena.contract, "otto")
    mine = [Budget("here", "lena", lena.pk), Budget("wrong_codes", "lena", lena.pk, free=None, forgotten_after=None)]
    theirs = Budget("here", "otto", otto.pk)
    fail(*mine, times=5)
    fail(theirs, times=5)
    locks.forget(lena.pk)
    assert [failures(budget) for budget in mine] == [None, None]
    assert failures(theirs) == 5


def test_an_account_is_locked_only_as_long_as_its_wait_runs(lena, clock):
    fail(Budget("here", "lena", lena.pk), times=5)
    clock.shift(29)
    assert queries.lock(lena).until is not None
    clock.shift(1)
    assert queries.lock(lena).until is None


def test_an_account_is_locked_until_its_longest_wait_is_over(lena, clock):
    first, second = Budget("here", "lena", lena.pk), Budget("here", "lena elsewhere", lena.pk)
    fail(first, times=5)
    clock.shift(10)
    fail(second, times=5)
    assert queries.lock(lena).until == budgets.timezone.now() + timedelta(seconds=30)


def test_unlocking_counts_only_the_waits_that_still_run(lena, clock):
    first, second = Budget("here", "lena", lena.pk), Budget("here", "lena elsewhere", lena.pk)
    fail(first, times=5)
    clock.shift(30)
    fail(second, times=5)
    assert locks.clear(lena.pk) == 1
    assert (failures(first), failures(second)) == (None, None)


def test_a_wait_is_not_noted_unless_it_is_said_to_be():
    assert not Wait(30).first


def test_budgets_waits_and_attempts_can_not_be_changed_by_whoever_holds_them():
    attempt = fail(HERE)
    for held, name in ((HERE, "free"), (Wait(1), "seconds"), (attempt, "at")):
        with pytest.raises(FrozenInstanceError):
            setattr(held, name, 0)


def test_failures_of_another_clock_are_forgotten_and_told_by_their_kinds(clock, caplog):
    fail(WIDE, HERE, times=3)
    clock.shift(-clock_of_the_panel.SLACK)
    assert fail(HERE).failures("here") == 4, "so far two clocks may differ"
    clock.shift(-clock_of_the_panel.SLACK * 2)
    assert not caplog.text
    again = fail(WIDE, HERE)
    assert (again.failures("here"), again.failures("wide")) == (1, 1)
    assert "The last failed attempt (here, wide) is ahead of this machine's clock" in caplog.text


def test_a_wait_of_another_clock_is_not_waited_for(clock):
    fail(HERE, times=5)
    clock.shift(-budgets.LONGEST_WAIT)
    assert isinstance(fail(HERE), Attempt)
