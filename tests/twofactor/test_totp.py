"""The arithmetic of codes against the numbers of the RFCs, and what counts as six digits."""

import shutil
import subprocess
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofactor import totp

KEY = b"12345678901234567890"
NOW = 1_795_597_200  # 2026-11-25 09:00 UTC
STEP = totp.step_at(NOW)


@pytest.mark.parametrize(
    ("timestamp", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_codes_are_the_last_six_digits_of_rfc_6238(timestamp, eight_digits):
    assert totp.code_at(KEY, totp.step_at(timestamp)) == eight_digits[-6:]


@pytest.mark.parametrize(
    ("counter", "code"),
    list(
        enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"])
    ),
)
def test_the_codes_are_those_of_rfc_4226(counter, code):
    assert totp.code_at(KEY, counter) == code


@pytest.mark.skipif(not shutil.which("oathtool"), reason="oathtool is not installed")
def test_the_codes_are_those_of_oathtool():
    key = totp.new_key()
    command = ["oathtool", "--totp", "--base32", f"--now=@{NOW}", "--window=50", totp.base32(key)]
    theirs = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert theirs == [totp.code_at(key, STEP + shift) for shift in range(51)]


def test_a_step_is_thirty_seconds_long():
    assert totp.step_at(0) == totp.step_at(29.999) == 0
    assert totp.step_at(30) == 1


def test_a_key_has_160_bits_and_is_new_each_time():
    keys = {totp.new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {20}


@pytest.mark.parametrize(
    "text", ["123456", "123 456", "123-456", " 1 2 3 4 5 6 ", "12-34-56\n", "123\u00a0456", "--123456--", "123–456"]
)
def test_blanks_and_hyphens_do_not_matter(text):
    assert totp.parse_code(text) == "123456"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "1234567",
        "0x1234",
        "+12345",
        "+123456",
        "-+23456",
        "12_34_56",
        "123_456",
        "1234.6",
        "１２３４５６",  # full-width
        "١٢٣٤٥٦",  # Arabic-Indic
        "12345²",
        "12345六",
        "123456\0",
        "12345O",
        "1e5000",
        "abcdef",
    ],
)
def test_anything_but_six_ascii_digits_is_no_code(text):
    assert totp.parse_code(text) is None


@given(st.text())
def test_what_is_read_as_a_code_is_always_six_ascii_digits(text):
    code = totp.parse_code(text)
    assert code is None or (len(code) == 6 and code.isascii() and code.isdigit())


def test_a_leading_zero_is_part_of_the_code():
    step = next(step for step in range(STEP, STEP + 1000) if totp.code_at(KEY, step).startswith("0"))
    code = totp.code_at(KEY, step)
    assert len(code) == 6
    assert totp.matching_step(KEY, code, step) == step
    assert totp.parse_code(code[1:]) is None


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_one_step_of_tolerance_each_way(shift):
    assert totp.matching_step(KEY, totp.code_at(KEY, STEP + shift), STEP) == STEP + shift


@pytest.mark.parametrize("shift", [-11, -10, -3, -2, 2, 3, 10, 11])
def test_no_code_from_outside_the_tolerance_matches(shift):
    assert totp.matching_step(KEY, totp.code_at(KEY, STEP + shift), STEP) is None


def test_the_first_step_of_all_has_no_step_before_it():
    assert totp.matching_step(KEY, totp.code_at(KEY, 0), 0) == 0
    assert totp.matching_step(KEY, "000000", 0) is None
    assert totp.clock_offset(KEY, "000000", 0) is None


@pytest.mark.parametrize("shift", [-10, -5, -2, 2, 5, 10])
def test_the_clock_hint_names_the_distance_and_the_direction(shift):
    assert totp.clock_offset(KEY, totp.code_at(KEY, STEP + shift), STEP) == shift


@pytest.mark.parametrize("shift", [-12, -11, -1, 0, 1, 11, 12])
def test_the_clock_hint_is_for_two_to_ten_steps_only(shift):
    assert totp.clock_offset(KEY, totp.code_at(KEY, STEP + shift), STEP) is None


@pytest.mark.parametrize(
    ("issuer", "username"),
    [
        ("Cloud Panel", "lena"),
        ("Cloud Panel", "lena+test@example.com"),
        ("127.0.0.1:8000", "l.e-n_a"),
        ("Über & Söhne?", "x" * 150),
        ("100% #1/2", "a@b"),
    ],
)
def test_the_address_in_the_qr_code_is_one_that_strict_apps_take(issuer, username):
    key = totp.new_key()
    address = totp.otpauth(key, issuer=issuer, username=username)
    parts = urlsplit(address)
    fields = parse_qs(parts.query, strict_parsing=True)
    label = unquote(parts.path.removeprefix("/"))
    secret = fields["secret"][0]

    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert label.count(":") == 1
    assert address.removeprefix("otpauth:").count(":") == 1
    assert "%3A" not in address.upper()
    assert label.split(":") == [fields["issuer"][0], username]
    assert fields.keys() == {"secret", "issuer", "algorithm", "digits", "period"}
    assert (fields["algorithm"], fields["digits"], fields["period"]) == (["SHA1"], ["6"], ["30"])
    assert len(secret) == 32
    assert set(secret) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert totp.base64.b32decode(secret) == key
    assert " " not in address
    assert "+" not in address
    assert address.isascii()


def test_a_blank_in_the_issuer_is_written_as_percent_20():
    address = totp.otpauth(KEY, issuer="Cloud Panel", username="lena")
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert address == (
        f"otpauth://totp/Cloud%20Panel:lena?secret={secret}&issuer=Cloud%20Panel&algorithm=SHA1&digits=6&period=30"
    )


def test_the_key_to_type_is_the_key_of_the_address_in_groups_of_four():
    groups = totp.groups_of_four(totp.base32(KEY)).split(" ")
    assert "".join(groups) == totp.base32(KEY)
    assert [len(group) for group in groups] == [4] * 8
