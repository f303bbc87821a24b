"""Logins, confirmations and registrations by a key, through the addresses that keys.js uses."""

import json

import pytest
from django.core.management import call_command

from accounts.models import AuditRow, Session, User
from cloudpanel.operation import doctor, start
from tests.factories import PASSWORD, make_member
from tests.people import Person, code_of, words
from tests.twofactor.keys.browser import AUTHENTICATE, CHECKED_TOO_OFTEN, REGISTER, Browser
from tests.twofactor.keys.token import FLAG, Token
from twofactor.keys.models import Challenge, SecurityKey

pytestmark = pytest.mark.django_db


def events(*wanted):
    return list(AuditRow.objects.filter(event__in=wanted).order_by("id").values_list("event", "outcome"))


def test_a_key_alone_sets_up_two_factor_authentication_with_codes(member, token):
    browser = Browser(member)
    browser.start_login()
    assert browser.register(token).json() == {"next": "/two-factor/activated/"}
    assert b"Recovery codes" in browser.get("/two-factor/activated/").content
    browser.post("/two-factor/activated/")
    assert browser.is_in()
    assert Session.objects.get(user=member, signed_in=True).methods == "pwd hwk user"


def test_a_key_is_the_second_factor_of_a_login(lena, token):
    browser = lena.fresh()
    assert browser.start_login().url == "/login/code/"
    assert browser.use(token).json() == {"next": "/"}
    assert browser.is_in()
    assert AuditRow.objects.filter(event="sign_in").latest("id").detail == {"with": "key"}


def test_a_passkey_logs_in_without_password_and_code(lena, token):
    browser = lena.fresh()
    assert browser.use(token, {"next": "/profile/"}).json() == {"next": "/profile/"}
    assert browser.is_in()
    assert Session.objects.filter(methods="hwk user", signed_in=True).count() == 1


def test_a_passkey_is_not_blocked_with_the_password(lena, token, member):
    User.objects.filter(pk=member.pk).update(password_revoked_at=member.created_at)
    browser = lena.fresh()
    assert browser.use(token).json() == {"next": "/"}
    assert browser.is_in()


def test_a_passkey_still_meets_a_forced_new_password(lena, token, member):
    User.objects.filter(pk=member.pk).update(must_change_password=True)
    assert lena.fresh().use(token).json() == {"next": "/password/new/"}


@pytest.mark.parametrize("spoilt", [{"flags": FLAG.UP}, {"handle": b""}, {"origin": "https://evil.example"}], ids=str)
def test_what_is_refused_without_a_password_is_one_failure_of_the_address(lena, token, spoilt):
    browser = lena.fresh()
    answer = browser.use(token, **spoilt)
    assert (answer.status_code, "signal" in answer.json()) == (400, False)
    assert events("sign_in_key") == [("sign_in_key", "failed")]
    assert not browser.is_in()


def test_unknown_removed_and_deactivated_keys_say_the_same(lena, token, member):
    unknown = lena.fresh().use(Token(handle=token.handle)).json()
    assert unknown.pop("signal")["rpId"] == "localhost"
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert lena.fresh().use(token).json() == unknown


def test_the_refused_passkey_that_starts_a_wait_of_the_address_names_it(lena, token):
    browser = lena.fresh()
    while "wait" not in (answer := browser.use(token, handle=b"").json()):
        pass
    assert answer["error"].endswith("username and password. Too many attempts. Try again in 30 seconds.")
    assert browser.use(token).status_code == 429


def test_an_answer_counts_once(lena, token):
    browser = lena.fresh()
    body = {"credential": token.use(browser.options(AUTHENTICATE))}
    assert browser.send(f"{AUTHENTICATE}verify/", body).status_code == 200
    browser.post("/logout/")
    again = browser.send(f"{AUTHENTICATE}verify/", body)
    assert (again.status_code, again.json()["error"]) == (400, "This request has expired. Try again.")
    assert events("sign_in_key") == []


def test_a_challenge_of_another_browser_or_of_another_purpose_is_late(lena, token):
    one, other = lena.fresh(), lena.fresh()
    body = {"credential": token.use(one.options(AUTHENTICATE))}
    other.get("/login/")
    assert other.client.cookies["csrftoken"].value != one.client.cookies["csrftoken"].value
    assert other.send(f"{AUTHENTICATE}verify/", body).json() == {"error": "This request has expired. Try again."}
    one.start_login()
    assert one.send(f"{AUTHENTICATE}verify/", body).json() == {"error": "This request has expired. Try again."}


def test_an_old_challenge_is_late(lena, token):
    browser = lena.fresh()
    body = {"credential": token.use(browser.options(AUTHENTICATE))}
    Challenge.objects.update(expires_at=Challenge.objects.get().expires_at.replace(year=2020))
    assert browser.send(f"{AUTHENTICATE}verify/", body).status_code == 400
    assert events("sign_in_key") == []


def test_a_spoilt_signature_at_the_second_step_is_a_counted_failure_and_no_wrong_code(lena, token):
    browser = lena.fresh()
    browser.start_login()
    for _ in range(5):
        failed = browser.use(token, signature=b"spoilt")
        assert failed.status_code == 400
    assert failed.json() == {"error": CHECKED_TOO_OFTEN, "wait": 30}
    waiting = browser.use(token)
    assert (waiting.status_code, "Retry-After" in waiting.headers) == (429, True)
    assert events("sign_in_key") == [("sign_in_key", "failed")] * 5
    assert events("sign_in_code", "ten_wrong_codes") == []


def test_confirming_with_a_verifying_key_needs_no_password(lena, token):
    assert lena.use(token, {"next": "/profile/email/"}).json() == {"next": "/profile/email/"}


def test_confirming_with_a_key_that_verifies_nobody_needs_the_password(lena, token):
    flags = FLAG.UP
    assert lena.use(token, flags=flags).json() == {"error": "Enter your password, then use the key."}
    assert lena.use(token, {"password": "wrong"}, flags=flags).json() == {"error": "Incorrect password."}
    assert lena.use(token, {"password": PASSWORD}, flags=flags).status_code == 200


def test_while_the_password_is_blocked_only_a_key_that_verifies_confirms(lena, token, member):
    User.objects.filter(pk=member.pk).update(password_revoked_at=member.created_at)
    blocked = "Your password is blocked because it may be compromised. Use a passkey, or choose a new password."
    form = {"password": PASSWORD, "code": code_of(lena.key, 1), "next": "/profile/email/"}
    answer = lena.post("/confirm/", form)
    assert answer.status_code == 200
    assert "Your password is blocked because it may be compromised. Use your security key" in words(answer)
    assert lena.use(token, {"password": PASSWORD}, flags=FLAG.UP).json() == {"error": blocked}
    assert lena.use(token, flags=FLAG.UP).json() == {"error": blocked}
    assert lena.use(token, {"next": "/profile/email/"}).json() == {"next": "/profile/email/"}


@pytest.mark.parametrize("field", ["name", "password", "next"])
@pytest.mark.parametrize("address", [f"{REGISTER}verify/", f"{AUTHENTICATE}verify/"])
def test_half_of_a_surrogate_pair_is_refused_with_a_sentence(lena, token, address, field):
    passwordless = {"flags": FLAG.UP} if address.startswith(AUTHENTICATE) else {}
    answer = Token().register if address.startswith(REGISTER) else token.use
    credential = answer(lena.options(address.removesuffix("verify/")), **passwordless)
    refused = lena.send(address, json.dumps({"credential": credential, field: "half \ud800"}))
    assert refused.status_code == 400
    assert refused.json() == {"error": "The browser sent something that can't be read. Reload the page and try again."}


def test_a_key_is_registered_once_in_the_installation(lena, token, member):
    other = Browser(make_member(member.contract, "lars")).enrol()
    assert other.register(token).json() == {"error": "This key is already registered."}


def test_nobody_without_a_fresh_proof_adds_a_key(lena):
    session = lena.client.session
    session["confirmed_at"] = 0
    session.save()
    assert lena.send(f"{REGISTER}options/").url.startswith("/confirm/")


def test_who_knows_the_password_alone_adds_no_key(lena):
    thief = lena.fresh()
    thief.start_login()
    assert thief.send(f"{REGISTER}options/").url == "/login/code/"
    assert thief.send(f"{REGISTER}verify/").url == "/login/code/"


def test_options_never_tell_whether_an_account_has_keys(lena):
    asked = [lena.fresh().options(AUTHENTICATE, username=name) for name in ("lena", "nobody")]
    assert [entry.keys() for entry in asked] == [asked[0].keys()] * 2
    assert "allowCredentials" not in asked[0]


def test_a_count_that_does_not_grow_is_accepted_and_told_once_a_day(lena, token):
    token.counter = 9
    for _ in range(3):
        assert lena.use(token).status_code == 200
    assert events("key_copied") == [("key_copied", "ok")]
    assert SecurityKey.objects.get().sign_count == 9


def test_keys_are_renamed_and_removed_and_removing_ends_other_sessions(lena, token, member):
    elsewhere = lena.fresh()
    elsewhere.use(token)
    key = SecurityKey.objects.get()
    lena.post(f"/profile/security/keys/{key.pk}/name/", {"name": "Green key"})
    assert b"Green key" in lena.get("/profile/security/keys/").content
    assert lena.post(f"/profile/security/keys/{key.pk}/delete/").url == "/profile/security/keys/"
    assert not SecurityKey.objects.exists()
    assert lena.is_in()
    assert not elsewhere.is_in()
    assert events("key_renamed", "key_removed") == [("key_renamed", "ok"), ("key_removed", "ok")]


def test_the_last_factor_of_somebody_who_must_have_one_stays(lena, token):
    assert lena.post("/profile/security/app/delete/").status_code == 302
    key = SecurityKey.objects.get()
    address = f"/profile/security/keys/{key.pk}/delete/"
    for answer in (lena.get(address), lena.post(address)):
        assert (answer.status_code, SecurityKey.objects.count()) == (200, 1)
        assert b"Add another key or an app first" in answer.content
        assert b"is disabled with it" not in answer.content


def test_the_app_stays_where_no_key_is_left(member):
    browser = Browser(member).enrol()
    assert browser.post("/profile/security/app/delete/").status_code == 200


@pytest.mark.parametrize("act", ["get", "post"])
def test_who_has_no_app_is_not_asked_to_remove_it(act, lena):
    lena.post("/profile/security/app/delete/")
    answer = getattr(lena, act)("/profile/security/app/delete/")
    assert (answer.status_code, answer.url) == (302, "/profile/security/")


def test_a_key_of_another_host_answers_to_nobody_and_opens_no_setup(lena, token):
    SecurityKey.objects.update(rp_id="old.example")
    lena.post("/profile/security/app/delete/")
    browser = lena.fresh()
    assert browser.use(token).status_code == 400
    assert browser.start_login().url == "/login/code/"
    assert browser.get("/two-factor/setup/").url == "/login/code/"


@pytest.mark.parametrize("act", ["two-factor-required", "two-factor-reset"])
def test_no_and_reset_take_the_keys_away(lena, member, act):
    owner = Person(member.contract.owner)
    owner.log_in()
    assert owner.post(f"/management/users/{member.pk}/{act}/", {"required": "no"}).status_code == 302
    assert not SecurityKey.objects.exists()
    assert not lena.is_in()


RUBBISH = [b"", b"[]", b"{", b"7", b'{"credential": 7}', b'{"credential": {}}', b'{"credential": {}, "name": []}']


@pytest.mark.parametrize("body", RUBBISH)
@pytest.mark.parametrize("address", [f"{REGISTER}verify/", f"{AUTHENTICATE}verify/"])
def test_rubbish_is_told_in_a_sentence(lena, address, body):
    answer = lena.client.post(address, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_operator_reads_how_many_keys_another_host_has_left_behind(lena, capsys):
    call_command("twofactor", "status")
    assert "of no use" not in capsys.readouterr().err
    SecurityKey.objects.update(rp_id="old.example")
    said = "1 security key is of no use: registered under another host than localhost in PUBLIC_URL."
    call_command("twofactor", "status")
    assert said in capsys.readouterr().err
    assert [finding.problem for finding in doctor.check_keys()] == [said]
    assert start._useless_keys() == said


def test_the_page_that_asks_the_owner_leads_back_to_what_the_account_has(lena, token):
    browser = lena.fresh()
    browser.start_login()
    assert "Use the code from your app or a security key" in words(browser.get("/login/help/"))
    lena.post("/profile/security/app/delete/")
    browser.start_login()
    shown = words(browser.get("/login/help/"))
    assert "neither your phone nor a security key nor a recovery code" in shown
    assert "Use a security key" in shown
    assert "code from your app" not in shown
