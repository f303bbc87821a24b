"""A key is added, renamed or removed while somebody else is faster, or more often than the budget allows."""

import pytest
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db.models import F

from accounts.models import AuditRow, User
from accounts.origin import SERVER
from accounts.sessions import services as sessions
from tests.factories import make_member
from tests.meanwhile import meanwhile
from tests.people import words
from tests.twofactor.keys.browser import AUTHENTICATE, CHECKED_TOO_OFTEN, REGISTER, Browser
from tests.twofactor.keys.token import Token
from twofactor.keys import services
from twofactor.keys.models import SecurityKey

pytestmark = pytest.mark.django_db
KEYS = "/profile/security/keys/"


@pytest.fixture
def key(lena) -> SecurityKey:
    return SecurityKey.objects.get()


@pytest.fixture
def kim(member) -> Browser:
    """Has given the password and must set up 2FA."""
    browser = Browser(make_member(member.contract, "kim"))
    browser.start_login()
    return browser


def change(user: User) -> None:
    """What every change of an account does that ends its sessions."""
    User.objects.filter(pk=user.pk).update(stamp=F("stamp") + 1)


def test_a_key_is_not_added_where_the_account_has_changed_meanwhile(lena, member):
    with meanwhile(lambda: change(member), before='"two_factor_active_since" IS NOT NULL'):
        lena.register(Token(), "Second")
    assert SecurityKey.objects.count() == 1


def test_a_key_is_not_added_by_a_session_that_the_owner_ends_meanwhile(lena, member):
    with meanwhile(lambda: sessions.end_all(member), before='"two_factor_active_since" IS NOT NULL'):
        lena.register(Token(), "Second")
    assert SecurityKey.objects.count() == 1


def test_a_first_key_does_not_replace_what_was_set_up_in_another_browser(kim):
    credential = Token().register(kim.options(REGISTER))
    other = Browser("kim")
    other.start_login()
    assert other.register(Token(), "Faster").status_code == 200
    slower = kim.send(f"{REGISTER}verify/", {"credential": credential, "name": "Slower"})
    assert "/login/" in (slower.url if slower.status_code == 302 else slower.json()["next"])
    assert [key.name for key in SecurityKey.objects.all()] == ["Faster"]


def test_a_key_that_is_removed_in_another_tab_leads_back_to_the_others(lena, key):
    pk = key.pk
    key.delete()
    for page in ("name", "delete"):
        answer = lena.get(f"{KEYS}{pk}/{page}/")
        assert answer.status_code == 404
        assert "You have no such security key. It may have been removed." in words(answer)
        assert f'href="{KEYS}"' in answer.content.decode()


def test_after_too_many_answers_that_are_none_one_waits(kim):
    for _ in range(5):
        answer = kim.send(f"{REGISTER}verify/", {"credential": {"id": "x"}, "name": "Blue"})
        assert answer.status_code == 400
    assert answer.json() == {"error": CHECKED_TOO_OFTEN, "wait": 30}
    answer = kim.send(f"{REGISTER}verify/", {"credential": {"id": "x"}, "name": "Blue"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert AuditRow.objects.filter(event="throttled").exists()


def test_a_name_that_is_too_long_is_said_before_the_key_is_checked(lena):
    answer = lena.send(f"{REGISTER}verify/", {"credential": {"id": "x"}, "name": "x" * 5_000})
    assert answer.status_code == 400
    assert "characters" in answer.json()["error"]


def test_a_key_that_was_removed_in_another_tab_is_not_renamed(lena, member, key):
    SecurityKey.objects.all().delete()
    assert not services.rename(member, key, "New name", origin=SERVER)
    assert not AuditRow.objects.filter(event="key_renamed").exists()


def test_a_key_that_was_removed_in_another_tab_changes_nothing_else(lena, member, key, rf):
    stamp = User.objects.get(pk=member.pk).stamp
    SecurityKey.objects.all().delete()
    assert not services.remove(User.objects.get(pk=member.pk), key, origin=SERVER, request=rf.post(KEYS))
    assert User.objects.get(pk=member.pk).stamp == stamp


def test_a_key_is_not_removed_by_a_request_that_is_older_than_a_change_of_the_account(lena, member, key, rf):
    before = User.objects.get(pk=member.pk)
    change(member)
    with pytest.raises(SessionInterrupted):
        services.remove(before, key, origin=SERVER, request=rf.post(KEYS))
    assert SecurityKey.objects.exists()


def test_keys_of_another_host_are_asked_for_nothing(lena):
    browser = lena.fresh()
    SecurityKey.objects.update(rp_id="old.example.com")
    browser.start_login()
    answer = browser.send(f"{AUTHENTICATE}options/", {})
    assert (answer.status_code, "no security key that works here" in answer.json()["error"]) == (400, True)


def test_a_key_is_added_only_after_a_fresh_proof(lena):
    session = lena.client.session
    session["confirmed_at"] = 0
    session.save()
    answer = lena.send(f"{REGISTER}options/", {})
    assert answer.status_code in (302, 400)
    assert "/confirm/" in (answer.url if answer.status_code == 302 else answer.json()["next"])
