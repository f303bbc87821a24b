"""Answers to a challenge that was made for something else, and what happens between a challenge and its answer."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.expiry import AT_ONCE
from accounts.management.commands.housekeeping import remove
from accounts.models import AuditRow, Session, User
from accounts.origin import SERVER, Origin
from tests.bench.sql import Sql
from tests.factories import make_member
from tests.people import Person, code_of
from tests.twofactor.keys.browser import AUTHENTICATE, REGISTER, Browser
from tests.twofactor.keys.token import FLAG, Token
from twofactor.keys import challenges
from twofactor.keys.challenges import ChallengePurpose
from twofactor.keys.models import Challenge, SecurityKey

pytestmark = pytest.mark.django_db
LATE = {"error": "This request has expired. Try again."}
REFUSED = {"error": "The security key could not be checked. Try again."}
UNKNOWN = "This passkey can't be used here. Log in with your username and password."


@pytest.fixture
def owner(member):
    person = Person(member.contract.owner)
    person.log_in()
    return person


def at_the_second_step(lena):
    browser = lena.fresh()
    assert browser.start_login().url == "/login/code/"
    return browser


def verified(browser, credential, **more):
    return browser.send(f"{AUTHENTICATE}verify/", {"credential": credential} | more)


def asks(purpose, lena):
    """A browser of Lena's that waits for an answer with this purpose, and how it asks and sends."""
    return {
        ChallengePurpose.LOGIN: (lena.fresh, {"purpose": "login"}),
        ChallengePurpose.FACTOR: (lambda: at_the_second_step(lena), {}),
        ChallengePurpose.CONFIRM: (lambda: lena, {}),
    }[purpose]


@pytest.mark.parametrize("made_for", list(ChallengePurpose))
@pytest.mark.parametrize("used_for", [ChallengePurpose.LOGIN, ChallengePurpose.FACTOR, ChallengePurpose.CONFIRM])
def test_a_challenge_serves_no_other_purpose_of_the_same_browser(lena, token, member, made_for, used_for):
    begin, more = asks(used_for, lena)
    browser = begin()
    options = browser.options(AUTHENTICATE, **more)
    row = Challenge.objects.get()
    for_account = None if made_for is ChallengePurpose.LOGIN else member.pk
    Challenge.objects.filter(pk=row.pk).update(purpose=made_for, user_id=for_account)
    answer = verified(browser, token.use(options), **more)
    assert (answer.status_code == 200) == (made_for is used_for)
    if made_for is not used_for:
        assert answer.json() == LATE
        assert Challenge.objects.count() == 1


@pytest.mark.parametrize("made_for", [ChallengePurpose.LOGIN, ChallengePurpose.FACTOR, ChallengePurpose.CONFIRM])
def test_a_challenge_for_a_use_registers_nothing(lena, member, made_for):
    options = lena.options(REGISTER)
    for_account = None if made_for is ChallengePurpose.LOGIN else member.pk
    Challenge.objects.update(purpose=made_for, user_id=for_account)
    assert lena.send(f"{REGISTER}verify/", {"credential": Token().register(options)}).json() == LATE
    assert SecurityKey.objects.count() == 1


def test_a_challenge_of_another_account_in_the_same_browser_is_late(lena, token, member):
    lars = Browser(make_member(member.contract, "lars")).enrol()
    own = Token()
    assert lars.register(own).status_code == 200
    here = at_the_second_step(lena)
    options = here.options(AUTHENTICATE)
    here.username = "lars"
    assert here.start_login().url == "/login/code/"
    assert verified(here, own.use(options)).json() == LATE
    assert not here.is_in()


def test_without_a_password_the_handle_of_another_account_is_refused(lena, token, member):
    other = make_member(member.contract, "lars")
    here = lena.fresh()
    answer = here.use(token, handle=other.subject.encode())
    assert (answer.status_code, answer.json()) == (400, {"error": UNKNOWN})
    assert not here.is_in()


def test_a_login_that_still_owes_another_step_uses_and_registers_no_key(lena, token, member):
    User.objects.filter(pk=member.pk).update(must_change_password=True)
    here = lena.fresh()
    assert here.use(token).json() == {"next": "/password/new/"}
    for address in (AUTHENTICATE, REGISTER):
        for step in ("options", "verify"):
            assert here.send(f"{address}{step}/", {"purpose": "login"}).url == "/password/new/"
    assert not here.is_in()


def test_two_tabs_that_asked_at_once_log_in_once_and_the_other_answer_is_late(lena, token):
    here = at_the_second_step(lena)
    one, other = here.options(AUTHENTICATE), here.options(AUTHENTICATE)
    assert verified(here, token.use(one)).json() == {"next": "/"}
    assert verified(here, token.use(other)).json() == LATE
    assert here.is_in()


@pytest.mark.parametrize("begin", [Browser.fresh, at_the_second_step], ids=["alone", "second step"])
def test_a_key_that_is_removed_before_its_answer_opens_nothing(lena, token, begin):
    here = begin(lena)
    options = here.options(AUTHENTICATE)
    lena.post(f"/profile/security/keys/{SecurityKey.objects.get().pk}/delete/")
    answer = verified(here, token.use(options))
    assert answer.status_code in (302, 400)
    assert not here.is_in()


@pytest.mark.parametrize("act", ["state", "two-factor-reset", "two-factor-required"])
@pytest.mark.parametrize("begin", [Browser.fresh, at_the_second_step], ids=["alone", "second step"])
def test_what_the_owner_does_before_the_answer_counts(lena, token, member, owner, begin, act):
    here = begin(lena)
    options = here.options(AUTHENTICATE)
    form = {"state": "deactivated", "required": "no"}
    assert owner.post(f"/management/users/{member.pk}/{act}/", form).status_code == 302
    answer = verified(here, token.use(options))
    assert answer.status_code in (302, 400)
    assert not here.is_in()
    assert Session.objects.filter(user=member, signed_in=True).count() == 0


def test_a_new_password_before_the_answer_ends_the_second_step_and_no_passkey(lena, token, member, owner):
    second, alone = at_the_second_step(lena), lena.fresh()
    asked = [browser.options(AUTHENTICATE) for browser in (second, alone)]
    new = "seven brave otters juggle"
    owner.post(f"/management/users/{member.pk}/password/", {"password1": new, "password2": new})
    assert verified(second, token.use(asked[0])).status_code in (302, 400)
    assert verified(alone, token.use(asked[1])).json() == {"next": "/"}
    assert (second.is_in(), alone.is_in()) == (False, True)


@pytest.mark.parametrize("act", ["state", "two-factor-reset", "two-factor-required"])
def test_a_key_is_not_added_to_an_account_that_the_owner_has_changed(lena, member, owner, act):
    credential = Token().register(lena.options(REGISTER))
    owner.post(f"/management/users/{member.pk}/{act}/", {"state": "deactivated", "required": "no"})
    answer = lena.send(f"{REGISTER}verify/", {"credential": credential})
    assert answer.status_code in (302, 400)
    assert SecurityKey.objects.filter(name="Security key").count() == 0


def test_the_proof_must_still_be_fresh_when_the_new_key_answers(lena):
    credential = Token().register(lena.options(REGISTER))
    session = lena.client.session
    session["confirmed_at"] = 0
    session.save()
    answer = lena.send(f"{REGISTER}verify/", {"credential": credential})
    assert answer.status_code == 302
    assert answer.url.startswith("/confirm/")
    assert SecurityKey.objects.count() == 1


def test_a_first_key_after_an_app_was_set_up_in_another_browser_takes_nothing_over(member):
    here, elsewhere = Browser(member), Browser(member)
    here.start_login()
    credential = Token().register(here.options(REGISTER))
    elsewhere.enrol()
    answer = here.send(f"{REGISTER}verify/", {"credential": credential})
    assert answer.status_code in (200, 302)
    assert not SecurityKey.objects.exists()
    assert not here.is_in()
    assert elsewhere.is_in()


def test_a_changed_public_url_makes_the_answer_worthless(lena, token, settings):
    here = lena.fresh()
    options = here.options(AUTHENTICATE)
    settings.PUBLIC_URL = "https://panel.example.com"
    assert verified(here, token.use(options)).status_code == 400
    assert not here.is_in()


def test_a_count_that_goes_back_leaves_the_highest(lena, token):
    for count in (5, 9, 2, 7):
        token.counter = count
        assert lena.use(token).status_code == 200
    assert SecurityKey.objects.get().sign_count == 9
    assert AuditRow.objects.filter(event="key_copied").count() == 1


def test_verification_that_is_only_claimed_confirms_nothing(lena, token):
    """The flag is signed: set afterwards, it spoils the signature."""
    options = lena.options(AUTHENTICATE)
    credential, true = (token.use(options, flags=flags) for flags in (FLAG.UP, FLAG.UP | FLAG.UV))
    credential["response"]["authenticatorData"] = true["response"]["authenticatorData"]
    assert verified(lena, credential).json() == REFUSED


def test_disabling_takes_the_keys_away_by_page_and_by_recovery_code(lena, token, member):
    User.objects.filter(pk=member.pk).update(two_factor_required=False)
    here = at_the_second_step(lena)
    form = {"recovery_code": lena.codes[0], "action": "disable"}
    assert here.post("/login/recovery/", form).url == "/"
    assert not SecurityKey.objects.exists()
    assert User.objects.get(pk=member.pk).key_count == 0
    key = here.read_key()
    here.post("/two-factor/setup/", {"code": code_of(key)})
    here.post("/two-factor/activated/")
    assert here.register(Token()).status_code == 200
    assert here.post("/two-factor/disable/").status_code == 302
    assert not SecurityKey.objects.exists()


def test_a_key_answers_on_a_machine_whose_clock_is_a_little_behind(lena, token):
    with time_machine.travel(datetime.now(UTC), tick=False) as machine:
        browser = at_the_second_step(lena)
        credential = token.use(browser.options(AUTHENTICATE))
        machine.shift(-60)
        assert verified(browser, credential).json() == {"next": "/"}


def test_challenges_that_nobody_answered_are_removed_by_those_who_come_later(lena):
    for _ in range(3):
        challenges.make(ChallengePurpose.LOGIN, browser="x", user_id=None, origin=SERVER)
    Challenge.objects.update(expires_at=Challenge.objects.first().expires_at.replace(year=2020))
    lena.options(AUTHENTICATE)
    assert Challenge.objects.count() == 1


def made(ip: str, *, user_id: int | None = None) -> bytes:
    return challenges.make(ChallengePurpose.LOGIN, browser="x", user_id=user_id, origin=Origin(ip))


def test_of_one_network_only_the_newest_challenges_live_and_others_are_left_alone(lena, monkeypatch):
    monkeypatch.setattr(challenges, "LIVING", 5)
    elsewhere, of_an_account = made("2001:db8:1::1"), made("2001:db8::1", user_id=1)
    first, *_rest, last = [made(f"2001:db8::{n:x}") for n in range(1, 9)]
    assert Challenge.objects.count() == 7
    alive = [challenges.spend(c, ChallengePurpose.LOGIN, browser="x", user_id=None) for c in (first, last, elsewhere)]
    assert [bool(found) for found in alive] == [False, True, True]
    assert challenges.spend(of_an_account, ChallengePurpose.LOGIN, browser="x", user_id=1)


def test_a_thief_with_the_password_replaces_no_challenge_of_another_browser(monkeypatch):
    monkeypatch.setattr(challenges, "LIVING", 5)
    own = made("192.0.2.1", user_id=1)
    for _ in range(10):
        challenges.make(ChallengePurpose.LOGIN, browser="thief", user_id=1, origin=Origin("192.0.2.1"))
    assert Challenge.objects.count() == 6
    assert challenges.spend(own, ChallengePurpose.LOGIN, browser="x", user_id=1)


def test_ten_thousand_challenges_make_no_request_dearer_and_go_in_batches(lena):
    lena.options(AUTHENTICATE)
    with Sql() as before:
        lena.options(AUTHENTICATE)
    past, future = (timezone.now() + timedelta(minutes=minutes) for minutes in (-1, 4))
    Challenge.objects.bulk_create(
        Challenge(digest=f"{n}", purpose="login", browser="x", asker=f"192.0.2.{n % 250}", expires_at=at)
        for n, at in enumerate([past] * 5_000 + [future] * 5_000)
    )
    with Sql() as after:
        lena.options(AUTHENTICATE)
    assert after.queries == before.queries + 1, "twenty are deleted"
    assert Challenge.objects.filter(expires_at=past).count() == 5_000 - AT_ONCE
    with Sql() as cleaning:
        assert remove(challenges.expired()) == 5_000 - AT_ONCE
    assert cleaning.queries <= 11, "five batches, each read and deleted, and a last look"
    assert Challenge.objects.filter(expires_at=future).count() == 5_000
