"""The panel at localhost, and Lena, who has the app and a key."""

import pytest
from django.test import override_settings

from tests.factories import make_member, make_owner
from tests.twofactor.keys.browser import Browser
from tests.twofactor.keys.token import ORIGIN, Token


@pytest.fixture(autouse=True)
def _at_localhost():
    with override_settings(PUBLIC_URL=ORIGIN):
        yield


@pytest.fixture
def member():
    return make_member(make_owner().contracts.get())


@pytest.fixture
def token():
    return Token()


@pytest.fixture
def lena(member, token):
    """Has the app and a key."""
    browser = Browser(member).enrol()
    assert browser.register(token).json() == {"next": "/profile/security/keys/"}
    return browser
