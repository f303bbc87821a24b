"""A new key ends the request for help of an account: whoever has it needs none any more."""

import pytest

from accounts.models import User
from accounts.origin import SERVER
from tests.people import words
from tests.twofactor.help.conftest import HELP, ask, events, words_on
from tests.twofactor.keys.token import Token
from twofactor.help import services
from twofactor.help.models import HelpDecision

pytestmark = pytest.mark.django_db


def test_a_new_key_ends_the_request_and_the_asking_browser_reads_why(lena, member):
    other = lena.another_browser()
    other.start_login()
    asked = ask(other)
    heard = words_on(other)
    assert lena.register(Token()).status_code == 200
    asked.refresh_from_db()
    assert asked.decision == HelpDecision.ACCOUNT_CHANGED
    assert events()[-1] == ("help_ended", "refused")
    who = {"actor": member.contract.owner, "target": member, "origin": SERVER}
    assert isinstance(services.approve(request_id=asked.pk, typed=heard, **who), services.NotOpen)
    assert User.objects.get(pk=member.pk).two_factor_active
    assert "Your account has a new security key, so this request has ended." in words(other.get(HELP))
    assert ask(other).pk != asked.pk


def test_a_key_that_is_refused_ends_nothing(lena, token):
    other = lena.another_browser()
    other.start_login()
    asked = ask(other)
    assert "already registered" in lena.register(token).content.decode()
    asked.refresh_from_db()
    assert asked.decision == ""
