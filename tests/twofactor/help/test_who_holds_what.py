"""Who holds what, and how far they get with it: the table of docs/help.md, row by row."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.reset import links
from tests.factories import make_member, make_owner
from tests.people import Person, code_of, words
from tests.twofactor.help.conftest import HELP, SETUP, answer, ask, page, words_on
from twofactor import totp
from twofactor.help.models import HelpRequest

pytestmark = pytest.mark.django_db
PLAN = {"two_factor_required_from": timezone.now() + timedelta(days=30)}
NEW = "seven brave otters juggle"


@pytest.fixture
def thief(phone, lena) -> Person:
    """Knows the password."""
    person = Person(lena, ip="198.51.100.9")
    person.start_login()
    return person


def test_the_password_alone_gets_words_that_nobody_hears(thief, browser, olivia, lena):
    asked = ask(thief)
    assert browser.post(HELP).url == HELP
    assert "Another browser is already asking" in words(browser.get(HELP))
    assert HelpRequest.objects.get() == asked
    answer(olivia, asked, "approve", "words lena made up")
    lena.refresh_from_db()
    assert lena.two_factor_active


def test_the_password_does_not_take_over_a_request_that_is_open(browser, thief, olivia, lena):
    asked = ask(browser)
    heard = words_on(browser)
    thief.post(HELP)
    assert 'class="spoken"' not in thief.get(HELP).content.decode()
    answer(olivia, asked, "approve", heard)
    assert thief.get(SETUP).url.startswith("/login/")
    assert browser.get(SETUP).status_code == 200


def test_a_new_email_that_an_impostor_requested_for_others_ends_with_approved_help(browser, olivia, lena):
    other = make_member(lena.contract, "wim")
    User.objects.filter(pk=other.pk).update(pending_email="thief@example.com", pending_email_by=lena)
    answer(olivia, ask(browser), "approve", words_on(browser))
    other.refresh_from_db()
    assert (other.pending_email, other.pending_email_by) == ("", None)


def test_the_words_alone_open_nothing(browser, thief, olivia, lena):
    asked = ask(browser)
    heard = words_on(browser)
    for person in (thief, browser):
        assert person.post(page(lena), {"request": asked.pk, "action": "approve", "words": heard}).url == "/login/code/"
    thief.post("/login/recovery/", {"recovery_code": heard})
    assert not thief.is_in()
    lena.refresh_from_db()
    assert lena.two_factor_active


def test_a_sub_user_with_every_permission_cannot_answer(browser, contract, lena):
    adam = Person(make_member(contract, "adam", two_factor_required=False))
    adam.log_in()
    asked = ask(browser)
    assert answer(adam, asked, "approve", words_on(browser)).status_code == 403
    assert adam.get(page(lena)).status_code == 403
    assert "asks for help" not in words(adam.get("/"))


def test_the_mailbox_opens_no_reserved_account(browser, olivia, lena):
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    lena.refresh_from_db()
    thief = Person(lena, password=NEW)
    address = links.reset_link(lena).removeprefix("http://127.0.0.1:8000")
    assert thief.post(address, {"new_password1": NEW, "new_password2": NEW}).status_code == 302
    assert thief.start_login().url == "/login/?ended=reserved"


def test_a_new_password_by_mail_ends_the_open_request(browser, olivia, lena):
    asked = ask(browser)
    heard = words_on(browser)
    lena.refresh_from_db()
    address = links.reset_link(lena).removeprefix("http://127.0.0.1:8000")
    Person(lena).post(address, {"new_password1": NEW, "new_password2": NEW})
    answer(olivia, asked, "approve", heard)
    lena.refresh_from_db()
    assert lena.two_factor_active
    assert HelpRequest.objects.get().decision == "account_changed"


def test_the_cookie_alone_opens_nothing(browser, olivia, lena):
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    thief = Person(lena, password="not her password")
    thief.client.cookies["help"] = browser.client.cookies["help"].value
    assert thief.start_login().status_code == 200
    assert thief.get(SETUP).url.startswith("/login/")


@pytest.mark.parametrize("value", ["", "x", "{}", "x" * 5000])
def test_a_made_up_cookie_is_none(browser, thief, olivia, lena, value):
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    thief.client.cookies["help"] = value
    assert thief.start_login().url == "/login/?ended=reserved"


def test_the_cookie_of_another_account_is_none(browser, olivia, lena, contract):
    """It is bound to the account that asked."""
    mia = Person(make_member(contract, "mia")).enrol().another_browser()
    mia.start_login()
    ask(mia)
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    mia.username = "lena"
    assert mia.start_login().url == "/login/?ended=reserved"


def test_who_knows_the_password_after_the_reset_reads_that_the_account_waits(browser, thief, olivia, lena):
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    assert thief.get("/login/code/").url.startswith("/login/")
    assert thief.start_login().url == "/login/?ended=reserved"
    assert thief.post(SETUP, {"code": code_of(totp.new_key())}).url.startswith("/login/")


def test_an_owner_of_another_contract_gets_nothing(browser, lena):
    stranger = Person(make_owner("stranger", contract="Beta Hosting"))
    stranger.log_in()
    asked = ask(browser)
    assert answer(stranger, asked, "approve", words_on(browser)).status_code == 404
    assert stranger.get(page(lena)).status_code == 404
    assert "asks for help" not in words(stranger.get("/"))


def test_an_owner_or_admin_has_nobody_to_ask(owner):
    User.objects.filter(pk=owner.pk).update(two_factor_required=True)
    person = Person(owner).enrol().another_browser()
    person.start_login()
    assert "Ask whoever runs this panel" in words(person.get(HELP))
    assert person.post(HELP).url == HELP
    assert not HelpRequest.objects.exists()


def test_the_user_of_an_owner_who_was_deactivated_has_nobody_to_ask(browser, owner):
    User.objects.filter(pk=owner.pk).update(is_active=False)
    for _ in range(2):
        said = words(browser.get(HELP))
        assert "can't log in at the moment" in said
        assert "Ask whoever runs this panel" in said
        assert browser.post(HELP).url == HELP
    assert not HelpRequest.objects.exists()


@pytest.mark.parametrize("plan", [{}, PLAN, {"two_factor_required": False}], ids=["required", "planned", "by choice"])
def test_no_allows_any_browser_again(browser, thief, olivia, lena, plan):
    """Also where it only withdraws a plan, before the moment."""
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    User.objects.filter(pk=lena.pk).update(**plan)
    assert thief.start_login().url == "/login/?ended=reserved"

    olivia.post(f"/management/users/{lena.pk}/two-factor-required/", {"required": "no"})

    lena.refresh_from_db()
    assert (lena.setup_browser, lena.two_factor_required, lena.two_factor_planned) == ("", False, False)
    assert Person("lena", ip="198.51.100.10").start_login().url == "/"
    assert browser.get(SETUP).url.startswith("/login/")
