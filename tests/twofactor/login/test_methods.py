"""The words for how somebody was authenticated, by a table of each."""

from datetime import UTC, datetime

import pytest

from twofactor.keys.credentials import NewKey
from twofactor.login import proof
from twofactor.login.proof import Method
from twofactor.outcomes import ProvenByKey


def test_methods_are_joined_once_each_in_their_order():
    assert proof.joined("pwd", "", "hwk user", "pwd otp") == "pwd hwk user otp"
    assert proof.joined() == ""


@pytest.mark.parametrize(
    ("methods", "word"),
    [
        ("", "password"),
        ("pwd", "password"),
        ("pwd otp", "code"),
        ("pwd mfa", "recovery_code"),
        ("pwd hwk", "key"),
        ("pwd swk user", "key"),
        ("pwd otp hwk", "key"),
        ("hwk user", "passkey"),
        ("swk user", "passkey"),
    ],
)
def test_the_word_for_the_log(methods, word):
    assert proof.in_a_word(methods) == word


@pytest.mark.parametrize(
    ("synced", "verified", "methods"),
    [(False, False, "hwk"), (False, True, "hwk user"), (True, False, "swk"), (True, True, "swk user")],
)
def test_what_a_key_proves_when_it_is_used_and_when_it_is_new(synced, verified, methods):
    assert proof.by_key(ProvenByKey("key/1", verified=verified, synced=synced)) == methods
    facts = {"sign_count": 0, "aaguid": "", "transports": [], "discoverable": None}
    key = NewKey("AA", b"", verified=verified, backup_eligible=synced, backed_up=False, **facts)
    assert proof.of_new_key(key) == tuple(methods.split())


def test_one_of_the_wanted_is_enough():
    assert proof.has("pwd otp", Method.HWK, Method.OTP)
    assert not proof.has("pwd otp", Method.HWK, Method.SWK)
    assert not proof.has("pwdotp", Method.OTP)
    assert not proof.has("pwd")


def test_a_session_gains_methods():
    session = {}
    proof.add(session, "pwd")
    proof.add(session, "hwk", "user")
    assert session == {"methods": "pwd hwk user"}


def test_what_a_session_stores():
    assert proof.stored({}) == ("", None)
    assert proof.stored({"methods": "pwd", "confirmed_at": 0}) == ("pwd", None)
    at = datetime(2027, 1, 15, 8, tzinfo=UTC)
    assert proof.stored({"methods": "pwd otp", "confirmed_at": int(at.timestamp())}) == ("pwd otp", at)
