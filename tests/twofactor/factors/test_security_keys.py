"""A security key as a factor: whose key it is, what its answer proves, and what is written down of its use."""

import time
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
import time_machine
from django.test import override_settings

from accounts.models import User
from accounts.origin import SERVER
from tests.factories import make_member, make_owner
from tests.twofactor.keys.token import FLAG, ORIGIN, Token
from twofactor import totp
from twofactor.factors import app, security_keys
from twofactor.factors.security_keys import KeyAnswer
from twofactor.keys import ceremony, challenges, options
from twofactor.keys.challenges import ChallengePurpose
from twofactor.keys.models import SecurityKey
from twofactor.keys.relying_party import relying_party
from twofactor.outcomes import Late, Proven, ProvenByKey, Wrong

pytestmark = pytest.mark.django_db
HERE, THERE = "b" * 40, "c" * 40


@pytest.fixture(autouse=True)
def _at_localhost():
    with override_settings(PUBLIC_URL=ORIGIN):
        yield


@pytest.fixture
def lena():
    return make_member(make_owner().contracts.get())


def registered(user, token, **fields):
    """A key of this account, stored as the registration of the token says."""
    asked = options.creation_options(
        relying_party(), b"c" * 32, subject=user.subject, username=user.username, name=user.name, known=[]
    )
    new = ceremony.check_registration(token.register(asked), relying_party(), b"c" * 32)
    facts = asdict(new) | {"rp_id": relying_party().id, "name": "Blue key"}
    key = SecurityKey.objects.create(user=user, **facts | fields)
    security_keys.recount(user)
    return key


@pytest.fixture
def token():
    return Token(counter=3)


@pytest.fixture
def key(lena, token):
    return registered(lena, token)


def answer(user, token, purpose=ChallengePurpose.CONFIRM, browser=HERE, **spoilt):
    made_for = None if purpose is ChallengePurpose.LOGIN else user.pk
    challenge = challenges.make(purpose, browser=HERE, user_id=made_for, origin=SERVER)
    asked = options.request_options(relying_party(), challenge, known=None, passwordless=False)
    return KeyAnswer(token.use(asked, **spoilt), browser, purpose)


def check(user, token, *args, **more):
    return security_keys.check(user, answer(user, token, *args, **more))


# The answer


@pytest.mark.parametrize("purpose", [ChallengePurpose.LOGIN, ChallengePurpose.FACTOR, ChallengePurpose.CONFIRM])
def test_the_answer_of_a_key_proves_and_names_it(lena, token, key, purpose):
    token.counter = 9
    outcome = check(lena, token, purpose)
    assert isinstance(outcome, Proven)
    assert outcome == ProvenByKey(key.persistent_id, verified=True, synced=False, copied_key="")


def test_whether_its_person_was_verified_is_told(lena, token, key):
    token.counter = 9
    assert not check(lena, token, flags=FLAG.UP).verified


def test_without_a_password_its_person_must_be_verified(lena, token, key):
    assert check(lena, token, ChallengePurpose.LOGIN, flags=FLAG.UP) == Wrong(key=True)


def test_a_key_that_is_synced_says_so(lena):
    token = Token(flags=FLAG.UP | FLAG.UV | FLAG.BE)
    key = registered(lena, token)
    assert check(lena, token, flags=token.flags | FLAG.BS).synced
    key.refresh_from_db()
    assert key.backed_up


@pytest.mark.parametrize("credential", [{}, {"response": {}}, {"id": "AA", "rawId": "AA", "type": "public-key"}])
def test_what_cannot_be_read_is_wrong_and_spends_nothing(lena, token, key, credential):
    good = answer(lena, token)
    assert security_keys.check(lena, replace(good, credential=credential)) == Wrong(key=True)
    assert security_keys.check(lena, replace(good, credential=good.credential | {"rawId": 7})) == Wrong(key=True)
    assert isinstance(security_keys.check(lena, good), ProvenByKey)


def test_a_challenge_answers_once_one_browser_and_one_purpose(lena, token, key):
    good = answer(lena, token)
    assert security_keys.check(lena, replace(good, browser=THERE)) == Late()
    assert security_keys.check(lena, replace(good, purpose=ChallengePurpose.FACTOR)) == Late()
    assert security_keys.check(lena, replace(good, purpose=ChallengePurpose.LOGIN)) == Late()
    assert isinstance(security_keys.check(lena, good), ProvenByKey)
    assert security_keys.check(lena, good) == Late()


def test_a_challenge_made_for_another_account_is_late(lena, token, key):
    lars = make_member(lena.contract, "lars")
    assert security_keys.check(lena, answer(lars, token)) == Late()


def test_a_key_that_is_not_the_accounts_is_wrong(lena, token, key):
    lars = make_member(lena.contract, "lars")
    assert check(lars, token) == Wrong(key=True)
    assert check(lena, Token(handle=token.handle)) == Wrong(key=True)


def test_a_key_of_another_host_is_wrong(lena, token, key):
    SecurityKey.objects.update(rp_id="old.example")
    assert check(lena, token) == Wrong(key=True)


def test_a_spoilt_answer_is_wrong_and_spends_the_challenge(lena, token, key):
    bad = answer(lena, token, signature=b"spoilt")
    assert security_keys.check(lena, bad) == Wrong(key=True)
    assert security_keys.check(lena, bad) == Late()


def test_the_handle_of_another_account_is_wrong(lena, token, key):
    assert check(lena, token, handle=b"f" * 32) == Wrong(key=True)


# What is written down


def test_its_use_and_its_count_are_written_down_and_the_count_never_sinks(lena, token, key):
    with time_machine.travel(time.time(), tick=False):
        for counter, stored in ((7, 7), (5, 7)):
            token.counter = counter
            check(lena, token)
            key.refresh_from_db()
            assert key.sign_count == stored
        used_at = key.last_used_at
    assert used_at is not None
    assert security_keys.keys_of(lena).filter(last_used_at=used_at, backed_up=False).exists()


@pytest.mark.parametrize(
    ("stored", "said", "suspicious"),
    [(0, 0, False), (0, 1, False), (3, 4, False), (3, 3, True), (3, 2, True), (3, 0, True)],
)
def test_a_count_that_does_not_grow_may_be_a_copys(lena, token, key, stored, said, suspicious):
    SecurityKey.objects.update(sign_count=stored)
    token.counter = said
    assert check(lena, token).copied_key == ("Blue key" if suspicious else "")
    key.refresh_from_db()
    assert (key.copy_told_at is not None) is suspicious


def test_of_a_copy_its_person_is_told_once_a_day(lena, token, key):
    told = []
    with time_machine.travel(time.time(), tick=False) as clock:
        for wait in (timedelta(0), security_keys.TOLD_EVERY - timedelta(seconds=1), timedelta(seconds=1)):
            clock.shift(wait)
            told.append(check(lena, token).copied_key)
    assert told == ["Blue key", "", "Blue key"]


def test_a_key_that_was_removed_while_it_answered_is_wrong(lena, token, key, monkeypatch):
    removed = ceremony.check_use

    def remove(*args, **more):
        SecurityKey.objects.all().delete()
        return removed(*args, **more)

    monkeypatch.setattr(ceremony, "check_use", remove)
    assert check(lena, token) == Wrong(key=True)


# Whose keys there are


def test_keys_are_counted_on_the_account_and_taken_away_together(lena, token, key):
    lars = make_member(lena.contract, "lars")
    other = registered(lars, Token())
    registered(lena, Token())
    assert (lena.key_count, lars.key_count) == (2, 1)
    assert set(security_keys.keys_of(lars)) == {other}
    security_keys.clear(lena)
    assert lena.key_count == 0
    assert list(User.objects.order_by("pk").filter(key_count__gt=0)) == [lars]
    assert set(SecurityKey.objects.all()) == {other}


def test_where_there_is_no_key_nothing_is_written(lena, django_assert_num_queries):
    with django_assert_num_queries(1):
        security_keys.clear(lena)


def test_keys_of_another_host_are_the_accounts_but_of_no_use(lena, token, key):
    old = registered(lena, Token(), rp_id="old.example")
    assert set(security_keys.keys_of(lena)) == {key, old}
    assert set(security_keys.usable(lena)) == {key}


def test_a_browser_is_told_the_ids_and_transports(lena, token, key):
    (told,) = security_keys.descriptors(security_keys.usable(lena))
    assert (told.credential_id, list(told.transports)) == (key.credential_id, ["nfc", "usb"])


def test_a_page_offers_keys_to_who_has_some(lena, token):
    nothing = {"has_keys": False, "keys_alone": False, "keys_useless": False, "keys_fit": True}
    assert security_keys.offered(lena) == nothing
    key = registered(lena, token)
    assert security_keys.offered(lena) == nothing | {"has_keys": True, "keys_alone": True}
    with override_settings(PUBLIC_URL="http://127.0.0.1:8000"):
        assert security_keys.offered(lena) == {
            "has_keys": False, "keys_alone": True, "keys_useless": True, "keys_fit": False
        }  # fmt: skip
    SecurityKey.objects.filter(pk=key.pk).update(rp_id="old.example")
    assert security_keys.offered(lena) == nothing | {"keys_alone": True, "keys_useless": True}


def test_a_page_offers_keys_beside_an_app(lena, token, key):
    app.store(lena, totp.new_key(), 0)
    offered = {"has_keys": True, "keys_alone": False, "keys_useless": False, "keys_fit": True}
    assert security_keys.offered(lena) == offered
