"""Budgets of failures: the numbers, who pays, what is refunded."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import Attempts
from accounts.throttling import budgets, locks
from accounts.throttling.budgets import Attempt, Budget, Wait
from accounts.users import queries
from tests.factories import make_member, make_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HERE = Budget("here", "a")
WIDE = Budget("wide", "a", free=20)
ADDRESS = Budget("address", "10.0.0.1", free=100, forgotten_after=timedelta(hours=1), reset_by_success=False)
COUNT = Budget("count", "a", free=None, forgotten_after=None)


def fail(*counted: Budget, times: int = 1) -> Attempt | Wait:
    for _ in range(times):
        outcome = budgets.consume(counted)
    return outcome


def is_waiting(*counted: Budget) -> bool:
    return Attempts.objects.filter(key__in=[b.key for b in counted], blocked_until__isnull=False).exists()


def failures(budget: Budget) -> int:
    return Attempts.objects.filter(key=budget.key).values_list("failures", flat=True).first() or 0


@pytest.mark.parametrize("budget", [HERE, WIDE, ADDRESS])
def test_the_last_free_failure_starts_the_first_wait(budget):
    assert isinstance(fail(budget, times=budget.free - 1), Attempt)
    assert not is_waiting(budget)
    assert isinstance(fail(budget), Attempt)
    assert fail(budget) == Wait(30, first=True)


def test_each_later_failure_starts_a_wait_twice_as_long_up_to_15_minutes(clock):
    fail(HERE, times=5)
    waits = []
    for _ in range(8):
        wait = fail(HERE)
        waits.append(wait.seconds)
        clock.shift(wait.seconds)
        assert isinstance(fail(HERE), Attempt)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_thousand_failures_wait_no_longer_than_15_minutes():
    assert HERE.wait_after(10**9) == 900


def test_a_wait_counts_down_and_ends_on_the_second(clock):
    fail(HERE, times=5)
    clock.shift(29)
    assert fail(HERE) == Wait(1, first=True)
    clock.shift(1)
    assert isinstance(fail(HERE), Attempt)


def test_a_refused_try_books_nothing_and_extends_nothing(clock):
    fail(HERE, WIDE, times=5)
    for _ in range(100):
        assert isinstance(fail(HERE, WIDE), Wait)
    assert (failures(HERE), failures(WIDE)) == (5, 5)
    clock.shift(30)
    assert isinstance(fail(HERE, WIDE), Attempt)


def test_an_attempt_is_consumed_from_none_while_any_of_its_budgets_waits():
    fail(WIDE, times=20)
    others = [Budget("here", name) for name in "bcdefghijk"]
    for other in others:
        assert isinstance(fail(other, WIDE), Wait)
    assert not any(failures(other) for other in others)


def test_of_several_waits_the_longest_is_stated():
    fail(HERE, times=5)
    long = Budget("here", "b")
    Attempts.objects.create(
        key=long.key,
        kind="here",
        failures=9,
        updated_at=budgets.timezone.now(),
        blocked_until=budgets.timezone.now() + timedelta(seconds=480),
    )
    assert fail(HERE, long).seconds == 480


def test_only_the_first_refusal_of_a_wait_is_worth_a_row(clock):
    fail(HERE, times=5)
    assert [fail(HERE).first for _ in range(3)] == [True, False, False]
    clock.shift(30)
    fail(HERE)
    assert [fail(HERE).first for _ in range(3)] == [True, False, False]


def test_failures_are_forgotten_after_24_hours(clock):
    fail(HERE, times=4)
    clock.shift(timedelta(hours=24))
    fail(HERE)
    assert failures(HERE) == 5
    clock.shift(timedelta(hours=24, seconds=1))
    fail(HERE)
    assert failures(HERE) == 1


def test_the_address_forgets_after_an_hour(clock):
    fail(ADDRESS, times=99)
    clock.shift(timedelta(hours=1, seconds=1))
    fail(ADDRESS)
    assert failures(ADDRESS) == 1


def test_the_address_forgets_after_an_hour_without_failure_though_others_log_in_meanwhile(clock):
    fail(ADDRESS, times=99)
    for _ in range(7):
        clock.shift(timedelta(minutes=10))
        budgets.reset(fail(ADDRESS))
    fail(ADDRESS)
    assert failures(ADDRESS) == 1


def test_the_count_of_a_hundred_is_never_forgotten_and_never_waits(clock):
    fail(COUNT, times=99)
    clock.shift(timedelta(days=3000))
    assert fail(COUNT).failures("count") == 100
    assert not is_waiting(COUNT)


def test_a_success_resets_what_belongs_to_the_account():
    attempt = fail(HERE, WIDE, COUNT, times=5)
    budgets.reset(attempt)
    assert (failures(HERE), failures(WIDE), failures(COUNT)) == (0, 0, 0)
    assert isinstance(fail(HERE, WIDE, COUNT, times=4), Attempt)


def test_a_success_gives_the_address_only_its_own_try_back():
    budgets.reset(fail(HERE, ADDRESS, times=4))
    assert failures(HERE) == 0
    assert failures(ADDRESS) == 3


def test_a_success_ends_the_wait_that_its_own_attempt_began():
    budgets.reset(fail(ADDRESS, times=100))
    assert failures(ADDRESS) == 99
    assert not is_waiting(ADDRESS)


def test_what_is_given_back_costs_nothing():
    for _ in range(50):
        budgets.refund(fail(HERE, COUNT))
    assert (failures(HERE), failures(COUNT)) == (0, 0)


def test_a_refund_ends_the_wait_that_this_attempt_began():
    budgets.refund(fail(HERE, times=5))
    assert not is_waiting(HERE)
    assert failures(HERE) == 4


def test_a_refund_does_not_end_the_wait_of_another_attempt(clock):
    early = fail(HERE)
    fail(HERE, times=4)
    budgets.refund(early)
    assert failures(HERE) == 4
    assert isinstance(fail(HERE), Wait)


def test_refunding_an_old_attempt_does_not_end_a_later_wait(clock):
    fail(HERE, times=4)
    fifth = fail(HERE)
    clock.shift(30)
    fail(HERE)
    budgets.refund(fifth)
    assert fail(HERE).seconds == 60


def test_a_refund_never_counts_below_zero():
    attempt = fail(HERE)
    for _ in range(3):
        budgets.refund(attempt)
    assert failures(HERE) == 0
    assert isinstance(fail(HERE, times=4), Attempt)
    assert not is_waiting(HERE)


def test_a_key_tells_nothing_of_the_name_it_counts():
    fail(Budget("here", "lena"))
    key = Attempts.objects.get().key
    assert "lena" not in key
    assert len(key) == 64


def test_budgets_of_other_kinds_and_subjects_are_others():
    keys = {Budget(kind, subject).key for kind in "ab" for subject in "cd"}
    assert len(keys) == 4


def test_unlocking_forgets_the_account_and_nobody_else():
    contract = make_owner().contracts.get()
    lena, otto = make_member(contract), make_member(contract, "otto")
    ours, theirs = Budget("here", "lena", lena.pk), Budget("here", "otto", otto.pk)
    fail(ours, times=5)
    fail(theirs, times=5)
    assert queries.lock(lena).until == budgets.timezone.now() + timedelta(seconds=30)
    assert locks.clear(lena.pk) == 1
    assert queries.lock(lena).until is None
    assert isinstance(fail(ours), Attempt)
    assert isinstance(fail(theirs), Wait)


def test_unlocking_does_not_forget_the_count_of_a_hundred():
    """Only a right code does, or the reset of the password."""
    lena = make_member(make_owner().contracts.get())
    count = Budget("wrong_codes", str(lena.pk), lena.pk, free=None, forgotten_after=None)
    fail(count, times=99)
    locks.clear(lena.pk)
    assert fail(count).failures("wrong_codes") == 100


@pytest.mark.django_db(transaction=True)
def test_consuming_refuses_to_be_part_of_a_transaction_that_could_take_it_back():
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        budgets.consume([HERE])
