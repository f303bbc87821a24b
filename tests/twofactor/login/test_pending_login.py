"""A login between the password and its last step: what it needs, how long it lives, and what ends it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.http import HttpRequest
from django.utils import timezone

from accounts.gate.access import Stage
from accounts.models import Session, User
from accounts.models.session_store import row_key
from tests.factories import make_member
from twofactor.factors import account, app
from twofactor.help.models import HelpDecision, HelpRequest
from twofactor.login import ending, pending_login
from twofactor.login.pending_login import Ended, LoginState, Reason
from twofactor.models import Authenticator
from twofactor.session_store import SessionStore
from twofactor.totp import new_key

pytestmark = pytest.mark.django_db
NOW = 1_800_000_000
BROWSER = "b" * 64


@pytest.fixture
def lena(contract) -> User:
    """Must use 2FA and has not set it up."""
    return make_member(contract)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def request_with(login: LoginState, stage: Stage = Stage.SETUP) -> HttpRequest:
    """The request in which this login is stored."""
    request = HttpRequest()
    request.session = SessionStore()
    pending_login.store(request, login, stage)
    request.session.save()
    return request


def load(request: HttpRequest):
    """In the next request of this browser."""
    later = HttpRequest()
    later.session = SessionStore(request.session.session_key)
    return pending_login.load(later)


def change(user: User, **fields) -> None:
    User.objects.filter(pk=user.pk).update(**fields)


def activate(user: User) -> Authenticator:
    app.store(user, new_key(), 0)
    change(user, two_factor_active_since=timezone.now())
    return Authenticator.objects.get(user=user)


def ask(user: User, *, minutes: int = 60, **fields) -> HelpRequest:
    times = {"created_at": timezone.now(), "expires_at": timezone.now() + timedelta(minutes=minutes)}
    facts = {"stamp": user.stamp, "session_key": "", "browser": BROWSER, "words": "", "mailed": False}
    return HelpRequest.objects.create(user=user, **times | facts | fields)


def with_help(user: User, minutes: int = 60) -> LoginState:
    return replace(pending_login.begin(user, "/"), help=BROWSER, help_until=NOW + minutes * 60)


# How long it lives


@pytest.mark.parametrize(
    ("stage", "minutes"), [(Stage.CODE, 5), (Stage.OFFER, 5), (Stage.PASSWORD, 5), (Stage.SETUP, 15)]
)
def test_five_minutes_and_fifteen_during_setup(lena, stage, minutes):
    assert pending_login.begin(lena, "/").ends_at(stage) == NOW + minutes * 60


@pytest.mark.parametrize(
    ("stage", "asked_for", "ends"),
    [(Stage.CODE, 60, 60), (Stage.CODE, 2, 5), (Stage.SETUP, 60, 75), (Stage.SETUP, -5, 15)],
)
def test_a_request_for_help_prolongs_and_never_shortens(lena, stage, asked_for, ends):
    login = with_help(lena, asked_for)
    assert login.ends_at(stage) == NOW + ends * 60
    assert replace(login, help="").ends_at(stage) == pending_login.begin(lena, "/").ends_at(stage)


def test_it_ends_on_the_second(lena, clock):
    request = request_with(pending_login.begin(lena, "/profile/"))
    clock.move_to(NOW + 15 * 60 - 1)
    assert load(request).user == lena
    assert load(request).ends_at == NOW + 15 * 60
    clock.move_to(NOW + 15 * 60)
    assert load(request) == Ended(Reason.EXPIRED, "/profile/")


def test_the_moment_of_the_password(lena):
    assert pending_login.begin(lena, "/").begun == datetime.fromtimestamp(NOW, UTC)


# Waiting for help


def test_the_longer_time_is_for_an_open_request_of_this_browser_alone(lena, clock):
    request = request_with(with_help(lena))
    clock.move_to(NOW + 15 * 60 - 1)
    assert load(request).user == lena, "the usual time needs no request"
    clock.move_to(NOW + 15 * 60)
    assert load(request) == Ended(Reason.EXPIRED, "/"), "nobody has asked"
    asked = ask(lena)
    assert load(request).user == lena
    for fields, ended in [
        ({"browser": "c" * 64}, {"browser": BROWSER}),
        ({"decided_at": timezone.now(), "decision": HelpDecision.REFUSED}, {"decided_at": None, "decision": ""}),
        ({"expires_at": timezone.now()}, {"expires_at": timezone.now() + timedelta(hours=1)}),
    ]:
        HelpRequest.objects.filter(pk=asked.pk).update(**fields)
        assert load(request) == Ended(Reason.EXPIRED, "/"), fields
        HelpRequest.objects.filter(pk=asked.pk).update(**ended)
        assert load(request).user == lena


def test_an_approval_lets_only_the_browser_that_asked_go_on_and_for_nothing_else_changed(lena, clock):
    helped, other = request_with(with_help(lena)), request_with(pending_login.begin(lena, "/"))
    change(lena, stamp=lena.stamp + 1, setup_browser=BROWSER)
    clock.move_to(NOW + 20 * 60)
    assert load(helped).stages[0] is Stage.SETUP
    assert load(other) == Ended(Reason.CHANGED, "/")
    change(lena, setup_browser="c" * 64)
    assert load(helped) == Ended(Reason.CHANGED, "/"), "approved for another"
    change(lena, stamp=lena.stamp + 2, setup_browser=BROWSER)
    assert load(helped) == Ended(Reason.CHANGED, "/"), "changed twice"
    user = fresh(lena)
    user.set_password("another password of hers")
    change(lena, stamp=lena.stamp + 1, password=user.password)
    assert load(helped) == Ended(Reason.CHANGED, "/"), "a new password"


def test_asking_is_kept_with_the_login(lena):
    request = request_with(pending_login.begin(lena, "/"))
    pending_login.ask_for_help(request, browser=BROWSER, until=datetime.fromtimestamp(NOW + 3600, UTC))
    request.session.save()
    login = load(request).login
    assert (login.help, login.help_until) == (BROWSER, NOW + 3600)


# Steps


def test_the_state_is_stored_whole(lena):
    login = replace(with_help(lena), device_id="x/1", methods="pwd hwk", next="/profile/", offer="done")
    assert load(request_with(login)).login == login


def test_saved_input_goes_on_with_the_login_of_its_own_account(lena, contract):
    for user, kept in ((lena, True), (make_member(contract, "otto"), False)):
        request = HttpRequest()
        request.session = SessionStore()
        request.session["saved_input"] = {"account": lena.pk}
        pending_login.store(request, pending_login.begin(user, "/"), Stage.SETUP)
        assert ("saved_input" in request.session) is kept


def test_one_that_is_not_saved_yet_is_none(lena):
    request = HttpRequest()
    request.session = SessionStore()
    pending_login.store(request, pending_login.begin(lena, "/"), Stage.SETUP)
    assert pending_login.load(request) == Ended(Reason.CHANGED, "/")


def test_a_passkey_begins_with_both_factors(lena):
    login = pending_login.by_passkey(lena, "/profile/", "key/1", "hwk user")
    assert (login.user_id, login.next, login.device_id, login.methods) == (lena.pk, "/profile/", "key/1", "hwk user")


def test_a_verified_step_adds_its_method_and_the_account_as_it_is_now(lena):
    begun = pending_login.begin(lena, "/")
    change(lena, stamp=lena.stamp + 1)
    login = pending_login.proved(begun, fresh(lena), device_id="app/1", by="otp")
    assert (login.device_id, login.methods) == ("app/1", "pwd otp")
    assert login.auth_hash == fresh(lena).get_session_auth_hash() != begun.auth_hash


def test_a_request_ends_with_the_next_step_unless_it_was_approved(lena):
    login = with_help(lena)
    after = pending_login.proved(login, lena, device_id=None)
    assert (after.help, after.help_until, after.methods) == ("", 0, "pwd")
    lena.setup_browser = BROWSER
    after = pending_login.proved(login, lena, device_id=None)
    assert (after.help, after.help_until) == (login.help, login.help_until)


def test_only_the_apps_own_id_proves_it(lena):
    device = activate(lena)
    user, login = fresh(lena), pending_login.begin(lena, "/")
    assert pending_login.stages_of(login, user) == (Stage.CODE,)
    assert pending_login.stages_of(replace(login, device_id=device.persistent_id), user) == ()
    assert pending_login.stages_of(replace(login, device_id="other/1"), user) == (Stage.CODE,)


def test_a_new_password_is_asked_for_where_the_account_needs_one(lena):
    change(lena, must_change_password=True, two_factor_required=False)
    assert pending_login.stages_of(pending_login.begin(lena, "/"), fresh(lena)) == (Stage.NEW_PASSWORD,)


def test_an_offer_is_made_once_while_it_is_planned_and_stays_open_until_answered(lena):
    change(lena, two_factor_required_from=timezone.now() + timedelta(days=3))
    login = pending_login.begin(lena, "/")
    assert pending_login.stages_of(login, fresh(lena)) == (Stage.OFFER,)
    assert pending_login.stages_of(replace(login, offer=pending_login.OFFER_DONE), fresh(lena)) == ()
    request = request_with(login, Stage.OFFER)
    change(lena, two_factor_required=False, two_factor_required_from=None)
    assert pending_login.stages_of(login, fresh(lena)) == ()
    assert load(request).stages == (Stage.OFFER,)


# What ends it


@pytest.mark.parametrize("change_it", [{"is_active": False}, {"stamp": 9}, {"password": "!"}], ids=str)
def test_a_change_of_the_account_ends_it(lena, change_it):
    request = request_with(pending_login.begin(lena, "/profile/"))
    change(lena, **change_it)
    assert load(request) == Ended(Reason.CHANGED, "/profile/")


def test_it_outlives_a_change_of_the_secret_key(lena, settings):
    request = request_with(pending_login.begin(lena, "/"))
    old, settings.SECRET_KEY = settings.SECRET_KEY, "Zq8sLw2Rb8Tn5Yc1Hd6Jf4Mg0AeUiOoPqWzVxNuBtCyDrEkZ3v9QpX7"
    settings.SECRET_KEY_FALLBACKS = [old]
    assert not isinstance(load(request), Ended)
    change(lena, stamp=lena.stamp + 1)
    assert load(request) == Ended(Reason.CHANGED, "/")


def test_a_deleted_account_ends_it(lena):
    request = request_with(pending_login.begin(lena, "/profile/"))
    lena.delete()
    assert isinstance(load(request), Ended)


def test_a_setup_in_another_browser_is_said_to_be_one(lena):
    request = request_with(pending_login.begin(lena, "/"))
    activate(lena)
    change(lena, stamp=lena.stamp + 1)
    assert load(request) == Ended(Reason.ELSEWHERE, "/")


@pytest.mark.parametrize("device", [None, "app/1"])
def test_another_change_is_no_setup_where_2fa_was_active(lena, device):
    activate(lena)
    request = request_with(replace(pending_login.begin(fresh(lena), "/"), device_id=device), Stage.CODE)
    change(lena, stamp=lena.stamp + 1)
    assert load(request) == Ended(Reason.CHANGED, "/")


def test_a_setup_elsewhere_is_one_also_after_this_login_has_disabled_2fa(lena):
    activate(lena)
    begun = pending_login.begin(fresh(lena), "/")
    account.clear(lena)
    request = request_with(pending_login.proved(begun, fresh(lena), device_id=None))
    activate(lena)
    change(lena, stamp=lena.stamp + 2)
    assert load(request) == Ended(Reason.ELSEWHERE, "/")


def test_a_blocked_password_ends_logins_that_began_with_it(lena):
    by_password = request_with(pending_login.begin(lena, "/"))
    by_passkey = request_with(pending_login.by_passkey(lena, "/", "key/1", "hwk user"))
    change(lena, password_revoked_at=timezone.now())
    assert load(by_password) == Ended(Reason.CHANGED, "/")
    assert load(by_passkey).user == lena


def test_a_login_that_needs_no_step_any_more_ends(lena):
    request = request_with(pending_login.begin(lena, "/profile/"))
    change(lena, two_factor_required=False)
    assert load(request) == Ended(Reason.CHANGED, "/profile/")


def test_a_browser_without_a_login_is_told_nothing(db):
    request = HttpRequest()
    request.session = SessionStore()
    assert pending_login.load(request) == Ended(Reason.NONE)


# In another browser


def test_a_login_is_ended_elsewhere_with_its_reason(lena):
    request = request_with(pending_login.begin(lena, "/"))
    ending.end_elsewhere(row_key(request.session.session_key), lena.pk, Reason.REFUSED)
    assert load(request) == Ended(Reason.REFUSED)
    assert Session.objects.get().user is None


def test_nobody_elses_login_is_ended_and_no_session(lena, contract):
    otto = make_member(contract, "otto")
    request = request_with(pending_login.begin(lena, "/"))
    beside = request_with(pending_login.begin(lena, "/"))
    key = row_key(request.session.session_key)
    ending.end_elsewhere(key, otto.pk, Reason.REFUSED)
    assert load(request).user == lena
    Session.objects.filter(session_key=key).update(signed_in=True)
    ending.end_elsewhere(key, lena.pk, Reason.REFUSED)
    assert Session.objects.get(session_key=key).user == lena
    assert load(beside).user == lena


def test_a_double_click_learns_that_the_code_was_used(lena, clock):
    request = request_with(pending_login.begin(lena, "/"))
    meanwhile = HttpRequest()
    meanwhile.session = SessionStore(request.session.session_key)
    assert not pending_login.is_spent_by_now(meanwhile)
    for _ in range(2):
        pending_login.leave_spent(request)
    request.session.cycle_key()
    request.session.save()
    assert pending_login.is_spent_by_now(meanwhile)
    assert load(meanwhile) == Ended(Reason.CODE_USED)
    clock.move_to(NOW + pending_login.LIFETIME_SECONDS + 1)
    assert not pending_login.is_spent_by_now(meanwhile)
    assert load(request) == Ended(Reason.NONE), "what it was is gone"


def test_the_id_of_the_account_is_read_from_the_content(lena):
    request = request_with(pending_login.begin(lena, "/"))
    assert pending_login.account_in(dict(request.session.items())) == lena.pk
    assert pending_login.account_in({}) is None
    assert pending_login.read_user(lena.pk) == lena
    change(lena, is_active=False)
    assert pending_login.read_user(lena.pk) is None


def test_the_content_that_a_server_of_the_version_before_reads(lena):
    """It knows these six fields by these names, and fails at any other."""
    request = request_with(pending_login.begin(lena, "/"))
    assert set(request.session[pending_login._KEY]) == {"user_id", "next", "at", "auth_hash", "device_id"}
