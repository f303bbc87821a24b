"""`housekeeping` removes what has ended, and nothing that still has an effect."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts.management.commands import housekeeping
from accounts.models import Attempts, Notice, Session
from accounts.throttling import budgets
from accounts.throttling.budgets import Attempt, Budget, Wait
from tests.factories import make_owner
from tests.people import Person
from tests.printed import printed_by
from twofactor.login import throttles

pytestmark = pytest.mark.django_db
_run = partial(printed_by, "housekeeping")

HOUR = timedelta(hours=1)


def _session(key: str, *, seen: timedelta, expires: timedelta) -> None:
    now = timezone.now()
    Session.objects.create(session_key=key, session_data="", last_seen_at=now - seen, expire_date=now + expires)


def _budget(key: str, *, age: timedelta, wait: timedelta | None = None, kind: str = "factor") -> None:
    now = timezone.now()
    until = now + wait if wait else None
    Attempts.objects.create(key=key, kind=kind, failures=6, blocked_until=until, updated_at=now - age)


def _keys(model: type) -> set[str]:
    return set(model.objects.values_list("pk", flat=True))


def test_sessions_past_either_limit_go() -> None:
    _session("idle", seen=timedelta(minutes=31), expires=HOUR)
    _session("over", seen=timedelta(0), expires=-timedelta(seconds=1))
    _session("alive", seen=timedelta(minutes=29), expires=timedelta(minutes=1))
    assert _run() == "Removed 2 ended sessions, 0 forgotten budgets, 0 old notices and 0 finished mails.\n"
    assert _keys(Session) == {"alive"}


def test_who_is_in_stays_in() -> None:
    olivia = Person(make_owner())
    olivia.log_in()
    _run()
    assert olivia.is_in()


def test_budgets_without_a_failure_for_a_day_go() -> None:
    _budget("old", age=25 * HOUR)
    _budget("waited", age=25 * HOUR, wait=-HOUR)
    _budget("recent", age=23 * HOUR)
    assert "2 forgotten budgets" in _run()
    assert _keys(Attempts) == {"recent"}


def test_a_running_wait_stays_however_old_its_budget() -> None:
    _budget("waits", age=300 * HOUR, wait=timedelta(minutes=1))
    _run()
    assert _keys(Attempts) == {"waits"}


def test_the_count_towards_a_hundred_stays() -> None:
    _budget("hundred", age=9000 * HOUR, kind=throttles.WRONG_CODES)
    _run()
    assert _keys(Attempts) == {"hundred"}


def test_no_wait_becomes_shorter() -> None:
    """What the budget of a removed row does next is what it would have done with the row."""
    budget = Budget("factor", "somebody")
    for _ in range(4):
        budgets.consume([budget])
    Attempts.objects.update(updated_at=timezone.now() - 25 * HOUR)
    _run()
    answers = [budgets.consume([budget]) for _ in range(6)]
    assert all(isinstance(answer, Attempt) for answer in answers[:5])
    assert isinstance(answers[5], Wait)


def test_notices_wait_for_a_year() -> None:
    user = make_owner()
    kept = Notice.objects.create(user=user, event="user_password", at=timezone.now() - timedelta(days=365))
    Notice.objects.create(user=user, event="user_password", at=timezone.now() - timedelta(days=367))
    assert "1 old notices" in _run()
    assert _keys(Notice) == {kept.pk}


def test_batches_remove_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 3)
    for number in range(8):
        _budget(f"old{number}", age=25 * HOUR)
    assert "8 forgotten budgets" in _run()
    assert not _keys(Attempts)


def test_a_row_that_comes_to_life_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    _budget("old", age=25 * HOUR)
    rows = housekeeping.forgotten_budgets()
    listed = list(rows.values_list("pk", flat=True))
    Attempts.objects.update(updated_at=timezone.now())
    assert rows.filter(pk__in=listed).delete()[0] == 0


def test_once_more_finds_nothing() -> None:
    _session("idle", seen=HOUR, expires=HOUR)
    _run()
    assert _run() == "Removed 0 ended sessions, 0 forgotten budgets, 0 old notices and 0 finished mails.\n"
