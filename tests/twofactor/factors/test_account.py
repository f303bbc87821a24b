"""The factors of an account as a whole: what activates it, what it was proved by, what takes everything away."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Notice, Session, User
from tests.factories import make_member, make_owner
from twofactor import totp
from twofactor.factors import account, app, recovery_codes, security_keys
from twofactor.factors.account import ProvedBy
from twofactor.keys.models import SecurityKey
from twofactor.models import Authenticator, RecoveryCode

pytestmark = pytest.mark.django_db
KEY, CODE = f"{security_keys.NAME}/7", f"{recovery_codes.NAME}/7"


@pytest.fixture
def lena() -> User:
    return make_member(make_owner().contracts.get(), known_browsers="a" * 24, setup_browser="b" * 24)


def store_app(user: User) -> None:
    app.store(user, totp.new_key(), 0)


def activate(user: User, store=store_app, **more):
    with transaction.atomic():
        return account.activate(user, store, **more)


def row(user: User) -> User:
    return User.objects.get(pk=user.pk)


def add_key(user: User) -> None:
    facts = {"cose_key": b"", "rp_id": "localhost", "verified": True, "backup_eligible": False, "backed_up": False}
    SecurityKey.objects.create(user=user, credential_id="AA", name="Blue key", aaguid="", **facts)
    security_keys.recount(user)


# Activation


def test_activation_is_written_to_the_row_and_to_what_was_read_of_it(lena):
    activated = activate(lena)
    assert (len(activated.codes), activated.logged_in, activated.notice_waits) == (10, False, False)
    for user in (lena, row(lena)):
        assert (user.stamp, user.known_browsers, user.setup_browser, user.last_login) == (1, "", "", None)
        assert user.two_factor_active
    assert lena.two_factor_active_since == row(lena).two_factor_active_since


def test_activation_leaves_only_the_browser_known_that_is_given(lena):
    activate(lena, known_browsers="c" * 24)
    assert row(lena).known_browsers == lena.known_browsers == "c" * 24


def test_activation_that_completes_a_login_is_the_last_login_too(lena):
    activate(lena, begun=timezone.now())
    assert lena.last_login is not None
    assert lena.last_login == lena.two_factor_active_since == row(lena).last_login


def test_a_factor_beside_another_keeps_the_date_and_replaces_the_codes(lena):
    first = activate(lena)
    since = lena.two_factor_active_since
    second = activate(lena, add_key)
    assert lena.two_factor_active_since == row(lena).two_factor_active_since == since
    assert RecoveryCode.objects.filter(user=lena).count() == 10
    assert not recovery_codes.spend_code(lena, first.codes[0])
    assert recovery_codes.spend_code(lena, second.codes[0])


CHANGED = [{"stamp": 5}, {"password": "md5$another"}, {"is_active": False}]


@pytest.mark.parametrize("change", CHANGED, ids=str)
def test_an_account_that_has_changed_is_not_activated(lena, change):
    before = lena.stamp
    User.objects.filter(pk=lena.pk).update(**change)
    assert activate(lena) is None
    assert (lena.stamp, lena.two_factor_active, row(lena).two_factor_active) == (before, False, False)
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()


def test_a_blocked_password_completes_no_login_and_is_no_matter_to_who_is_in(lena):
    User.objects.filter(pk=lena.pk).update(password_revoked_at=timezone.now())
    assert activate(lena, begun=timezone.now()) is None
    assert activate(lena) is not None


@pytest.mark.parametrize(
    ("signed_in", "whose", "told"), [(True, "lena", True), (False, "lena", False), (True, "lars", False)]
)
def test_whether_the_account_had_sessions_is_told(lena, signed_in, whose, told):
    make_member(lena.contract, "lars")
    user = User.objects.get(username=whose)
    Session.objects.create(session_key="s" * 32, expire_date=timezone.now(), user=user, signed_in=signed_in)
    assert activate(lena).logged_in is told


@pytest.mark.parametrize(
    ("earlier", "whose", "told"), [(1, "lena", True), (0, "lena", False), (-1, "lena", False), (1, "lars", False)]
)
def test_whether_a_notice_waits_from_before_this_login_is_told(lena, earlier, whose, told):
    make_member(lena.contract, "lars")
    begun = timezone.now()
    user = User.objects.get(username=whose)
    Notice.objects.create(user=user, event="two_factor_planned", at=begun - timedelta(seconds=earlier))
    assert activate(lena, begun=begun).notice_waits is told


# What it was proved by


def test_an_app_that_is_confirmed_proves_by_its_id_alone(lena):
    activate(lena)
    device = lena.authenticator
    assert account.device_of(lena, device.persistent_id) == device
    for other in (None, "", f"{device.persistent_id}0", f"{app.NAME}/0", app.NAME):
        assert account.device_of(lena, other) is None
    device.confirmed = False
    assert account.device_of(lena, device.persistent_id) is None


@pytest.mark.parametrize("device_id", [KEY, CODE])
def test_a_key_or_a_recovery_code_proves_while_two_factor_authentication_is_active(lena, device_id):
    assert account.device_of(lena, device_id) is None
    activate(lena, add_key)
    assert account.device_of(lena, device_id) == ProvedBy(device_id, lena.pk)
    for other in (f"x{device_id}", f"other/{device_id}", "/", device_id.replace("/", "")):
        assert account.device_of(lena, other) is None


def test_a_recovery_code_stands_in_for_the_app_where_there_is_one(lena):
    assert account.stand_in(lena) == f"{recovery_codes.NAME}/{lena.pk}"
    activate(lena)
    assert account.stand_in(lena) == lena.authenticator.persistent_id


def test_it_is_active_by_the_date_or_by_an_app(lena):
    assert not account.is_active(lena)
    lena.two_factor_active_since = timezone.now()
    assert account.is_active(lena)
    lena.two_factor_active_since = None
    store_app(lena)
    assert account.is_active(lena)


# What takes everything away


@pytest.fixture
def full(lena) -> User:
    """Has an app, a key and codes."""
    activate(lena)
    activate(lena, add_key)
    User.objects.filter(pk=lena.pk).update(known_browsers="a" * 24, setup_browser="b" * 24)
    return row(lena)


def kept(user: User) -> list[int]:
    return [model.objects.filter(user=user).count() for model in (Authenticator, SecurityKey, RecoveryCode)]


@pytest.mark.parametrize("take_away", [account.clear, account.give_up])
def test_every_factor_goes_and_the_stamp_with_it(full, take_away):
    assert kept(full) == [1, 1, 10]
    stamp = full.stamp
    with transaction.atomic():
        take_away(full)
    after = row(full)
    assert kept(full) == [0, 0, 0]
    assert (after.stamp, after.known_browsers, after.setup_browser, after.key_count) == (stamp + 1, "", "", 0)
    assert not after.two_factor_active


def test_ones_own_are_given_up_only_by_who_is_as_they_were_read(full):
    stale = row(full)
    User.objects.filter(pk=full.pk).update(stamp=full.stamp + 1)
    with transaction.atomic():
        assert account.give_up(stale) is False
    assert kept(full) == [1, 1, 10]
    with transaction.atomic():
        assert account.give_up(row(full)) is True


def test_setup_is_compulsory_by_the_owners_word_or_after_a_reset_for_one_browser(lena):
    assert account.must_set_up(lena)
    lena.two_factor_required = False
    assert account.must_set_up(lena)
    lena.setup_browser = ""
    assert not account.must_set_up(lena)
    lena.two_factor_required = True
    assert account.must_set_up(lena)
