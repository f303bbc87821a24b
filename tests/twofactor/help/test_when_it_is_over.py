"""What ends a request: the right words come too late, nothing is reset, and the asking browser reads why."""

from datetime import timedelta

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from accounts.clock import SLACK
from accounts.models import Contract, User
from accounts.origin import SERVER
from accounts.users import services as users
from accounts.users import two_factor
from tests.factories import make_owner, make_role
from tests.meanwhile import meanwhile
from tests.people import Person, code_of, words
from tests.twofactor.help.conftest import HELP, answer, ask, events, page, words_on
from twofactor.help import services
from twofactor.help.models import HelpDecision, HelpRequest
from twofactor.help.policy import LIFETIME
from twofactor.requirement import services as requirement

pytestmark = pytest.mark.django_db
NEW = "seven brave otters juggle"
START = "2026-11-25 09:00:10 +0000"


def new_password(owner: User, lena: User) -> None:
    users.set_password(actor=owner, target=lena, password=NEW, must_change_password=False, origin=SERVER)


def own_password(owner: User, lena: User) -> None:
    at_work = Person(lena)
    at_work.key = lena.authenticator.key()
    at_work.log_in(1)
    data = {"current_password": at_work.password, "new_password1": NEW, "new_password2": NEW}
    assert at_work.post("/profile/password/", data).status_code == 302


CHANGES = {
    "owner's password": new_password,
    "own password": own_password,
    "reset": lambda owner, lena: requirement.reset(actor=owner, target=lena, origin=SERVER),
    "no": lambda owner, lena: requirement.set_required(actor=owner, target=lena, required=False, origin=SERVER),
    "deactivated": lambda owner, lena: users.set_state(actor=owner, target=lena, active=False, origin=SERVER),
    "blocked": lambda owner, lena: two_factor.block_password(lena),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_of_password_factor_or_state_ends_it(browser, olivia, owner, lena, change):
    asked = ask(browser)
    heard = words_on(browser)
    CHANGES[change](owner, User.objects.select_related("contract", "role", "authenticator").get(pk=lena.pk))
    assert "asks for help" not in words(olivia.get("/"))
    before = User.objects.get(pk=lena.pk)
    answer(olivia, asked, "approve", heard)
    after = User.objects.get(pk=lena.pk)
    assert (after.stamp, after.resets, after.setup_browser) == (before.stamp, before.resets, "")
    asked.refresh_from_db()
    assert asked.decision == HelpDecision.ACCOUNT_CHANGED
    assert events()[-1] == ("help_ended", "refused")
    assert browser.get(HELP).url.startswith("/login/")


def test_a_user_who_is_deleted_while_the_browser_asks_again_is_no_fault(browser, owner, lena):
    ask(browser)

    def deleted() -> None:
        users.delete_user(actor=owner, target=User.objects.select_related("role").get(pk=lena.pk), origin=SERVER)

    with meanwhile(deleted, before='FROM "accounts_session" WHERE'):
        assert browser.get(HELP).status_code == 200
    assert browser.get(HELP).url.startswith("/login/")


def test_a_deleted_user_takes_it_along(browser, olivia, owner, lena):
    asked = ask(browser)
    heard = words_on(browser)
    users.delete_user(actor=owner, target=lena, origin=SERVER)
    data = {"request": asked.pk, "action": "approve", "words": heard}
    assert olivia.post(f"/management/users/{asked.user_id}/help/", data).status_code == 404
    assert not HelpRequest.objects.exists()
    assert browser.get(HELP).url.startswith("/login/")
    assert olivia.get("/").status_code == 200


def test_log_out_of_the_asking_browser_ends_it(browser, olivia, lena):
    asked = ask(browser)
    heard = words_on(browser)
    browser.post("/logout/")
    answer(olivia, asked, "approve", heard)
    asked.refresh_from_db()
    assert asked.decision == HelpDecision.LOGIN_ENDED
    assert User.objects.get(pk=lena.pk).two_factor_active


def test_a_code_that_was_found_after_all_ends_it(browser, phone, olivia, lena):
    asked = ask(browser)
    heard = words_on(browser)
    assert browser.post("/login/code/", {"code": code_of(phone.key)}).url == "/"
    answer(olivia, asked, "approve", heard)
    assert browser.is_in()
    asked.refresh_from_db()
    assert asked.decision == HelpDecision.LOGIN_ENDED


@pytest.mark.parametrize("late", [0, 1, 3600, 8 * 24 * 3600])
def test_words_that_come_after_thirty_minutes(owner, lena, late):
    with time_machine.travel(START, tick=False) as clock:
        Person(lena).enrol()
        browser = Person(lena)
        browser.start_login()
        asked = ask(browser)
        heard = words_on(browser)
        clock.shift(LIFETIME + timedelta(seconds=late))
        olivia = Person(owner)
        olivia.log_in()
        answer(olivia, asked, "approve", heard)
        asked.refresh_from_db()
        assert asked.decision == HelpDecision.EXPIRED
        assert browser.get(HELP).url.startswith("/login/")
        assert User.objects.get(pk=lena.pk).two_factor_active


def test_one_second_before_the_end_both_sides_still_work_and_the_setup_has_fifteen_minutes(owner, lena):
    with time_machine.travel(START, tick=False) as clock:
        Person(lena).enrol()
        browser = Person(lena)
        browser.start_login()
        asked = ask(browser)
        heard = words_on(browser)
        for minute in range(5, 30, 5):
            clock.move_to(asked.created_at + timedelta(minutes=minute))
            assert browser.get("/login/help/").status_code == 200, "beyond the five minutes of a login"
        clock.move_to(asked.expires_at - timedelta(seconds=1))
        olivia = Person(owner)
        olivia.log_in()
        assert answer(olivia, asked, "approve", heard).url == f"/management/users/{lena.pk}/"
        assert browser.get(HELP).url == "/two-factor/setup/"
        clock.shift(timedelta(minutes=14))
        assert browser.post("/two-factor/setup/", {"code": code_of(browser.read_key())}).status_code == 302


def test_a_login_that_has_asked_lives_five_minutes_once_its_request_is_refused_by_words(owner, lena):
    """The thirty minutes are for the answer alone: after three wrong entries the usual five count again."""
    with time_machine.travel(START, tick=False) as clock:
        Person(lena).enrol()
        browser = Person(lena)
        browser.start_login()
        asked = ask(browser)
        clock.shift(timedelta(minutes=6))
        assert browser.get(HELP).status_code == 200
        olivia = Person(owner)
        olivia.log_in()
        for _ in range(3):
            answer(olivia, asked, "approve", "wrong words here")
        assert browser.get(HELP).url == "/login/?ended=expired"


def test_a_login_that_goes_on_by_a_code_no_longer_has_the_time_of_its_request(lena):
    """The request has ended with that step, so what is left has the usual five minutes."""
    with time_machine.travel(START, tick=False) as clock:
        phone = Person(lena).enrol()
        User.objects.filter(pk=lena.pk).update(must_change_password=True)
        browser = phone.another_browser()
        browser.start_login()
        ask(browser)
        assert browser.post("/login/code/", {"code": code_of(phone.key)}).url == "/password/new/"
        clock.shift(timedelta(minutes=5))
        assert browser.get("/password/new/").url == "/login/?ended=expired"


def test_housekeeping_writes_down_what_nobody_looked_at_and_forgets_it_after_a_week(browser):
    ask(browser)
    now = timezone.now()
    with time_machine.travel(now + LIFETIME, tick=False):
        call_command("housekeeping")
        call_command("housekeeping")
    assert events() == [("help_requested", "ok"), ("help_ended", "refused")]
    assert HelpRequest.objects.get().decision == HelpDecision.EXPIRED
    with time_machine.travel(now + timedelta(days=8), tick=False):
        call_command("housekeeping")
    assert not HelpRequest.objects.exists()


def test_a_clock_that_was_put_back_keeps_no_request_open_for_longer(browser, olivia):
    asked = ask(browser)
    heard = words_on(browser)
    far = timezone.now() + timedelta(days=30)
    HelpRequest.objects.filter(pk=asked.pk).update(created_at=far, expires_at=far + LIFETIME)
    answer(olivia, asked, "approve", heard)
    asked.refresh_from_db()
    assert asked.decision == HelpDecision.EXPIRED


def test_another_owner_of_the_contract_answers_and_the_one_before_no_longer(browser, olivia, lena, contract):
    asked = ask(browser)
    heard = words_on(browser)
    heir = make_owner("heir", contract="Beta Hosting")
    Contract.objects.filter(pk=contract.pk).update(owner=heir)
    assert answer(olivia, asked, "approve", heard).status_code in (302, 403, 404)
    assert User.objects.get(pk=lena.pk).two_factor_active
    person = Person(heir)
    person.log_in()
    person.post("/contracts/", {"contract": contract.pk})
    assert answer(person, asked, "approve", heard).url == f"/management/users/{lena.pk}/"


def test_a_change_of_role_or_name_ends_nothing(browser, olivia, owner, lena, contract):
    asked = ask(browser)
    target = User.objects.select_related("contract", "role").get(pk=lena.pk)
    users.set_role(actor=owner, target=target, role=make_role(contract, name="Other"), origin=SERVER)
    assert answer(olivia, asked, "approve", words_on(browser)).url == f"/management/users/{lena.pk}/"
    assert olivia.get(page(lena)).status_code == 200


def test_a_request_that_was_refused_blocks_no_password_that_was_set_since(browser, olivia, owner, lena):
    """Also where the owner's request read the account before the new password was written."""
    asked = ask(browser)
    answer(olivia, asked, "refuse")
    seen = User.objects.get(pk=lena.pk)
    new_password(owner, User.objects.select_related("contract", "role").get(pk=lena.pk))
    assert services.block(actor=owner, target=seen, request_id=asked.pk, origin=SERVER) is None
    lena.refresh_from_db()
    assert lena.password_revoked_at is None


def test_words_under_a_key_that_the_panel_no_longer_has_are_drawn_anew(browser, olivia, lena, settings):
    first = ask(browser)
    settings.TWOFACTOR_KEYS = [Fernet.generate_key().decode()]
    assert "Ask the account owner" in words(browser.get(HELP))
    second = ask(browser)
    first.refresh_from_db()
    assert first.decision == HelpDecision.ASKED_ANEW
    answer(olivia, second, "approve", words_on(browser))
    assert HelpRequest.objects.get(pk=second.pk).decision == HelpDecision.APPROVED


@pytest.mark.parametrize(("ahead", "lasts"), [(SLACK, True), (SLACK + timedelta(seconds=1), False)], ids=str)
def test_one_of_a_clock_that_was_ahead_is_neither_shown_nor_left_open(clock, browser, olivia, lena, ahead, lasts):
    asked = ask(browser)
    HelpRequest.objects.update(created_at=F("created_at") + ahead, expires_at=F("expires_at") + ahead)
    assert ("asks for help" in words(olivia.get("/"))) is lasts
    assert services.close_ended(origin=SERVER) == (0 if lasts else 1)
    asked.refresh_from_db()
    assert asked.decision == ("" if lasts else HelpDecision.EXPIRED)
