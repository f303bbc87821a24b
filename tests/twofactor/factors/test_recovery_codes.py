"""Recovery codes: how they are made, read, kept and spent."""

import hashlib
from math import log2

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_contract, make_member, make_owner
from twofactor import totp
from twofactor.factors import recovery_codes
from twofactor.models import RecoveryCode

CODE = "ABCDE-FGHJK-MNPQR-STVWX-YZ012"
BARE = CODE.replace("-", "")


@pytest.fixture
def lena(db):
    return make_member(make_owner().contracts.get())


def test_a_code_carries_125_bits_without_look_alikes():
    assert len(set(recovery_codes.ALPHABET)) == 32
    assert not set(recovery_codes.ALPHABET) & set("OILU")
    assert log2(len(set(recovery_codes.ALPHABET))) * recovery_codes.GROUPS * recovery_codes.GROUP_LENGTH == 125


def test_ten_codes_are_made_in_five_groups_of_five(lena):
    codes = recovery_codes.make_codes(lena)
    assert len(set(codes)) == 10
    for code in codes:
        assert [len(group) for group in code.split("-")] == [5] * 5
        assert set(code) <= set(recovery_codes.ALPHABET + "-")


def test_only_digests_are_kept_one_row_each(lena):
    codes = recovery_codes.make_codes(lena)
    kept = set(RecoveryCode.objects.filter(user=lena).values_list("digest", flat=True))
    assert kept == {hashlib.sha256(f"{lena.pk}:{code.replace('-', '')}".encode()).hexdigest() for code in codes}


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        BARE,
        CODE.lower(),
        CODE.replace("-", " "),
        f"  {CODE}\r\n",
        "\t".join(BARE),
        CODE.replace("0", "O"),
        CODE.replace("0", "o"),
        CODE.replace("1", "I"),
        CODE.replace("1", "l"),
        CODE.replace("1", "L").lower(),
        CODE.replace("-", "\u00a0"),
        "-".join(BARE),
    ],
)
def test_every_spelling_of_a_code_is_the_same_code(text):
    assert recovery_codes.parse(text) == BARE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456",
        BARE[:-1],
        BARE + "0",
        BARE[:-1] + "U",
        BARE[:-1] + "_",
        BARE[:-1] + "+",
        BARE[:-1] + "\0",
        BARE[:-1] + "２",
        BARE[:-1] + "É",
        CODE.replace("-", "_"),
    ],
)
def test_anything_else_is_no_code(text):
    assert recovery_codes.parse(text) is None


@given(st.text())
def test_what_is_read_as_a_recovery_code_is_25_signs_of_the_alphabet(text):
    code = recovery_codes.parse(text)
    assert code is None or (len(code) == 25 and set(code) <= set(recovery_codes.ALPHABET))


@given(st.text(alphabet=recovery_codes.ALPHABET + "-", max_size=40))
def test_nothing_is_both_kinds_of_code(text):
    assert recovery_codes.parse(text) is None or totp.parse_code(text) is None


def test_each_of_the_ten_is_spent_once(lena):
    codes = recovery_codes.make_codes(lena)
    for left, code in enumerate(codes):
        assert recovery_codes.left(lena) == 10 - left
        assert recovery_codes.spend_code(lena, code.lower())
        assert not recovery_codes.spend_code(lena, code)
    assert recovery_codes.left(lena) == 0


def test_a_code_is_of_no_use_to_anybody_else(lena):
    other = make_member(make_contract(make_owner("other")), "otto")
    code = recovery_codes.make_codes(lena)[0]
    recovery_codes.make_codes(other)
    assert not recovery_codes.spend_code(other, code)
    assert recovery_codes.left(lena) == recovery_codes.left(other) == 10


def test_a_new_set_ends_the_old_one(lena):
    old = recovery_codes.make_codes(lena)
    recovery_codes.spend_code(lena, old[0])
    new = recovery_codes.make_codes(lena)
    assert not set(old) & set(new)
    assert not any(recovery_codes.spend_code(lena, code) for code in old)
    assert recovery_codes.left(lena) == 10
    assert all(recovery_codes.spend_code(lena, code) for code in new)


def test_the_set_is_named_by_its_date(lena):
    assert recovery_codes.set_date(lena) is None
    with time_machine.travel("2026-11-25 09:00 +0000", tick=False):
        recovery_codes.make_codes(lena)
    with time_machine.travel("2026-12-01 09:00 +0000", tick=False):
        assert recovery_codes.set_date(lena).isoformat() == "2026-11-25T09:00:00+00:00"


def test_codes_survive_a_change_of_the_encryption_keys(lena, settings):
    code = recovery_codes.make_codes(lena)[0]
    settings.TWOFACTOR_KEYS = ["b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktISE="]
    assert recovery_codes.spend_code(lena, code)
