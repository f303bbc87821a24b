"""Transactions that need the same rows take them in one order, so none of them dies of the others."""

from django.utils import timezone

from accounts.models import Attempts, User
from accounts.origin import Origin
from accounts.outbox.rows import Mailed
from accounts.throttling import budgets, locks
from accounts.throttling.budgets import Attempt, Budget
from accounts.users import services as users
from tests.factories import make_member, make_owner
from tests.people import Person, code_of
from tests.races.conftest import THREADS
from twofactor.requirement import services

ORIGIN = Origin("192.0.2.1")
ROUNDS = 10


def test_budgets_stored_in_another_order_than_that_of_their_keys_lock_nobody_out(at_once):
    """As they lie when one of them is older: an update without order would take them the other way round."""
    counts = sorted((Budget("count", str(n), user_id=1, free=None) for n in range(8)), key=lambda b: b.key)
    for budget in reversed(counts):
        Attempts.objects.create(key=budget.key, kind="count", user_id=1, failures=0, updated_at=timezone.now())

    def work(number: int) -> None:
        for turn in range(ROUNDS):
            attempt = budgets.consume(counts)
            assert isinstance(attempt, Attempt)
            (budgets.refund, budgets.reset)[turn % 2](attempt)

    at_once(work, list(range(THREADS)))

    assert Attempts.objects.count() == len(counts)


def test_an_unlock_meets_tries_under_way_and_neither_dies(at_once):
    counts = [Budget("count", str(n), user_id=1, free=None) for n in range(8)]

    def work(number: int) -> None:
        for _ in range(ROUNDS):
            locks.clear(1) if number % 4 == 0 else budgets.reset(budgets.consume(counts))

    at_once(work, list(range(THREADS)))

    locks.forget(1)
    assert not Attempts.objects.exists()


def _everything_at_once(at_once, last):
    """Codes, recovery codes and `last`, which somebody else does to the account meanwhile."""
    lena = Person(make_member(make_owner().contracts.get())).enrol()
    browsers = [lena.another_browser() for _ in range(10)]
    for browser in browsers:
        browser.start_login()
    posts = [("/login/code/", {"code": code_of(lena.key, n % 2)}) for n in range(5)]
    posts += [("/login/recovery/", {"recovery_code": lena.codes[n], "action": "disable"}) for n in range(2)]
    posts += [("/login/recovery/", {"recovery_code": lena.codes[n], "action": "sign_in"}) for n in range(2, 5)]
    work = [lambda b=b, p=p: b.post(*p).status_code for b, p in zip(browsers, posts, strict=True)]
    target = User.objects.get(username="lena")
    return at_once(lambda act: act(), [*work, lambda: last(target)])


def test_an_account_that_goes_away_while_ten_people_log_in_to_it(at_once):
    def delete(target: User) -> bool:
        return users.delete_user(actor=target.contract.owner, target=target, origin=ORIGIN)

    *answers, deleted = _everything_at_once(at_once, delete)

    assert deleted is True
    assert set(answers) <= {200, 302, 429}
    assert not User.objects.filter(username="lena").exists()


def test_a_reset_while_ten_people_log_in(at_once):
    def reset(target: User) -> Mailed | None:
        return services.reset(actor=target.contract.owner, target=target, origin=ORIGIN)

    *answers, done = _everything_at_once(at_once, reset)

    assert isinstance(done, Mailed)
    assert set(answers) <= {200, 302, 429}
    assert not User.objects.get(username="lena").two_factor_active
