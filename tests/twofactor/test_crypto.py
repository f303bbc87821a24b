"""Sealed values open only with the key, for the user and for the purpose they were made for."""

import base64
import hashlib

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from twofactor import crypto

SECRET = bytes(range(20))


def sealed(user_id: int = 1, purpose: str = crypto.AUTHENTICATOR) -> str:
    return crypto.seal(SECRET, user_id=user_id, purpose=purpose)


def unsealed(value: str, user_id: int = 1, purpose: str = crypto.AUTHENTICATOR) -> bytes:
    return crypto.unseal(value, user_id=user_id, purpose=purpose)


def test_what_is_sealed_opens_again():
    assert unsealed(sealed()) == SECRET


@given(st.binary())
def test_any_bytes_can_be_sealed(secret):
    value = crypto.seal(secret, user_id=7, purpose=crypto.SETUP)
    assert crypto.unseal(value, user_id=7, purpose=crypto.SETUP) == secret


def test_the_same_secret_is_sealed_differently_each_time():
    assert sealed() != sealed()


def test_the_secret_does_not_lie_in_the_sealed_value():
    raw = base64.urlsafe_b64decode(sealed())
    assert SECRET not in raw
    assert SECRET.hex() not in sealed()


@pytest.mark.parametrize("other", [2, 10, 11, 111, -1, 0])
def test_a_value_moved_to_another_user_does_not_open(other):
    with pytest.raises(crypto.DecryptionError):
        unsealed(sealed(user_id=1), user_id=other)


@pytest.mark.parametrize("purpose", [crypto.SETUP, crypto.NEW_CODES, "", "auth", "authenticator|1"])
def test_a_value_used_for_another_purpose_does_not_open(purpose):
    with pytest.raises(crypto.DecryptionError):
        unsealed(sealed(), purpose=purpose)


def test_a_changed_value_does_not_open():
    value = sealed()
    for place in range(0, len(value), 7):
        changed = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
        with pytest.raises(crypto.DecryptionError):
            unsealed(changed)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_rubbish_is_unreadable_and_nothing_else(text):
    with pytest.raises(crypto.DecryptionError):
        unsealed(text)
    with pytest.raises(crypto.DecryptionError):
        crypto.reseal(text)


def test_the_first_key_encrypts_and_all_decrypt(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.TWOFACTOR_KEYS = [old]
    from_before = sealed()
    settings.TWOFACTOR_KEYS = [new, old]
    from_now = sealed()
    assert unsealed(from_before) == unsealed(from_now) == SECRET
    settings.TWOFACTOR_KEYS = [old]
    with pytest.raises(crypto.DecryptionError):
        unsealed(from_now)


def test_resealing_makes_the_old_key_needless(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.TWOFACTOR_KEYS = [old]
    value = sealed()
    settings.TWOFACTOR_KEYS = [new, old]
    moved = crypto.reseal(value)
    settings.TWOFACTOR_KEYS = [new]
    assert unsealed(moved) == SECRET
    with pytest.raises(crypto.DecryptionError):
        unsealed(value)
    with pytest.raises(crypto.DecryptionError):
        unsealed(moved, user_id=2)


def test_a_recovery_digest_is_sha_256_over_user_and_code():
    assert crypto.recovery_digest(7, "ABC") == hashlib.sha256(b"7:ABC").hexdigest()
    assert crypto.recovery_digest(7, "ABC") != crypto.recovery_digest(8, "ABC")
