"""Texts that are encrypted for a short time open for their purpose alone, and only under the panel's own key."""

import base64

import pytest
from cryptography.fernet import Fernet
from django.utils.crypto import salted_hmac

from accounts import sealing

TEXT = "Passwörter & Ähnliches"


def test_what_is_sealed_opens_again_and_does_not_show():
    for sealed, opened in (
        (sealing.seal(TEXT), sealing.unseal),
        (sealing.seal(TEXT, purpose="hint"), lambda text: sealing.unseal(text, purpose="hint")),
    ):
        assert opened(sealed) == TEXT
        assert TEXT.encode() not in base64.urlsafe_b64decode(sealed)


@pytest.mark.parametrize("purpose", ["request", "HINT", "hint ", ""])
def test_it_opens_for_no_other_purpose(purpose):
    sealed = sealing.seal(TEXT, purpose="hint")
    assert sealing.unseal(sealed, purpose=purpose) is None
    assert sealing.unseal(sealed) is None
    assert sealing.unseal(sealing.seal(TEXT), purpose=purpose) is None


def test_it_opens_under_no_other_key(settings):
    sealed = sealing.seal(TEXT)
    settings.SECRET_KEY = "another"
    assert sealing.unseal(sealed) is None


@pytest.mark.parametrize("rubbish", ["", "rubbish", "gAAAAA==", "ä", None, 7, ["gAAAAA=="]])
def test_what_nobody_has_sealed_does_not_open(rubbish):
    assert sealing.unseal(rubbish) is None


@pytest.mark.parametrize("purpose", ["key", "openid request"])
def test_what_the_version_before_has_sealed_still_opens(purpose):
    """Mails wait and pages are open while the panel is upgraded."""
    key = salted_hmac("accounts.outbox.sealing", purpose, algorithm="sha256").digest()
    sealed = Fernet(base64.urlsafe_b64encode(key)).encrypt(TEXT.encode()).decode()
    assert sealing.unseal(sealed, purpose=purpose) == TEXT
    assert sealing.unseal(sealed) == (TEXT if purpose == "key" else None)
