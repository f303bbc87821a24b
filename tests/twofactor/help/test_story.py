"""From the lost phone to the new one: what Lena, the owner and everybody else see, in the order in which it happens."""

import pytest

from accounts.models import Notice, OutgoingMail, User
from tests.people import Person, code_of, words
from tests.twofactor.help.conftest import HELP, SETUP, answer, ask, events, page, words_on
from twofactor import totp
from twofactor.help.models import HelpDecision, HelpRequest

pytestmark = pytest.mark.django_db


def test_the_recovery_page_leads_to_the_page_that_asks(browser):
    recovery = browser.get("/login/recovery/")
    assert f'href="{HELP}"' in recovery.content.decode()
    assert "Neither phone nor codes? Ask the account owner" in words(recovery)
    shown = browser.get(HELP)
    assert "Olivia Owner, the owner of “Alpha Hosting”" in words(shown)
    assert not HelpRequest.objects.exists(), "a GET asks for nothing"


def test_the_right_words_lead_the_asking_browser_to_setup_and_into_the_panel(browser, olivia, lena):
    asked = ask(browser)
    heard = words_on(browser)
    assert len(heard.split()) == 3
    assert answer(olivia, asked, "approve", heard.upper()).url == f"/management/users/{lena.pk}/"
    assert browser.get(HELP).url == SETUP
    key = browser.read_key()
    assert "The account owner has reset your two-factor authentication" in words(browser.get(SETUP))
    assert browser.post(SETUP, {"code": code_of(key)}).url == "/two-factor/activated/"
    browser.post("/two-factor/activated/")
    assert browser.is_in()
    assert events() == [("help_requested", "ok"), ("help_approved", "ok")]
    lena.refresh_from_db()
    assert lena.two_factor_active
    assert lena.setup_browser == ""


def test_after_the_new_setup_no_notice_says_what_is_no_longer_so(browser, olivia, lena):
    User.objects.filter(pk=lena.pk).update(email="")
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    key = browser.read_key()
    browser.post(SETUP, {"code": code_of(key, -1)})
    told = words(browser.get("/two-factor/activated/"))
    browser.post("/two-factor/activated/")
    browser.post("/logout/")
    browser.key = key
    told += words(browser.get(browser.log_in().url))
    assert "Somebody who knows your password asked for a reset of your 2FA" in told
    assert "was reset for your account, as requested" in told
    for stale in ("Nothing has changed yet", "three words open", "until then", "Until that is done", "is setting up"):
        assert stale not in told


def test_no_page_and_no_mail_of_the_owner_shows_the_words(browser, olivia, lena, owner, mailoutbox, sends, commits):
    User.objects.filter(pk=owner.pk).update(email="olivia@example.com")
    ask(browser)
    heard = words_on(browser).split()
    seen = [
        olivia.get(path).content.decode()
        for path in ("/", page(lena), f"/management/users/{lena.pk}/", "/management/logs/")
    ]
    told = [f"{mail.subject} {mail.body} {mail.alternatives}" for mail in mailoutbox]
    assert {mail.to[0] for mail in mailoutbox} >= {"olivia@example.com", "lena@example.com"}
    stored = [str(list(HelpRequest.objects.values())), str(list(OutgoingMail.objects.values()))]
    assert not [text for text in [*seen, *told, *stored] if all(word in text for word in heard)]


def test_the_owner_finds_the_request_on_overview_and_at_the_user(browser, olivia, lena):
    ask(browser)
    for path in ("/", f"/management/users/{lena.pk}/"):
        shown = olivia.get(path)
        assert "Lena Lang asks for help with 2FA" in words(shown)
        assert f'href="{page(lena)}"' in shown.content.decode()
    shown = words(olivia.get(page(lena)))
    assert "203.0.113.7, Firefox on Windows" in shown
    assert "never used for this account before" in shown
    assert "Call Lena Lang on a number that you know" in shown


def test_the_mails_say_what_to_do_and_whom_to_call(browser, owner, lena, mailoutbox, sends, commits):
    User.objects.filter(pk=owner.pk).update(email="olivia@example.com")
    mailoutbox.clear()
    ask(browser)
    to_owner = next(mail for mail in mailoutbox if mail.to == ["olivia@example.com"])
    assert "Lena Lang asks for help with 2FA" in to_owner.subject
    for text in (
        "Alpha Hosting",
        "203.0.113.7",
        "Firefox on Windows",
        f"http://127.0.0.1:8000{page(lena)}",
        "number that you know",
    ):
        assert text in to_owner.body
    to_lena = next(mail for mail in reversed(mailoutbox) if mail.to == ["lena@example.com"])
    assert "asked for a reset of your 2FA" in to_lena.body
    assert "Nothing has changed yet" in to_lena.body
    assert "If this was not you" in to_lena.body


def test_the_mail_to_a_german_owner_is_german_throughout(browser, owner, mailoutbox, sends, commits):
    User.objects.filter(pk=owner.pk).update(email="olivia@example.com", language="de")
    mailoutbox.clear()
    ask(browser)
    to_owner = next(mail for mail in mailoutbox if mail.to == ["olivia@example.com"])
    assert "von 203.0.113.7 (Firefox auf Windows)" in to_owner.body
    assert "Firefox on Windows" not in f"{to_owner.body} {to_owner.alternatives}"


def test_wrong_words_are_counted_and_the_third_entry_ends_the_request(browser, olivia, lena):
    asked = ask(browser)
    first = answer(olivia, asked, "approve", "wrong words here")
    assert (first.status_code, "2 attempts left." in words(first)) == (200, True)
    second = answer(olivia, asked, "approve", "qwertz words here")
    assert "“qwertz” isn&#x27;t one of the panel" in words(second)
    assert "1 attempt left." in words(second)
    answer(olivia, asked, "approve", "wrong words here")
    asked.refresh_from_db()
    assert asked.decision == HelpDecision.WRONG_WORDS
    shown = words(browser.get(HELP))
    assert "were entered 3 times" in shown
    assert events() == [("help_requested", "ok"), *[("help_words_wrong", "failed")] * 3, ("help_ended", "refused")]
    lena.refresh_from_db()
    assert lena.two_factor_active


@pytest.mark.parametrize("typed", ["apple", "apple robin", "apple robin yellow moon", "apple-robin", "- , -"])
def test_an_entry_of_more_or_fewer_than_three_words_costs_no_attempt(typed, browser, olivia):
    asked = ask(browser)
    shown = answer(olivia, asked, "approve", typed)
    assert "Enter exactly three words. This did not count as an attempt." in words(shown)
    asked.refresh_from_db()
    assert (asked.wrong_entries, asked.decided_at) == (0, None)


def test_the_last_request_is_dated_once_in_utc(browser, olivia, lena):
    answer(olivia, ask(browser), "refuse")
    text = words(olivia.get(page(lena)))
    assert "The last request, of" in text
    assert "UTC UTC" not in text


def test_after_wrong_words_the_same_browser_may_ask_again_and_gets_other_words(browser, olivia):
    asked = ask(browser)
    before = words_on(browser)
    for _ in range(3):
        answer(olivia, asked, "approve", "wrong words here")
    again = ask(browser)
    assert again.pk != asked.pk
    assert words_on(browser) != before
    assert "no longer open" in words(olivia.get(answer(olivia, asked, "approve", before).url))
    assert answer(olivia, again, "approve", words_on(browser)).url.endswith(f"/{again.user_id}/")


def test_without_words_nothing_is_counted_and_the_field_says_why(browser, olivia):
    asked = ask(browser)
    assert "Enter the three words" in words(answer(olivia, asked, "approve", "  "))
    asked.refresh_from_db()
    assert asked.wrong_entries == 0


@pytest.mark.parametrize("data", [{}, {"action": "open"}, {"action": ["approve", "refuse"]}])
def test_an_answer_that_is_none_gets_a_sentence(browser, olivia, data):
    asked = ask(browser)
    shown = olivia.post(page(asked.user), {"request": asked.pk} | data)
    assert shown.status_code == 200
    assert HelpRequest.objects.filter(decided_at=None).exists()


@pytest.mark.parametrize("number", ["", "0", "-1", "x", "9" * 30, "\0", "1.5"])
def test_an_id_that_is_none_is_a_request_that_is_not_open(browser, olivia, number):
    asked = ask(browser)
    gone = olivia.post(page(asked.user), {"request": number, "action": "refuse"}, follow=True)
    assert "no longer open" in words(gone)
    assert HelpRequest.objects.filter(decided_at=None).exists()


def test_refuse_ends_the_login_that_asked_and_says_so_there(browser, olivia, lena):
    asked = ask(browser)
    assert answer(olivia, asked, "refuse").url == page(lena)
    assert "Block password" in words(olivia.get(page(lena)))
    gone = browser.get(HELP, follow=True)
    assert gone.redirect_chain[-1][0] == "/login/?ended=refused"
    assert "refused the request for help" in words(gone)
    assert browser.get("/login/code/").url.startswith("/login/")
    assert events() == [("help_requested", "ok"), ("help_refused", "ok")]


@pytest.mark.parametrize("first", ["", "refuse"])
def test_block_makes_the_password_open_nothing_until_it_is_reset(browser, olivia, lena, first):
    asked = ask(browser)
    if first:
        answer(olivia, asked, first)
    answer(olivia, asked, "block")
    lena.refresh_from_db()
    assert lena.password_revoked_at
    assert browser.get(HELP).url.startswith("/login/")
    assert Person("lena").start_login().status_code == 200
    assert events("password_blocked") == [("password_blocked", "ok")]


def test_a_request_that_was_approved_cannot_be_blocked_afterwards(browser, olivia, lena):
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    answer(olivia, asked, "block")
    lena.refresh_from_db()
    assert lena.password_revoked_at is None


def test_until_the_asking_browser_has_set_up_no_other_browser_gets_further(browser, phone, olivia, lena):
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    for person in (phone, Person(lena)):
        gone = person.post("/login/", {"username": "lena", "password": person.password}, follow=True)
        assert gone.redirect_chain[-1][0] == "/login/?ended=reserved"
        assert "waiting for its two-factor authentication to be set up in the browser that asked" in words(gone)
        assert person.get(SETUP).url.startswith("/login/")


def test_the_asking_browser_gets_in_again_after_its_session_is_gone(browser, olivia, lena):
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    browser.post("/logout/")
    assert browser.get(SETUP).url.startswith("/login/")
    assert browser.start_login().url == SETUP
    browser.key = browser.read_key()
    assert browser.post(SETUP, {"code": code_of(browser.key)}).url == "/two-factor/activated/"


def test_the_cookie_is_of_no_use_without_the_password(browser, olivia, lena):
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    cookie = browser.client.cookies["help"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 24 * 3600)
    thief = Person(lena, password="some other password")
    thief.client.cookies["help"] = cookie.value
    assert thief.start_login().status_code == 200
    assert thief.get(SETUP).url.startswith("/login/")


def test_setup_is_compulsory_there_even_where_2fa_is_not_required(browser, olivia, lena):
    User.objects.filter(pk=lena.pk).update(two_factor_required=False)
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    assert browser.get("/profile/").url == SETUP
    browser.post("/logout/")
    assert browser.start_login().url == SETUP


@pytest.mark.parametrize("way", ["reset", "no", "password"])
def test_the_owner_frees_the_account_for_other_browsers(browser, olivia, lena, way):
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    other = Person(lena)
    base = f"/management/users/{lena.pk}/"
    if way == "reset":
        olivia.post(f"{base}two-factor-reset/")
    elif way == "no":
        olivia.post(f"{base}two-factor-required/", {"required": "no"})
    else:
        other.password = "quite another long password"
        olivia.post(f"{base}password/", {"password1": other.password})
    assert other.start_login().url in (SETUP, "/")


def test_the_owner_frees_an_account_of_whom_2fa_is_not_required(browser, olivia, lena):
    User.objects.filter(pk=lena.pk).update(two_factor_required=False)
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    olivia.post(f"/management/users/{lena.pk}/two-factor-reset/")
    assert Person(lena).start_login().url == "/"


def test_a_key_that_was_scanned_before_the_approval_is_no_way_in(browser, olivia, lena):
    """A thief who knows the password and holds a setup page open must not be faster."""
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    thief = Person(lena)
    thief.start_login()
    assert thief.post(SETUP, {"code": code_of(totp.new_key())}).url.startswith("/login/")
    lena.refresh_from_db()
    assert not lena.two_factor_active


def test_somebody_without_email_reads_of_the_request_after_the_login(browser, olivia, lena):
    User.objects.filter(pk=lena.pk).update(email="")
    ask(browser)
    assert Notice.objects.filter(user=lena, event="help_requested").exists()
    assert "No email: this person can't be notified." in words(olivia.get(page(lena)))
