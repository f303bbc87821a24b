"""Asking the account owner and answering, by many at the same moment: one request, one answer, one way in."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Attempts, AuditRow, OutgoingMail, Session, User
from accounts.origin import SERVER
from accounts.reset import links
from accounts.users import services as users
from tests.factories import PASSWORD, make_member, make_owner
from tests.people import Person, code_of
from tests.races.conftest import THREADS
from tests.twofactor.help.conftest import HELP, SETUP, page, words_on
from twofactor.help.models import HelpDecision, HelpRequest
from twofactor.help.policy import LIFETIME, WRONG_ENTRIES
from twofactor.requirement import services

NEW = "seven brave otters juggle"
ANSWERS = ("approve", "refuse", "block")


@pytest.fixture
def owner() -> User:
    return make_owner(email="olivia@example.com")


@pytest.fixture
def lena(owner) -> User:
    return make_member(owner.contracts.get(), "lena", email="lena@example.com")


@pytest.fixture
def phone(lena) -> Person:
    person = Person(lena).enrol()
    person.post("/logout/")
    return person


@pytest.fixture
def browser(phone) -> Person:
    person = phone.another_browser()
    assert person.start_login().url == "/login/code/"
    return person


@pytest.fixture
def olivia(owner) -> Person:
    person = Person(owner)
    person.log_in()
    return person


def copies_of(person: Person, count: int = THREADS) -> list[Person]:
    """Tabs of one browser."""
    tabs = [person.another_browser() for _ in range(count)]
    for tab in tabs:
        for name, morsel in person.client.cookies.items():
            tab.client.cookies[name] = morsel.value
    return tabs


def no_failure(responses) -> bool:
    return all(response.status_code in (200, 302, 429) for response in responses)


def rows(*events: str) -> list[str]:
    found = AuditRow.objects.filter(event__in=events) if events else AuditRow.objects.filter(event__startswith="help_")
    return sorted(found.values_list("event", flat=True))


def ask(person: Person) -> tuple[HelpRequest, str]:
    assert person.post(HELP).url == HELP
    return HelpRequest.objects.latest("pk"), words_on(person)


def approval(owner: Person, asked: HelpRequest, heard: str):
    address = page(asked.user)  # read now: the account may be gone when it is posted
    return lambda: owner.post(address, {"request": asked.pk, "action": "approve", "words": heard})


def log_in_afresh(person: Person) -> None:
    person.post("/logout/")
    person.log_in()


def is_reset(user: User) -> bool:
    user.refresh_from_db()
    assert user.two_factor_active != bool(user.setup_browser), "reserved exactly while there is no factor"
    return not user.two_factor_active


def test_twenty_clicks_of_one_browser_are_one_request_with_one_set_of_words(browser, at_once):
    tabs = copies_of(browser)
    assert no_failure(at_once(lambda tab: tab.post(HELP), tabs))
    asked = HelpRequest.objects.get()
    assert rows() == ["help_requested"]
    assert OutgoingMail.objects.filter(kind="help").count() == 1
    assert len({words_on(tab) for tab in tabs}) == 1
    assert HelpRequest.objects.get() == asked
    assert Attempts.objects.get(kind="factor", failures__gt=0).failures == 1, "only the one that asked has cost"


def test_of_twenty_browsers_that_ask_at_once_one_does(phone, at_once):
    browsers = [phone.another_browser() for _ in range(THREADS)]
    for person in browsers:
        person.start_login()
    assert no_failure(at_once(lambda person: person.post(HELP), browsers))
    assert HelpRequest.objects.count() == 1
    assert rows() == ["help_requested"]
    shown = [person for person in browsers if 'class="spoken"' in person.get(HELP).content.decode()]
    assert len(shown) == 1


def test_of_twenty_approvals_one_resets(browser, olivia, lena, at_once):
    asked, heard = ask(browser)
    before = User.objects.get(pk=lena.pk)
    tabs = [approval(tab, asked, heard) for tab in copies_of(olivia)]
    assert no_failure(at_once(lambda act: act(), tabs))
    after = User.objects.get(pk=lena.pk)
    assert (after.resets, after.stamp) == (before.resets + 1, before.stamp + 1)
    assert rows() == ["help_approved", "help_requested"]
    assert browser.get(SETUP).status_code == 200


def test_of_different_answers_at_once_one_counts(browser, olivia, lena, at_once):
    asked, heard = ask(browser)
    work = list(zip(copies_of(olivia), ANSWERS * THREADS, strict=False))

    def post(item):
        return item[0].post(page(lena), {"request": asked.pk, "action": item[1], "words": heard})

    assert no_failure(at_once(post, work))
    asked.refresh_from_db()
    approved = asked.decision == HelpDecision.APPROVED
    assert is_reset(lena) is approved
    assert rows() == sorted(["help_requested", "help_approved" if approved else "help_refused"])
    assert rows("password_blocked") == ["password_blocked"] * (asked.decision == HelpDecision.BLOCKED)
    assert (lena.password_revoked_at is not None) is (asked.decision == HelpDecision.BLOCKED)
    assert browser.get(HELP).url == (SETUP if approved else browser.get(HELP).url)


def test_of_twenty_wrong_entries_at_once_three_are_looked_at(browser, olivia, at_once):
    asked, heard = ask(browser)
    acts = [approval(tab, asked, "words made up") for tab in copies_of(olivia)]
    assert no_failure(at_once(lambda act: act(), acts))
    asked.refresh_from_db()
    assert (asked.wrong_entries, asked.decision) == (WRONG_ENTRIES, HelpDecision.WRONG_WORDS)
    assert rows() == ["help_ended", "help_requested", *["help_words_wrong"] * WRONG_ENTRIES]
    approval(olivia, asked, heard)()
    assert not is_reset(asked.user)


def test_an_approval_at_the_moment_of_expiry_resets_nothing_and_is_written_down_once(browser, olivia, at_once):
    asked, heard = ask(browser)
    with time_machine.travel(asked.expires_at, tick=False):
        log_in_afresh(olivia)
        work = [approval(tab, asked, heard) for tab in copies_of(olivia, THREADS // 2)]
        work += [lambda: call_command("housekeeping")] * (THREADS // 2)
        at_once(lambda act: act(), work)
    asked.refresh_from_db()
    assert asked.decision == HelpDecision.EXPIRED
    assert rows() == ["help_ended", "help_requested"]
    assert not is_reset(asked.user)


def test_housekeeping_beside_an_approval_just_before_expiry_ends_nothing(browser, olivia, at_once):
    asked, heard = ask(browser)
    with time_machine.travel(asked.expires_at - timedelta(seconds=1), tick=False):
        log_in_afresh(olivia)
        work = [approval(olivia, asked, heard), *[lambda: call_command("housekeeping")] * 5]
        at_once(lambda act: act(), work)
    asked.refresh_from_db()
    assert asked.decision == HelpDecision.APPROVED
    assert is_reset(asked.user)
    assert rows() == ["help_approved", "help_requested"]


def test_an_approval_and_the_log_out_of_the_asking_browser_at_once(browser, olivia, lena, at_once):
    asked, heard = ask(browser)
    at_once(lambda act: act(), [approval(olivia, asked, heard), lambda: browser.post("/logout/")])
    asked.refresh_from_db()
    assert asked.decision in (HelpDecision.APPROVED, HelpDecision.LOGIN_ENDED)
    assert is_reset(lena) is (asked.decision == HelpDecision.APPROVED)
    assert browser.start_login().url == (SETUP if is_reset(lena) else "/login/code/")


def test_an_approval_and_a_code_of_the_phone_that_was_found_at_once(browser, olivia, lena, at_once):
    asked, heard = ask(browser)
    code = {"code": code_of(browser.key)}
    at_once(lambda act: act(), [approval(olivia, asked, heard), lambda: browser.post("/login/code/", code)])
    asked.refresh_from_db()
    reset = is_reset(lena)
    assert reset is (asked.decision == HelpDecision.APPROVED)
    assert reset is not browser.is_in()
    assert Session.objects.filter(user=lena, signed_in=True).exists() is not reset


def test_an_approval_and_a_new_password_by_mail_at_once_never_both(browser, olivia, lena, at_once):
    asked, heard = ask(browser)
    lena.refresh_from_db()
    address = links.reset_link(lena).removeprefix("http://127.0.0.1:8000")
    mailed = Person(lena)
    passwords = {"new_password1": NEW, "new_password2": NEW}
    at_once(lambda act: act(), [approval(olivia, asked, heard), lambda: mailed.post(address, passwords)])
    reset = is_reset(lena)
    assert lena.check_password(NEW) is not reset
    browser.password = PASSWORD if reset else NEW
    assert browser.start_login().url == (SETUP if reset else "/login/code/")


def owners_password(owner: User, lena: User) -> object:
    return users.set_password(actor=owner, target=lena, password=NEW, must_change_password=False, origin=SERVER)


OTHERS = {
    "reset": lambda owner, lena: services.reset(actor=owner, target=lena, origin=SERVER),
    "no": lambda owner, lena: services.set_required(actor=owner, target=lena, required=False, origin=SERVER),
    "new password": owners_password,
    "deactivate": lambda owner, lena: users.set_state(actor=owner, target=lena, active=False, origin=SERVER),
    "delete": lambda owner, lena: users.delete_user(actor=owner, target=lena, origin=SERVER),
}


@pytest.mark.parametrize("act", OTHERS)
def test_an_approval_while_somebody_else_changes_the_account(browser, olivia, owner, lena, at_once, act):
    """Whichever comes first: nobody is in, and the account waits for the browser only if the approval came last."""
    asked, heard = ask(browser)
    other = User.objects.select_related("contract", "role").get(pk=lena.pk)
    approved, done = at_once(lambda work: work(), [approval(olivia, asked, heard), lambda: OTHERS[act](owner, other)])
    assert approved.status_code in (302, 404)
    assert not Session.objects.filter(user=lena.pk, signed_in=True).exists()
    assert not HelpRequest.objects.filter(decided_at=None).exists()
    after = User.objects.filter(pk=lena.pk).first()
    if act == "delete":
        assert after is None
    elif act in ("reset", "no", "new password"):
        assert done is not None
        assert after.setup_browser == "", "each of them opens the account to any browser again"


def test_two_browsers_that_set_up_at_once_after_the_approval(browser, phone, olivia, lena, at_once):
    """A thief with the password beside the browser that asked."""
    asked, heard = ask(browser)
    approval(olivia, asked, heard)()
    browser.key = browser.read_key()
    thieves = [Person(lena) for _ in range(5)]

    def set_up(person):
        if person.key:
            return person.post(SETUP, {"code": code_of(person.key)})
        person.start_login()
        return person.get(SETUP)

    answers = at_once(set_up, [browser, *thieves])
    assert answers[0].url == "/two-factor/activated/"
    assert {answer.url.partition("?")[0] for answer in answers[1:]} <= {"/login/", "/login/code/"}
    assert browser.is_in()
    assert not any(person.is_in() for person in thieves)


def test_a_request_and_the_expiry_of_the_one_before_at_once(browser, at_once):
    """One that nobody has looked at since it ended gives way."""
    asked, _ = ask(browser)
    with time_machine.travel(timezone.now() + LIFETIME, tick=False):
        again = [browser.another_browser() for _ in range(5)]
        for person in again:
            person.start_login()
        at_once(lambda act: act(), [*[lambda p=p: p.post(HELP) for p in again], lambda: call_command("housekeeping")])
    asked.refresh_from_db()
    assert asked.decision == HelpDecision.EXPIRED
    assert HelpRequest.objects.filter(decided_at=None).count() == 1
    assert rows() == ["help_ended", "help_requested", "help_requested"]
