"""An authenticator: set up, checked, taken away. Real codes at a set time."""

import pytest
from django.db import transaction

from accounts.models import User
from accounts.origin import SERVER
from tests.factories import make_member, make_owner
from tests.people import Person, code_of
from twofactor import crypto, totp
from twofactor.factors import account, recovery_codes
from twofactor.factors import app as factor
from twofactor.models import Authenticator, RecoveryCode
from twofactor.outcomes import ClockOff, Proven, Replay, Unreadable, Wrong
from twofactor.requirement import services

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def lena():
    return make_member(make_owner().contracts.get())


@pytest.fixture
def key():
    return totp.new_key()


def activate(user: User, key: bytes, step: int = 0) -> list[str] | None:
    with transaction.atomic():
        activated = account.activate(user, lambda user: factor.store(user, key, step))
    user.refresh_from_db()
    return activated and activated.codes


def read(user: User) -> User:
    return User.objects.select_related("authenticator").get(pk=user.pk)


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_the_code_of_this_step_and_of_its_neighbours_is_right(lena, key, shift):
    activate(lena, key)
    assert factor.check(read(lena), code_of(key, shift)) == Proven()


@pytest.mark.parametrize("shift", [-10, -2, 2, 10])
def test_a_code_from_further_away_is_plainly_wrong_wherever_it_is_not_the_set_up(lena, key, shift):
    activate(lena, key)
    assert factor.check(read(lena), code_of(key, shift)) == Wrong()


def test_a_code_works_once(lena, key):
    activate(lena, key)
    assert factor.check(read(lena), code_of(key)) == Proven()
    assert factor.check(read(lena), code_of(key)) == Replay()


def test_the_same_digits_in_another_spelling_are_the_same_code(lena, key):
    activate(lena, key)
    code = code_of(key)
    assert factor.check(read(lena), code) == Proven()
    assert factor.check(read(lena), f"{code[:3]} {code[3:]}") == Replay()
    assert factor.check(read(lena), code.translate({48 + n: 0xFF10 + n for n in range(10)})) == Wrong()


def test_only_a_step_later_than_the_last_one_is_accepted(lena, key, clock):
    activate(lena, key)
    assert factor.check(read(lena), code_of(key, 1)) == Proven()
    for shift in (-1, 0, 1):
        assert factor.check(read(lena), code_of(key, shift)) != Proven()
    clock.shift(60)
    assert factor.check(read(lena), code_of(key)) == Proven()


def test_the_step_that_proved_the_key_is_used_up(lena, key):
    activate(lena, key, step=factor.now_step())
    assert factor.check(read(lena), code_of(key)) == Replay()
    assert factor.check(read(lena), code_of(key, 1)) == Proven()


def test_a_user_who_was_read_before_the_code_was_used_does_not_use_it_again(lena, key):
    activate(lena, key)
    before = read(lena)
    assert factor.check(read(lena), code_of(key)) == Proven()
    assert factor.check(before, code_of(key)) == Replay()


def test_no_drift_is_learned(lena, key, clock):
    activate(lena, key)
    for _ in range(5):
        assert factor.check(read(lena), code_of(key, 1)) == Proven()
        clock.shift(60)
    clock.shift(60)
    assert factor.check(read(lena), code_of(key, 2)) == Wrong()
    assert factor.check(read(lena), code_of(key, -1)) == Proven()


def test_a_recovery_code_in_the_place_of_a_code_is_named_as_such(lena, key):
    codes = activate(lena, key)
    assert factor.check(read(lena), codes[0]) == Wrong(misplaced=True)
    assert recovery_codes.left(lena) == 10


def test_django_otps_own_interface_takes_no_code(lena, key):
    """It counts no attempts."""
    activate(lena, key)
    assert not read(lena).authenticator.verify_token(code_of(key))
    assert factor.check(read(lena), code_of(key)) == Proven()


def test_a_secret_of_somebody_else_is_unreadable(lena, key):
    other = make_member(lena.contract, "otto")
    activate(lena, key)
    activate(other, totp.new_key())
    Authenticator.objects.filter(user=other).update(secret=lena.authenticator.secret)
    assert factor.check(read(other), code_of(key)) == Unreadable()


def test_under_other_keys_nobody_gets_in(lena, key, settings):
    activate(lena, key)
    assert factor.stored_secrets_readable()
    settings.TWOFACTOR_KEYS = ["b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktISE="]
    assert factor.check(read(lena), code_of(key)) == Unreadable()
    assert not factor.stored_secrets_readable()


def test_the_key_is_not_stored_in_clear(lena, key):
    activate(lena, key)
    secret = Authenticator.objects.get(user=lena).secret
    assert totp.base32(key) not in secret
    assert key not in totp.base64.urlsafe_b64decode(secret)
    assert crypto.unseal(secret, user_id=lena.pk, purpose=crypto.AUTHENTICATOR) == key


def test_activation_makes_one_authenticator_ten_codes_and_the_date(lena, key):
    stamp = lena.stamp
    assert len(activate(lena, key)) == 10
    assert Authenticator.objects.filter(user=lena).count() == 1
    assert RecoveryCode.objects.filter(user=lena).count() == 10
    assert lena.two_factor_active
    assert lena.stamp == stamp + 1


def test_activation_of_an_account_that_has_changed_meanwhile_changes_nothing(lena, key):
    stale = read_plain(lena)
    activate(lena, key)
    secret = Authenticator.objects.get(user=lena).secret
    assert activate(stale, totp.new_key()) is None
    assert Authenticator.objects.get(user=lena).secret == secret
    assert RecoveryCode.objects.filter(user=lena).count() == 10


def test_a_deactivated_account_activates_nothing(lena, key):
    User.objects.filter(pk=lena.pk).update(is_active=False)
    assert activate(lena, key) is None
    assert not Authenticator.objects.exists()


def test_a_new_phone_replaces_key_and_codes_and_keeps_the_date(lena, key, clock):
    old = activate(lena, key)
    since = lena.two_factor_active_since
    held = read(lena)
    clock.shift(3600)
    new_key = totp.new_key()
    new = activate(lena, new_key)
    assert lena.two_factor_active_since == since
    assert factor.check(held, code_of(key)) == Wrong()  # its row has a new key, so nothing can be claimed
    assert factor.check(read(lena), code_of(key)) == Wrong()
    assert factor.check(read(lena), code_of(new_key)) == Proven()
    assert not any(recovery_codes.spend_code(lena, code) for code in old)
    assert all(recovery_codes.spend_code(lena, code) for code in new)


def test_clearing_takes_everything_and_ends_what_hung_on_the_old_stamp(lena, key):
    activate(lena, key)
    stamp = lena.stamp
    with transaction.atomic():
        account.clear(lena)
    lena.refresh_from_db()
    assert not lena.two_factor_active
    assert lena.stamp == stamp + 1
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()


@pytest.mark.parametrize("shift", [-10, -2, 2, 10])
def test_at_set_up_a_clock_that_is_off_is_named_with_its_direction(key, shift):
    assert factor.check_new_key(key, code_of(key, shift)) == ClockOff(shift, factor.now_step() + shift)


@pytest.mark.parametrize("shift", [-11, 11])
def test_at_set_up_a_code_from_beyond_is_plainly_wrong(key, shift):
    assert factor.check_new_key(key, code_of(key, shift)) == Wrong()


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_at_set_up_the_right_code_names_its_step(key, shift):
    assert factor.check_new_key(key, code_of(key, shift)) == factor.now_step() + shift


def test_an_authenticator_without_the_date_on_the_user_still_asks_for_its_code(lena):
    """If the two ever disagree the user counts as active: a code too many, never one too few."""
    person = Person(lena).enrol()
    User.objects.filter(pk=lena.pk).update(two_factor_active_since=None, two_factor_required=False)
    assert person.another_browser().start_login().url == "/login/code/"


def test_the_date_without_an_authenticator_lets_nobody_in_by_the_password_alone(lena):
    person = Person(lena).enrol()
    Authenticator.objects.filter(user=lena).delete()
    assert not person.is_in()
    other = person.another_browser()
    assert other.start_login().url == "/login/code/"
    assert other.post("/login/code/", {"code": code_of(person.key)}).status_code == 200
    assert not other.is_in()


def test_a_reset_ends_a_set_up_that_is_still_pending(lena):
    """Whoever shows a key at that moment, in whatever browser, begins again."""
    person = Person(lena)
    person.start_login()
    person.key = person.read_key()
    services.reset(actor=lena.contract.owner, target=lena, origin=SERVER)
    response = person.post("/two-factor/setup/", {"code": code_of(person.key)})
    assert response.url.startswith("/login/")
    assert not Authenticator.objects.exists()


def read_plain(user: User) -> User:
    return User.objects.get(pk=user.pk)
