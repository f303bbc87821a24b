"""Recovery codes in the corners: what is no code, a set with one date, a digest copied to another account."""

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from tests.factories import make_member, make_owner
from twofactor.factors import recovery_codes
from twofactor.models import RecoveryCode
from twofactor.outcomes import Proven, Wrong

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena():
    return make_member(make_owner().contracts.get())


@pytest.mark.parametrize("text", ["", " ", "123456", "A" * 24, "A" * 26, "U" * 25])
def test_what_is_no_recovery_code_spends_nothing_and_lets_nobody_in(lena, text):
    recovery_codes.make_codes(lena)
    assert recovery_codes.spend_code(lena, text) is False
    assert recovery_codes.left(lena) == 10


def test_the_ten_codes_of_a_set_have_one_date(lena):
    recovery_codes.make_codes(lena)
    assert RecoveryCode.objects.filter(user=lena).values("created_at").distinct().count() == 1


def test_a_digest_copied_into_another_account_is_neither_of_use_nor_of_harm(lena):
    otto = make_member(lena.contract, "otto")
    code = recovery_codes.make_codes(lena)[0]
    digest = RecoveryCode.objects.filter(user=lena).order_by("pk").values_list("digest", flat=True)[0]
    copied = RecoveryCode.objects.create(user=otto, digest=digest)
    assert not recovery_codes.spend_code(otto, code)
    assert recovery_codes.spend_code(lena, code)
    copied.refresh_from_db()
    assert copied.used_at is None


def test_a_spent_code_says_when_and_stays_a_row_of_its_set(lena):
    code = recovery_codes.make_codes(lena)[3]
    with time_machine.travel("2026-11-25 09:00 +0000", tick=False):
        recovery_codes.spend_code(lena, code)
        assert RecoveryCode.objects.get(user=lena, used_at__isnull=False).used_at == timezone.now()
    assert RecoveryCode.objects.filter(user=lena).count() == 10


def test_a_new_set_leaves_the_codes_of_others_alone(lena):
    otto = make_member(lena.contract, "otto")
    theirs = recovery_codes.make_codes(otto)
    recovery_codes.make_codes(lena)
    assert recovery_codes.left(otto) == 10
    assert recovery_codes.spend_code(otto, theirs[9])


def test_codes_are_made_of_the_whole_alphabet(lena):
    signs = {sign for _ in range(10) for code in recovery_codes.make_codes(lena) for sign in code}
    assert signs == set(recovery_codes.ALPHABET) | {"-"}


def test_an_account_that_has_changed_spends_nothing_whoever_else_has_its_stamp(lena):
    code = recovery_codes.make_codes(lena)[0]
    make_member(lena.contract, "otto", stamp=lena.stamp)
    User.objects.filter(pk=lena.pk).update(stamp=lena.stamp + 1)
    assert not recovery_codes.spend_code(lena, code)
    lena.refresh_from_db()
    assert recovery_codes.spend_code(lena, code)


def test_an_answer_is_right_wrong_or_that_of_the_app(lena):
    code = recovery_codes.make_codes(lena)[0]
    assert recovery_codes.check(lena, code) == Proven()
    assert recovery_codes.check(lena, code) == Wrong(misplaced=False)
    assert recovery_codes.check(lena, "123456") == Wrong(misplaced=True)


def test_the_codes_of_one_account_are_taken_away_and_no_others(lena):
    otto = make_member(lena.contract, "otto")
    for user in (lena, otto):
        recovery_codes.make_codes(user)
    recovery_codes.clear(lena)
    assert (recovery_codes.left(lena), recovery_codes.left(otto)) == (0, 10)
