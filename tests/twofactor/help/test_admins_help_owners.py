"""An account owner without phone and codes: admins answer in Django admin, by the same rules."""

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import OutgoingMail, User
from tests.factories import make_admin, make_member, make_owner
from tests.people import Person, code_of, words
from tests.twofactor.help.conftest import HELP, SETUP, ask, events, words_on
from twofactor.help.models import HelpDecision, HelpRequest

pytestmark = pytest.mark.django_db
LIST = "/admin/twofactor/helprequest/"


@pytest.fixture
def rita() -> Person:
    admin = make_admin()
    User.objects.filter(pk=admin.pk).update(email="rita@example.com")
    return Person(admin).enrol()


@pytest.fixture
def lost(owner, rita) -> Person:
    """The owner in another browser, after the right password."""
    User.objects.filter(pk=owner.pk).update(two_factor_required=True)
    person = Person(owner).enrol().another_browser()
    assert person.start_login().url == "/login/code/"
    return person


def answer(rita: Person, asked: HelpRequest, action: str, typed: str = ""):
    return rita.post(f"{LIST}{asked.pk}/change/", {"answer": action, "typed": typed}, follow=True)


def test_an_admin_resets_by_the_words_and_only_the_asking_browser_goes_on(lost, rita, owner):
    asked = ask(lost)
    heard = words_on(lost)
    assert str(owner) in words(rita.get(LIST))
    shown = words(rita.get(f"{LIST}{asked.pk}/change/"))
    assert "The three words that you hear" in shown
    assert not all(word in shown for word in heard.split())
    assert "2FA was reset" in words(answer(rita, asked, "approve", heard))
    assert Person(owner).start_login().url == "/login/?ended=reserved"
    assert lost.get(HELP).url == SETUP
    assert "An admin has reset your two-factor authentication" in words(lost.get(SETUP))
    assert lost.post(SETUP, {"code": code_of(lost.read_key())}).url == "/two-factor/activated/"
    assert events() == [("help_requested", "ok"), ("help_approved", "ok")]


def test_wrong_words_are_counted_here_too_and_the_third_ends_the_request(lost, rita, owner):
    asked = ask(lost)
    for left in (2, 1, 0):
        assert f"Attempts left: {left}." in words(answer(rita, asked, "approve", "wrong words here"))
    asked.refresh_from_db()
    assert (asked.wrong_entries, asked.decision) == (3, HelpDecision.WRONG_WORDS)
    owner.refresh_from_db()
    assert owner.two_factor_active


@pytest.mark.parametrize(("action", "decision"), [("refuse", HelpDecision.REFUSED), ("block", HelpDecision.BLOCKED)])
def test_refuse_and_block(lost, rita, owner, action, decision):
    asked = ask(lost)
    answer(rita, asked, action)
    asked.refresh_from_db()
    owner.refresh_from_db()
    assert (asked.decision, owner.password_revoked_at is not None) == (decision, action == "block")
    assert lost.get(HELP).url.startswith("/login/")


def test_without_words_nothing_is_counted(lost, rita):
    asked = ask(lost)
    assert "Enter the three words" in words(answer(rita, asked, "approve", " "))
    assert "Enter exactly three words." in words(answer(rita, asked, "approve", "only two"))
    assert "This field is required" in words(answer(rita, asked, ""))
    asked.refresh_from_db()
    assert (asked.wrong_entries, asked.decision) == (0, "")


def test_what_was_answered_or_has_ended_can_only_be_looked_at(lost, rita):
    asked = ask(lost)
    heard = words_on(lost)
    answer(rita, asked, "refuse")
    assert rita.post(f"{LIST}{asked.pk}/change/", {"answer": "approve", "typed": heard}).status_code == 403
    again = lost.another_browser()
    again.start_login()
    second = ask(again)
    heard = words_on(again)
    again.post("/logout/")
    assert "no longer open" in words(answer(rita, second, "approve", heard))
    second.refresh_from_db()
    assert second.decision == HelpDecision.LOGIN_ENDED


def test_requests_of_sub_users_and_words_are_not_shown_here(lost, rita, contract):
    """Those are their owner's to answer."""
    lena = Person(make_member(contract, "lena")).enrol().another_browser()
    lena.start_login()
    asked = ask(lena)
    assert "lena" not in words(rita.get(LIST))
    assert rita.get(f"{LIST}{asked.pk}/change/", follow=True).redirect_chain
    answer(rita, asked, "approve", words_on(lena))
    asked.refresh_from_db()
    assert asked.decision == ""


def test_an_owner_answers_no_owner_and_gets_not_into_django_admin(lost, rita):
    asked = ask(lost)
    other = Person(make_owner("other", contract="Beta Hosting"))
    other.log_in()
    data = {"request": asked.pk, "action": "approve", "words": words_on(lost)}
    assert other.post(f"/management/users/{asked.user_id}/help/", data).status_code == 404
    assert other.post(f"{LIST}{asked.pk}/change/", {"answer": "approve", "typed": words_on(lost)}).status_code == 403
    assert HelpRequest.objects.get().decision == ""


def test_an_answer_needs_a_fresh_proof(lost, rita):
    asked = ask(lost)
    heard = words_on(lost)
    session = rita.client.session
    session.pop("confirmed_at")
    session.save()
    sent = rita.post(f"{LIST}{asked.pk}/change/", {"answer": "approve", "typed": heard})
    assert sent.url.startswith("/confirm/")
    assert HelpRequest.objects.get().decision == ""


def test_admins_with_an_email_are_told_and_the_page_says_who_helps(lost, rita, owner, mailoutbox, sends, commits):
    ask(lost)
    letter = next(letter for letter in reversed(mailoutbox) if letter.to == ["rita@example.com"])
    assert f"http://127.0.0.1:8000{LIST}" in letter.body
    assert "Olivia Owner (owner, an account owner)" in letter.body
    assert OutgoingMail.objects.filter(kind="help").count() == 1
    assert "Call whoever runs this panel" in words(lost.get(HELP))


def test_an_admin_has_nobody_to_ask(rita):
    other = rita.another_browser()
    other.start_login()
    assert "Ask whoever runs this panel" in words(other.get(HELP))
    assert other.post(HELP).url == HELP
    assert not HelpRequest.objects.exists()


def heads_of(page) -> list[str]:
    soup = BeautifulSoup(page.content, "html.parser")
    return [text(tag) for tag in soup.select("#result_list th[scope=col], .form-row label")]


def text(tag) -> str:
    return tag.get_text().strip(" \n:")


def test_list_and_page_are_in_the_language_of_the_admin_and_name_the_owner(lost, rita):
    asked = ask(lost)
    answer(rita, asked, "refuse")
    rita.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    heads = ["Benutzer", "angefragt", "Adresse", "Browser", "Läuft ab", "Antwort"]
    assert [head.casefold() for head in heads_of(rita.get(LIST))] == [head.casefold() for head in heads]
    page = rita.get(f"{LIST}{asked.pk}/change/")
    title = BeautifulSoup(page.content, "html.parser").title
    assert f"owner: {asked.created_at:%Y-%m-%d %H:%M} UTC" in text(title)
    assert "browser_in_words" not in page.content.decode()
    assert not {"Created at", "Browser in words"} & set(heads_of(page))


def test_more_requests_are_listed_by_no_more_queries(lost, rita, django_assert_num_queries):
    ask(lost)
    with CaptureQueriesContext(connection) as queries:
        rita.get(LIST)
    for_one = len(queries)
    other = Person(make_owner("other", contract="Beta Hosting")).enrol().another_browser()
    other.start_login()
    ask(other)
    with django_assert_num_queries(for_one):
        assert "other" in words(rita.get(LIST))
