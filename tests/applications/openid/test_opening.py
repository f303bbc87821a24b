"""The session behind a token: which one it is, when it is valid, and what use of an application does to it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.clock import SLACK
from accounts.models import Session, User
from accounts.models.session_store import TOUCH_EVERY
from cloudpanel.applications.access import Refusal
from cloudpanel.applications.models import Application, Needs, Who
from cloudpanel.applications.openid import opening
from tests.factories import make_application, make_contract, make_member, make_owner, make_role
from tests.people import Person

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
MINUTE = timedelta(seconds=60)


@pytest.fixture
def lena(clock, contract) -> User:
    return logged_in(make_member(contract, two_factor_required=False))


def logged_in(user: User) -> User:
    Person(user).log_in()
    return User.objects.get(pk=user.pk)


def row_of(user: User) -> Session:
    return Session.objects.get(user=user)


def found(user: User) -> Session | None:
    return opening.session_of(row_of(user).sid, User.objects.get(pk=user.pk))


# Which session


def test_a_session_is_found_by_its_name_and_its_person(lena, owner):
    logged_in(owner)
    assert found(lena) == row_of(lena)
    assert found(owner) == row_of(owner)
    assert opening.session_of("unknown", lena) is None


def test_it_is_that_of_nobody_else_even_under_the_same_password(lena, owner):
    User.objects.filter(pk=owner.pk).update(password=lena.password, stamp=lena.stamp)
    owner.refresh_from_db()
    assert opening.is_of(row_of(lena), owner), "the seal alone does not tell them apart"
    assert opening.session_of(row_of(lena).sid, owner) is None


@pytest.mark.parametrize(
    ("fields", "valid"),
    [
        ({}, True),
        ({"signed_in": False}, False),
        ({"last_seen_at": SECOND - timedelta(minutes=30)}, True),
        ({"last_seen_at": timedelta(minutes=-30)}, False),
        ({"expire_date": SECOND}, True),
        ({"expire_date": timedelta()}, False),
    ],
    ids=str,
)
def test_it_is_valid_within_its_limits(lena, fields, valid):
    times = {name: timezone.now() + at if isinstance(at, timedelta) else at for name, at in fields.items()}
    Session.objects.update(**times)
    assert (found(lena) is not None) is valid


@pytest.mark.parametrize("fields", [{"stamp": 99}, {"is_active": False}, {"password": "!"}], ids=str)
def test_it_ends_when_the_account_changes(lena, fields):
    User.objects.filter(pk=lena.pk).update(**fields)
    assert found(lena) is None
    assert not opening.is_of(row_of(lena), User.objects.get(pk=lena.pk))


def test_a_session_that_says_nothing_of_its_account_is_of_nobody(lena):
    row = row_of(lena)
    assert opening.is_of(row, lena)
    row.session_data = ""
    assert not opening.is_of(row, lena)


# Whether it opens


def refusal(application: Application, user: User | None, **changes) -> Refusal | None:
    asked = {"role_listed": False, "methods": "pwd", "verified": False} | changes
    return opening.refusal(application, user, **asked)


def test_nobody_opens_nothing_and_a_person_what_is_for_them(lena, contract):
    grafana = make_application(contract)
    assert refusal(grafana, None) is Refusal.LOGIN
    assert refusal(grafana, lena) is None
    elsewhere = make_contract(make_owner("other"), "Beta")
    assert refusal(make_application(elsewhere, "https://beta.example.com"), lena) is Refusal.STRANGER


def test_the_role_the_factor_and_the_methods_are_those_that_are_passed(lena, contract):
    grafana = make_application(contract, who=Who.ROLES)
    assert refusal(grafana, lena) is Refusal.ROLE
    assert refusal(grafana, lena, role_listed=True) is None
    lena.two_factor_active_since = timezone.now()
    assert refusal(grafana, lena, role_listed=True) is Refusal.LOGIN
    assert refusal(grafana, lena, role_listed=True, verified=True) is None
    grafana.needs = Needs.PASSKEY
    assert refusal(grafana, lena, role_listed=True, verified=True) is Refusal.PASSKEY
    assert refusal(grafana, lena, role_listed=True, verified=True, methods="pwd hwk") is None


@pytest.mark.parametrize(
    ("ago", "why"),
    [
        (None, None),
        (5 * MINUTE, None),
        (5 * MINUTE + SECOND, Refusal.CONFIRM),
        (-SLACK, None),
        (-SLACK - SECOND, Refusal.CONFIRM),
    ],
)
def test_a_login_begins_with_a_proof_that_is_recent_enough(lena, contract, ago, why):
    grafana = make_application(contract, reauthenticate_minutes=5)
    assert refusal(grafana, lena, proved_at=ago and timezone.now() - ago) is why


def test_a_role_is_listed_by_its_own_application(lena, contract):
    grafana, wiki = make_application(contract), make_application(contract, "https://wiki.example.com")
    grafana.roles.add(lena.role)
    wiki.roles.add(make_role(contract))
    rows = Application.objects.annotate(of_role=opening.listed("pk", "contract__sub_users__role"))
    members = rows.filter(contract__sub_users=lena).order_by("pk").values_list("pk", "of_role")
    assert list(members) == [(grafana.pk, True), (wiki.pk, False)]


# What use does


@pytest.mark.parametrize(("after", "noted"), [(TOUCH_EVERY - SECOND, False), (TOUCH_EVERY, True)])
def test_use_keeps_a_session_and_is_stored_once_a_minute(lena, owner, clock, after, noted):
    logged_in(owner)
    before = row_of(lena).last_seen_at
    clock.shift(after)
    opening.note_use(row_of(lena))
    assert (row_of(lena).last_seen_at == timezone.now()) is noted
    assert row_of(owner).last_seen_at == before


def test_a_login_is_stored_at_its_application_once_a_minute(contract, clock):
    grafana, wiki = make_application(contract), make_application(contract, "https://wiki.example.com")

    def used() -> list:
        return list(Application.objects.order_by("pk").values_list("openid_used_at", flat=True))

    first = timezone.now()
    opening.note_login(grafana)
    assert used() == [first, None]
    grafana.refresh_from_db()
    clock.shift(MINUTE - SECOND)
    opening.note_login(grafana)
    assert used() == [first, None]
    clock.shift(2 * SECOND)
    opening.note_login(grafana)
    assert used() == [timezone.now(), None]
    opening.note_login(wiki)
    assert used() == [timezone.now()] * 2


def test_of_two_logins_at_once_only_one_is_stored(contract, clock):
    grafana = make_application(contract)
    opening.note_login(grafana)
    first = timezone.now()
    clock.shift(SECOND)
    opening.note_login(grafana)
    assert Application.objects.get().openid_used_at == first


def test_a_login_of_a_clock_that_was_ahead_is_stored_anew(contract, clock):
    clock.shift(3600)
    grafana = make_application(contract)
    opening.note_login(grafana)
    grafana.refresh_from_db()
    clock.shift(-3600)
    opening.note_login(grafana)
    assert Application.objects.get().openid_used_at == timezone.now()
