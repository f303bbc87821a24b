"""2FA from a day on, decided and reminded by many at the same moment: one row, one mail."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import AuditRow, OutgoingMail, User
from accounts.origin import SERVER
from accounts.outbox.rows import Mailed
from tests.factories import make_member, make_owner
from tests.races.conftest import THREADS
from twofactor.requirement import plan, services


@pytest.fixture
def owner() -> User:
    return make_owner()


@pytest.fixture
def lena(owner) -> User:
    return make_member(owner.contracts.get(), email="lena@example.com", two_factor_required=False)


def rows(event: str) -> int:
    return AuditRow.objects.filter(event=event).count()


def test_of_twenty_housekeepings_at_once_one_reminds(lena, at_once):
    soon = timezone.now() + timedelta(hours=12)
    long_ago = timezone.now() - timedelta(days=20)
    User.objects.filter(pk=lena.pk).update(
        two_factor_required=True, two_factor_required_from=soon, two_factor_reminded_at=long_ago
    )
    at_once(lambda _: call_command("housekeeping"), list(range(THREADS)))
    assert rows("two_factor_reminded") == 1
    assert OutgoingMail.objects.filter(about=lena).count() == 1


def test_one_plan_made_twenty_times_at_once_is_one_row(lena, at_once):
    moment = timezone.now() + timedelta(days=30)

    def decide(_: int) -> Mailed | None:
        return plan.set_moment(actor=None, target=lena, moment=moment, origin=SERVER)

    assert sum(map(bool, at_once(decide, list(range(THREADS))))) == 1
    assert rows("two_factor_planned") == 1


def test_a_plan_withdrawn_and_made_immediate_at_once_is_one_of_the_two(lena, at_once):
    plan.set_moment(actor=None, target=lena, moment=timezone.now() + timedelta(days=30), origin=SERVER)
    lena.refresh_from_db()

    def decide(number: int) -> Mailed | None:
        return services.set_required(actor=None, target=lena, required=bool(number % 2), origin=SERVER)

    at_once(decide, list(range(THREADS)))
    after = User.objects.get(pk=lena.pk)
    assert after.two_factor_required_from is None
    assert after.two_factor_reminded_at is None


def test_of_twenty_reminders_by_hand_at_once_one_is_mailed(owner, lena, at_once):
    User.objects.filter(pk=lena.pk).update(two_factor_required=True)
    at_once(lambda _: plan.remind(actor=owner, people=[lena], origin=SERVER), list(range(THREADS)))
    assert rows("two_factor_reminded") == 1


def test_a_plan_moved_and_made_at_once_by_two_pages_is_what_the_last_of_them_said(lena, at_once):
    """Two owners' pages, opened before: each writes what it says, one row each, and the reminders fit the plan."""
    moments = [timezone.now() + timedelta(days=days) for days in (10, 20)]
    services.set_required(actor=None, target=lena, required=True, required_from=moments[0], origin=SERVER)
    seen = User.objects.get(pk=lena.pk)

    def decide(number: int) -> Mailed | None:
        return plan.set_moment(actor=None, target=seen, moment=moments[number % 2], origin=SERVER)

    changed = at_once(decide, list(range(THREADS)))
    after = User.objects.get(pk=lena.pk)
    assert after.two_factor_required
    assert after.two_factor_required_from in moments
    assert rows("two_factor_planned") == 1 + sum(map(bool, changed))


def test_housekeeping_beside_the_withdrawal_of_a_plan_reminds_of_no_plan_that_is_gone(lena, at_once):
    soon = timezone.now() + timedelta(hours=12)
    long_ago = timezone.now() - timedelta(days=20)
    User.objects.filter(pk=lena.pk).update(
        two_factor_required=True, two_factor_required_from=soon, two_factor_reminded_at=long_ago
    )
    seen = User.objects.get(pk=lena.pk)
    work = [lambda: call_command("housekeeping")] * 5
    at_once(lambda act: act(), [lambda: plan.withdraw(actor=None, target=seen, origin=SERVER), *work])
    after = User.objects.get(pk=lena.pk)
    assert (after.two_factor_required, after.two_factor_required_from, after.two_factor_reminded_at) == (
        False,
        None,
        None,
    )
    assert rows("two_factor_reminded") <= 1
