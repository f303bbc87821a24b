"""A plan and its reminders to the second, without pages."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import AuditRow, User
from accounts.origin import SERVER, Origin
from tests.factories import make_member
from tests.twofactor.requirement.test_plan import MOMENT, NOW, planned
from twofactor.requirement import plan

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HERE = Origin(ip="192.0.2.1", agent="test")


@pytest.fixture
def lena(clock, contract) -> User:
    return make_member(contract, "lena", email="lena@example.com", two_factor_required=False)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def rows(event: str) -> list[tuple[dict, str, str, str]]:
    found = AuditRow.objects.filter(event=event).order_by("pk")
    return list(found.values_list("detail", "actor_label", "target_label", "ip"))


def set_moment(user: User, moment=MOMENT, actor=None):
    return plan.set_moment(actor=actor, target=fresh(user), moment=moment, origin=HERE)


def test_a_plan_is_one_change_and_the_same_plan_none(lena, owner):
    assert set_moment(lena, actor=owner)
    assert set_moment(lena, actor=owner) is None
    assert set_moment(lena, MOMENT + SECOND, actor=owner)
    first, second = "2027-03-01T08:00:00Z", "2027-03-01T08:00:01Z"
    assert rows("two_factor_planned") == [
        ({"old": "no", "new": first}, "owner", "lena", "192.0.2.1"),
        ({"old": first, "new": second}, "owner", "lena", "192.0.2.1"),
    ]
    assert fresh(lena).two_factor_reminded_at == NOW


def test_only_the_account_that_is_meant_is_planned(lena, contract):
    nora = make_member(contract, "nora", two_factor_required=False)
    set_moment(lena)
    assert fresh(nora).two_factor_required is False
    assert plan.withdraw(actor=None, target=fresh(nora), origin=HERE) is None
    assert plan.withdraw(actor=contract.owner, target=fresh(lena), origin=HERE)
    assert plan.withdraw(actor=None, target=fresh(lena), origin=HERE) is None
    assert fresh(lena).two_factor_required is False
    detail = {"old": "2027-03-01T08:00:00Z", "new": "no"}
    assert rows("two_factor_planned")[-1] == (detail, "owner", "lena", "192.0.2.1")


@pytest.mark.parametrize("at", [timedelta(0), SECOND])
def test_at_the_moment_there_is_nothing_to_plan_or_to_withdraw(lena, clock, at):
    set_moment(lena)
    clock.move_to(MOMENT + at)
    with pytest.raises(plan.AlreadyRequired):
        set_moment(lena, MOMENT + timedelta(days=9))
    assert plan.withdraw(actor=None, target=fresh(lena), origin=HERE) is None
    assert plan.written(fresh(lena)) == "yes"


def test_a_second_before_the_moment_it_can_be_moved_and_withdrawn(lena, clock):
    set_moment(lena)
    clock.move_to(MOMENT - SECOND)
    assert set_moment(lena, MOMENT + timedelta(days=9))
    assert plan.withdraw(actor=None, target=fresh(lena), origin=HERE)


def test_what_was_decided_is_written_as_no_yes_or_the_moment(lena):
    assert plan.written(lena) == "no"
    lena.two_factor_required = True
    assert plan.written(lena) == "yes"
    lena.two_factor_required_from = MOMENT
    assert plan.written(lena) == "2027-03-01T08:00:00Z"
    lena.two_factor_required_from = NOW
    assert plan.written(lena) == "yes"


@pytest.mark.parametrize("before", plan.REMINDERS)
def test_a_reminder_is_due_to_the_second_and_once(lena, clock, before):
    planned(lena)
    clock.move_to(MOMENT - before - SECOND)
    User.objects.filter(pk=lena.pk).update(two_factor_reminded_at=MOMENT - before - plan.NEARLY_ONE_DAY)
    assert plan.send_due_reminders(origin=HERE) == 0
    clock.move_to(MOMENT - before)
    assert plan.send_due_reminders(origin=HERE) == 1
    assert fresh(lena).two_factor_reminded_at == MOMENT - before
    assert plan.send_due_reminders(origin=HERE) == 0
    assert rows("two_factor_reminded") == [({"from": "2027-03-01T08:00:00Z"}, "", "lena", "192.0.2.1")]


def test_who_was_just_told_by_hand_is_told_again_a_day_later_less_two_hours(lena, clock):
    planned(lena)
    clock.move_to(MOMENT - timedelta(hours=20))
    User.objects.filter(pk=lena.pk).update(two_factor_reminded_at=MOMENT - timedelta(hours=42) + SECOND)
    assert plan.send_due_reminders(origin=HERE) == 0
    clock.shift(SECOND)
    assert plan.send_due_reminders(origin=HERE) == 1


def test_who_was_told_at_that_very_second_is_not_told_again(lena, clock):
    planned(lena)
    clock.move_to(MOMENT - timedelta(hours=1))
    User.objects.filter(pk=lena.pk).update(two_factor_reminded_at=MOMENT - plan.REMINDERS[0])
    assert plan.send_due_reminders(origin=SERVER) == 0
    User.objects.filter(pk=lena.pk).update(two_factor_reminded_at=MOMENT - plan.REMINDERS[0] - SECOND)
    assert plan.send_due_reminders(origin=SERVER) == 1


@pytest.mark.parametrize(
    "fields",
    [{"is_active": False}, {"two_factor_active_since": NOW}, {"email": ""}, {"two_factor_required": False}],
    ids=str,
)
def test_who_is_away_ready_without_an_email_or_not_concerned_is_not_reminded(lena, clock, fields):
    planned(lena)
    User.objects.filter(pk=lena.pk).update(**fields)
    clock.move_to(MOMENT - timedelta(hours=1))
    assert plan.send_due_reminders(origin=SERVER) == 0


def test_at_the_moment_nobody_is_reminded_any_more(lena, clock):
    planned(lena)
    clock.move_to(MOMENT)
    assert plan.send_due_reminders(origin=SERVER) == 0


@pytest.mark.parametrize(
    ("fields", "free"),
    [
        ({}, True),
        ({"two_factor_required": True}, False),
        ({"two_factor_required": True, "two_factor_required_from": NOW + SECOND}, True),
        ({"two_factor_required": True, "two_factor_required_from": NOW}, False),
        ({"is_staff": True}, False),
        ({"is_superuser": True}, False),
    ],
    ids=str,
)
def test_who_may_give_2fa_up_by_themselves(lena, contract, fields, free):
    make_member(contract, "nora", two_factor_required=False)
    User.objects.filter(pk=lena.pk).update(**fields)
    with transaction.atomic():
        assert list(plan.free_of(lena)) == ([lena] if free else [])


def test_who_is_no_longer_active_neither_plans_nor_withdraws_nor_reminds(lena, contract, owner):
    nora = make_member(contract, "nora", email="nora@example.com")
    planned(lena)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert set_moment(lena, MOMENT + SECOND, actor=owner) is None
    assert plan.withdraw(actor=owner, target=fresh(lena), origin=HERE) is None
    assert fresh(lena).two_factor_required_from == MOMENT
    assert plan.remind(actor=owner, people=[nora], origin=HERE) == []


# By hand


def remindable(now=NOW) -> set[str]:
    return set(User.objects.filter(plan.remindable(now)).values_list("username", flat=True))


@pytest.mark.parametrize(
    ("fields", "yes"),
    [
        ({}, True),
        ({"two_factor_required_from": MOMENT}, True),
        ({"two_factor_required": False}, False),
        ({"two_factor_active_since": NOW}, False),
        ({"is_active": False}, False),
        ({"email": ""}, False),
        ({"two_factor_reminded_at": NOW - plan.ONE_DAY}, True),
        ({"two_factor_reminded_at": NOW - plan.ONE_DAY + SECOND}, False),
    ],
    ids=str,
)
def test_who_can_be_reminded_by_hand(clock, contract, fields, yes):
    make_member(contract, "nora", **{"email": "nora@example.com"} | fields)
    assert remindable() == ({"nora"} if yes else set())


def test_whom_it_was_mailed_to_is_answered_and_nobody_twice_a_day(clock, contract, owner):
    nora, olaf, pia = (make_member(contract, name, email=f"{name}@example.com") for name in ("nora", "olaf", "pia"))
    User.objects.filter(pk=olaf.pk).update(two_factor_reminded_at=NOW)
    assert plan.remind(actor=owner, people=[pia, olaf, nora], origin=HERE) == [nora, pia]
    assert plan.remind(actor=owner, people=[pia, olaf, nora], origin=HERE) == []
    assert rows("two_factor_reminded") == [({}, "owner", "nora", "192.0.2.1"), ({}, "owner", "pia", "192.0.2.1")]
    clock.move_to(NOW + plan.ONE_DAY)
    assert plan.remind(actor=owner, people=[nora], origin=HERE) == [nora]
