"""An authenticator in the corners: the user in hand after a setup, somebody else's step, a code in the wrong place."""

from datetime import datetime

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Notice, Session, User
from tests.factories import make_member, make_owner
from tests.people import code_of
from twofactor import totp
from twofactor.factors import account, recovery_codes
from twofactor.factors import app as factor
from twofactor.models import Authenticator, RecoveryCode
from twofactor.outcomes import Activated, Replay, Unreadable, Wrong

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def lena():
    return make_member(make_owner().contracts.get())


@pytest.fixture
def otto(lena):
    return make_member(lena.contract, "otto")


def activated(user: User, key: bytes, step: int = 0, begun: datetime | None = None) -> Activated | None:
    with transaction.atomic():
        return account.activate(user, lambda user: factor.store(user, key, step), begun=begun)


def activate(user: User, key: bytes, step: int = 0) -> list[str] | None:
    found = activated(user, key, step)
    return found and found.codes


def read(user: User) -> User:
    return User.objects.select_related("authenticator").get(pk=user.pk)


def test_a_step_that_somebody_else_used_last_is_no_replay(lena, otto):
    """A code of a step before the last one is plainly wrong, whoever else used a code at that moment."""
    key = totp.new_key()
    activate(lena, key, step=factor.now_step())
    activate(otto, totp.new_key(), step=factor.now_step() - 1)
    assert factor.check(read(lena), code_of(key, -1)) == Wrong()
    assert factor.check(read(lena), code_of(key)) == Replay()


def test_at_set_up_a_recovery_code_is_named_as_one_and_rubbish_is_not():
    key = totp.new_key()
    assert factor.check_new_key(key, "ABCDE-FGHJK-MNPQR-STVWX-YZ012") == Wrong(misplaced=True)
    assert factor.check_new_key(key, "12345") == Wrong(misplaced=False)
    assert factor.check_new_key(key, "") == Wrong(misplaced=False)


def test_without_an_authenticator_no_code_is_right(lena):
    assert factor.check(lena, "000000") == Wrong()
    assert factor.check(lena, "rubbish") == Wrong()


def test_the_user_in_hand_is_what_the_row_is_after_a_set_up_and_after_a_new_phone(lena, clock):
    """Else the session that has just proved the factor would be older than it, and end."""
    User.objects.filter(pk=lena.pk).update(stamp=7)
    lena.refresh_from_db()
    for _ in range(2):
        activate(lena, totp.new_key())
        row = read(lena)
        assert (lena.stamp, lena.two_factor_active_since) == (row.stamp, row.two_factor_active_since)
        assert lena.two_factor_active_since
        assert lena.authenticator.pk == row.authenticator.pk
        clock.shift(3600)


def test_a_second_phone_may_be_set_up_by_the_same_user_in_hand(lena):
    assert activate(lena, totp.new_key())
    assert activate(lena, totp.new_key())


def test_a_set_up_or_a_reset_of_one_account_leaves_all_others_as_they_are(lena, otto):
    key = totp.new_key()
    codes = activate(otto, key)
    before = User.objects.filter(pk=otto.pk).values("stamp", "two_factor_active_since").get()
    activate(lena, totp.new_key())
    with transaction.atomic():
        account.clear(lena)
    assert User.objects.filter(pk=otto.pk).values("stamp", "two_factor_active_since").get() == before
    assert Authenticator.objects.get().key() == key
    assert RecoveryCode.objects.count() == 10
    assert recovery_codes.spend_code(otto, codes[0])


def test_a_set_up_that_completes_a_log_in_is_its_login_and_one_in_a_session_is_none(lena):
    activate(lena, totp.new_key())
    assert read(lena).last_login is None
    found = activated(lena, totp.new_key(), begun=timezone.now())
    assert read(lena).last_login == timezone.now()
    assert (found.logged_in, found.notice_waits) == (False, False)


def test_a_stolen_password_completes_no_log_in_by_a_set_up_but_a_session_may_go_on(lena):
    User.objects.filter(pk=lena.pk).update(password_revoked_at=timezone.now())
    assert activated(lena, totp.new_key(), begun=timezone.now()) is None
    assert activated(lena, totp.new_key())


def test_a_set_up_says_what_it_found_on_the_account_and_on_no_other(lena, otto, clock):
    def found() -> tuple[bool, bool]:
        activation = activated(lena, totp.new_key(), begun=timezone.now())
        return activation.logged_in, activation.notice_waits

    Notice.objects.create(user=otto, event="two_factor_reset")
    Session.objects.create(user=otto, session_key="otto", expire_date=timezone.now())
    Session.objects.create(user=lena, session_key="pending_login", expire_date=timezone.now(), signed_in=False)
    Notice.objects.create(user=lena, event="two_factor_reset")
    assert found() == (False, False)  # a notice of this moment is of this login itself
    clock.shift(1)
    assert found() == (False, True)
    Session.objects.create(user=lena, session_key="lena", expire_date=timezone.now())
    assert found() == (True, True)


def test_a_new_phone_is_dated_by_its_own_set_up(lena, clock):
    activate(lena, totp.new_key())
    first = Authenticator.objects.get().created_at
    clock.shift(3600)
    activate(lena, totp.new_key())
    assert (Authenticator.objects.get().created_at - first).total_seconds() == 3600


def test_a_new_phone_starts_at_the_step_that_proved_it(lena):
    activate(lena, totp.new_key(), step=factor.now_step() + 1)
    key = totp.new_key()
    activate(lena, key, step=factor.now_step() - 1)
    assert factor.check(read(lena), code_of(key, -1)) == Replay()
    assert Authenticator.objects.get().last_step == factor.now_step() - 1


def test_one_secret_that_opens_is_enough_to_know_the_keys_in_force(lena, otto):
    assert factor.stored_secrets_readable()
    activate(lena, totp.new_key())
    activate(otto, totp.new_key())
    Authenticator.objects.filter(user=otto).update(secret="rubbish")
    assert factor.stored_secrets_readable()
    assert factor.check(read(otto), "000000") == Unreadable()
    Authenticator.objects.update(secret="rubbish")
    assert not factor.stored_secrets_readable()


@pytest.mark.parametrize(("row", "date"), [(True, True), (True, False), (False, True)])
def test_either_the_row_or_the_date_is_enough_to_ask_for_a_code(lena, row, date):
    activate(lena, totp.new_key())
    if not row:
        Authenticator.objects.all().delete()
    if not date:
        User.objects.filter(pk=lena.pk).update(two_factor_active_since=None)
    assert account.is_active(User.objects.get(pk=lena.pk))


def test_with_neither_no_code_is_asked(lena):
    assert not account.is_active(lena)


def test_secrets_that_no_key_opens_are_told_by_username(contract, settings):
    zoe, anna, otto = (make_member(contract, name) for name in ("zoe", "anna", "otto"))
    for user in (zoe, anna):
        factor.store(user, totp.new_key(), 0)
    settings.TWOFACTOR_KEYS = ["b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktISE="]
    factor.store(otto, totp.new_key(), 0)
    assert factor.unreadable() == [anna, zoe]


def test_whether_secrets_are_stored(contract, monkeypatch):
    assert not factor.are_secrets_stored()
    factor.store(make_member(contract), totp.new_key(), 0)
    assert factor.are_secrets_stored()
    monkeypatch.setattr(Authenticator._meta, "db_table", "not_migrated_yet")
    assert not factor.are_secrets_stored()


def test_a_step_that_measured_the_clock_sets_nothing_up():
    key, now = totp.new_key(), factor.now_step()
    code = totp.code_at(key, now)
    assert factor.check_new_key(key, code) == now
    assert factor.check_new_key(key, code, burnt=[now - 1]) == now
    assert factor.check_new_key(key, code, burnt=[now]) == Wrong()
