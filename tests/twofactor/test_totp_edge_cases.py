"""The arithmetic of codes in its rare corners: two steps with the same digits, odd keys, odd names in the address."""

import pytest

from twofactor import totp

KEY = b"12345678901234567890"
TWINS = 62_075_368
"""This step and the next have the same digits under `KEY`."""
AFAR = 62_703_463
"""This step and the seventh after it have the same digits under `KEY`."""


def test_of_two_steps_with_the_same_digits_the_later_is_used_up():
    """Else the same digits would be accepted a second time, as those of the later step."""
    code = totp.code_at(KEY, TWINS)
    assert code == totp.code_at(KEY, TWINS + 1)
    assert totp.matching_step(KEY, code, TWINS) == TWINS + 1
    assert totp.matching_step(KEY, code, TWINS + 1) == TWINS + 1


def test_of_two_clocks_that_would_explain_a_code_the_nearer_is_named():
    code = totp.code_at(KEY, AFAR)
    assert code == totp.code_at(KEY, AFAR + 7)
    assert totp.clock_offset(KEY, code, AFAR + 2) == -2
    assert totp.clock_offset(KEY, code, AFAR + 5) == 2


def test_a_clock_within_the_tolerance_gets_no_hint():
    assert [totp.clock_offset(KEY, totp.code_at(KEY, TWINS + 50 + shift), TWINS + 50) for shift in (-1, 0, 1)] == [
        None,
        None,
        None,
    ]


def test_at_the_first_step_of_all_nothing_before_it_is_looked_at():
    assert totp.clock_offset(KEY, "000000", 0) is None
    assert totp.matching_step(KEY, totp.code_at(KEY, 1), 0) == 1
    assert totp.clock_offset(KEY, totp.code_at(KEY, 0), 2) == -2


@pytest.mark.parametrize("code", ["", "0", "287082 ", "0287082", "28708"])
def test_digits_that_are_not_the_whole_code_match_nothing(code):
    assert totp.code_at(KEY, 1) == "287082"
    assert totp.matching_step(KEY, code, 1) is None


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        (b"a", "ME"),
        (b"ab", "MFRA"),
        (b"abc", "MFRGG"),
        (b"abcd", "MFRGGZA"),
        (b"abcde", "MFRGGZDF"),
        (b"abcd\x17", "MFRGGZAX"),
    ],
)
def test_no_key_is_typed_with_padding(key, typed):
    assert totp.base32(key) == typed


@pytest.mark.parametrize(
    ("issuer", "username", "label", "named"),
    [
        ("127.0.0.1:8000", "lena", "127.0.0.1%208000:lena", "127.0.0.1%208000"),
        (" Panel: ", "lena@example.com", "Panel:lena@example.com", "Panel"),
        ("Acme: Panel", "lena", "Acme%20Panel:lena", "Acme%20Panel"),
        ("a/b", "c/d:e@f", "a%2Fb:c%2Fd%3Ae@f", "a%2Fb"),
        ("X&Y=Z", "x?#", "X%26Y%3DZ:x%3F%23", "X%26Y%3DZ"),
    ],
)
def test_the_label_of_the_address_keeps_one_colon_and_names_the_issuer_and_the_user(issuer, username, label, named):
    address = totp.otpauth(KEY, issuer=issuer, username=username)
    assert address == (
        f"otpauth://totp/{label}?secret={totp.base32(KEY)}&issuer={named}&algorithm=SHA1&digits=6&period=30"
    )
