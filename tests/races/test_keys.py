"""Keys at the same moment: one answer opens one login, one registration stores one key, and ten keys stay ten."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import override_settings

from accounts.models import AuditRow, Event, Session, User
from accounts.origin import Origin
from tests.factories import make_member, make_owner
from tests.meanwhile import meanwhile
from tests.races.conftest import THREADS, is_waiting
from tests.twofactor.keys.browser import AUTHENTICATE, REGISTER, Browser
from tests.twofactor.keys.token import ORIGIN, Token
from twofactor.factors.security_keys import MAX_KEYS
from twofactor.keys.models import Challenge, SecurityKey
from twofactor.requirement import services

LATE = "This request has expired. Try again."


@pytest.fixture(autouse=True)
def _at_localhost():
    with override_settings(PUBLIC_URL=ORIGIN):
        yield


@pytest.fixture
def token():
    return Token()


@pytest.fixture
def lena(token):
    browser = Browser(make_member(make_owner().contracts.get())).enrol()
    assert browser.register(token).status_code == 200
    return browser


def copies_of(browser, count=THREADS):
    """Tabs of the same browser: one session, one CSRF cookie."""
    found = [Browser(browser.username) for _ in range(count)]
    for copy in found:
        for name, morsel in browser.client.cookies.items():
            copy.client.cookies[name] = morsel.value
    return found


def once(answers):
    """One was accepted. Some others may have been told to wait, while the attempts of many were counted at once."""
    found = [answer.status_code for answer in answers]
    return found.count(200) == 1 and set(found) <= {200, 302, 400, 429}


@pytest.mark.parametrize("password", [False, True])
def test_twenty_uses_of_one_assertion_open_exactly_one_login(lena, token, at_once, password):
    here = lena.fresh()
    if password:
        here.start_login()
    body = {"credential": token.use(here.options(AUTHENTICATE))}
    before = AuditRow.objects.filter(event=Event.SIGN_IN).count()
    sessions = Session.objects.filter(signed_in=True).count()
    answers = at_once(lambda copy: copy.send(f"{AUTHENTICATE}verify/", body), copies_of(here))
    assert [answer.json() for answer in answers if answer.status_code == 200] == [{"next": "/"}]
    assert once(answers)
    assert AuditRow.objects.filter(event=Event.SIGN_IN).count() == before + 1
    assert Session.objects.filter(signed_in=True).count() == sessions + 1
    assert not AuditRow.objects.filter(event=Event.SIGN_IN_KEY).exists()
    assert not Challenge.objects.exists()


def test_twenty_uses_of_one_assertion_confirm_once(lena, token, at_once):
    body = {"credential": token.use(lena.options(AUTHENTICATE))}
    answers = at_once(lambda copy: copy.send(f"{AUTHENTICATE}verify/", body), copies_of(lena))
    assert once(answers)
    assert {answer.json().get("error") for answer in answers if answer.status_code == 400} == {LATE}
    assert AuditRow.objects.filter(event=Event.CONFIRMED).count() == 1


def test_twenty_uses_of_one_registration_add_one_key(lena, at_once):
    body = {"credential": Token().register(lena.options(REGISTER)), "name": "Green key"}
    answers = at_once(lambda copy: copy.send(f"{REGISTER}verify/", body), copies_of(lena))
    assert once(answers)
    assert SecurityKey.objects.filter(name="Green key").count() == 1
    assert User.objects.get(username="lena").key_count == 2


def test_twenty_uses_of_a_first_registration_activate_once(at_once):
    pia = Browser(make_member(make_owner().contracts.get(), "pia"))
    pia.start_login()
    body = {"credential": Token().register(pia.options(REGISTER))}
    answers = at_once(lambda copy: copy.send(f"{REGISTER}verify/", body), copies_of(pia))
    assert [answer.json() for answer in answers if answer.status_code == 200] == [{"next": "/two-factor/activated/"}]
    assert SecurityKey.objects.count() == 1
    assert AuditRow.objects.filter(event=Event.TWO_FACTOR_ACTIVATED).count() == 1


def test_two_keys_at_once_make_ten_of_nine_and_no_eleven(lena, at_once):
    for _ in range(MAX_KEYS - 2):
        assert lena.register(Token()).status_code == 200
    bodies = [{"credential": Token().register(lena.options(REGISTER))} for _ in range(2)]
    work = list(zip(copies_of(lena, 2), bodies, strict=True))
    answers = at_once(lambda item: item[0].send(f"{REGISTER}verify/", item[1]), work)
    assert once(answers)
    assert SecurityKey.objects.count() == User.objects.get(username="lena").key_count == MAX_KEYS
    assert lena.send(f"{REGISTER}options/").json() == {"error": "An account has at most 10 keys. Remove one first."}


def test_one_key_for_two_accounts_at_once_becomes_the_key_of_one(lena, at_once):
    lars = Browser(make_member(User.objects.get(username="lena").contract, "lars")).enrol()
    shared = Token()
    work = [(browser, {"credential": shared.register(browser.options(REGISTER))}) for browser in (lena, lars)]
    answers = at_once(lambda item: item[0].send(f"{REGISTER}verify/", item[1]), work)
    assert once(answers)
    assert SecurityKey.objects.filter(credential_id=work[0][1]["credential"]["id"]).count() == 1


def test_removing_a_key_while_another_tab_uses_it_leaves_nobody_in_by_it(lena, token, at_once):
    """Whichever comes first: a login before the removal ends with it, one after it is refused."""
    here = lena.fresh()
    body = {"credential": token.use(here.options(AUTHENTICATE))}
    key = SecurityKey.objects.get()
    work = [
        lambda: lena.post(f"/profile/security/keys/{key.pk}/delete/").status_code,
        lambda: here.send(f"{AUTHENTICATE}verify/", body).status_code,
    ]
    removed, used = at_once(lambda act: act(), work)
    assert (removed, used in (200, 400)) == (302, True)
    assert not SecurityKey.objects.exists()
    assert not here.is_in()
    assert lena.is_in()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.parametrize("by", ["its person", "the owner"])
def test_a_login_by_a_key_does_not_hold_the_key_while_it_waits_for_the_account(lena, token, by):
    """Whoever removes keys takes the account's row first, so the other way round would be a deadlock."""
    here = lena.fresh()
    body = {"credential": token.use(here.options(AUTHENTICATE))}
    key = SecurityKey.objects.get()

    def remove():
        try:
            if by == "the owner":
                target = User.objects.get(username="lena")
                services.reset(actor=target.contract.owner, target=target, origin=Origin("192.0.2.1"))
            else:
                assert lena.post(f"/profile/security/keys/{key.pk}/delete/").status_code == 302
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, meanwhile(lambda: pool.submit(remove).result(20), before="SET last_login"):
        assert here.send(f"{AUTHENTICATE}verify/", body).status_code == 200
    assert not SecurityKey.objects.exists()
    assert not here.is_in()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_a_key_added_while_the_last_one_is_removed_is_refused_or_stays():
    kim = Browser(make_member(make_owner().contracts.get(), "kim"))
    kim.start_login()
    assert kim.register(Token()).status_code == 200
    User.objects.filter(username="kim").update(two_factor_required=False)
    (tab,) = copies_of(kim, 1)
    body = {"credential": Token().register(tab.options(REGISTER)), "name": "Second"}
    added = []

    def add():
        try:
            return tab.send(f"{REGISTER}verify/", body).status_code
        finally:
            connections.close_all()

    def begin():
        added.append(pool.submit(add))
        while not (added[0].done() or is_waiting()):
            time.sleep(0.01)

    with ThreadPoolExecutor(1) as pool, meanwhile(begin, before="FOR NO KEY UPDATE"):
        assert kim.post(f"/profile/security/keys/{SecurityKey.objects.get().pk}/delete/").status_code == 302
        assert (added[0].result(20) == 200) is SecurityKey.objects.exists()
