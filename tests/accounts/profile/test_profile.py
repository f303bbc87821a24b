"""`/profile/`: one's own name, email, password and language."""

import re
import time

import pytest
import time_machine
from django.test import Client

from accounts.models import AuditRow, Session, User
from accounts.passwords import services as passwords
from tests.factories import PASSWORD, make_admin, make_member, make_owner, make_role
from tests.people import Person, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
NEW = "seven brave otters juggle"


@pytest.fixture
def owner() -> User:
    return make_owner(email="olivia@example.com")


@pytest.fixture
def nina(owner) -> Person:
    role = make_role(owner.contracts.get(), name="Nothing much")
    person = Person(
        make_member(owner.contracts.get(), "nina", email="nina@example.com", two_factor_required=False, role=role)
    )
    person.log_in()
    return person


@pytest.fixture
def lena(owner) -> Person:
    return Person(make_member(owner.contracts.get(), email="lena@example.com")).enrol()


def account(person: Person) -> User:
    return User.objects.get(username=person.username)


def set_password(person: Person, current: str = PASSWORD, new: str = NEW, again: str | None = None):
    again = new if again is None else again
    data = {"current_password": current, "new_password1": new, "new_password2": again}
    return person.post("/profile/password/", data)


def test_the_profile_shows_what_one_is_and_a_pencil_at_what_may_change(nina):
    page = nina.get("/profile/")
    for text in ("Nina", "nina", "Can't be changed.", "nina@example.com", "Alpha Hosting", "Nothing much", "English"):
        assert text in words(page)
    pencils = re.findall(r'class="pencil" href="([^"]+)"', page.content.decode())
    assert pencils == ["/profile/name/", "/profile/email/", "/profile/password/", "/profile/language/"]
    assert b'href="/profile/security/"' in page.content


def test_the_owner_and_an_admin_have_one_too(owner):
    olivia = Person(owner)
    olivia.log_in()
    assert "Account owner" in words(olivia.get("/profile/"))
    rita = Person(make_admin()).enrol()
    assert rita.get("/profile/").status_code == 200


@pytest.mark.parametrize("page", ["name", "email", "password", "language"])
def test_each_form_opens_with_its_first_field_and_a_way_back(nina, page):
    answer = nina.get(f"/profile/{page}/")
    assert answer.status_code == 200
    assert b"Save changes" in answer.content
    assert b'href="/profile/">' in answer.content
    assert nina.post(f"/profile/{page}/", {}).status_code in (200, 302)


@pytest.mark.parametrize("page", ["", "name/", "email/", "password/", "language/"])
def test_a_stranger_is_led_to_the_log_in(page):
    assert Client().get(f"/profile/{page}").url.startswith("/login/")
    assert Client().post(f"/profile/{page}").url.startswith("/login/")


def test_the_name_is_changed_and_logged_once(nina):
    assert nina.post("/profile/name/", {"name": " Nina\t New\n"}).url == "/profile/"
    assert "Your name was changed." in words(nina.get("/profile/"))
    nina.post("/profile/name/", {"name": "Nina New"})
    assert "Nothing was changed." in words(nina.get("/profile/"))
    assert AuditRow.objects.filter(event="user_name").count() == 1
    assert account(nina).name == "Nina New"


@pytest.mark.parametrize("name", ["", "  ", "\0", "x" * 151])
def test_a_bad_name_gets_its_sentence(nina, name):
    answer = nina.post("/profile/name/", {"name": name})
    assert answer.status_code == 200
    assert b'aria-invalid="true"' in answer.content


def test_nothing_else_can_be_smuggled_in(nina):
    before = User.objects.filter(username="nina").values().get()
    extra = {"username": "other", "is_staff": "on", "role": "1", "two_factor_required": "no", "email": "x@example.com"}
    nina.post("/profile/name/", {"name": "Nina"} | extra)
    assert User.objects.filter(username="nina").values().get() == before


def test_a_new_email_waits_for_its_link(nina, mailoutbox):
    assert nina.post("/profile/email/", {"email": "new@example.com"}).url == "/profile/"
    page = words(nina.get("/profile/"))
    assert "A link was sent to new@example.com" in page
    assert "new@example.com isn't confirmed yet. Open the link that was sent to it." in page
    assert account(nina).email == "nina@example.com"
    assert mailoutbox[0].to == ["new@example.com"]


def test_saving_the_own_email_as_it_is_cancels_a_pending_change(nina):
    nina.post("/profile/email/", {"email": "new@example.com"})
    text = words(nina.get("/profile/email/"))
    assert "new@example.com isn&#x27;t confirmed yet. To cancel this change, save the form as it is." in text
    nina.post("/profile/email/", {"email": "nina@example.com"})
    assert "The change to new@example.com was cancelled." in words(nina.get("/profile/"))
    assert account(nina).pending_email == ""


@pytest.mark.parametrize("email", ["x", "x@", "a@b.c\r\nBcc: x@y.zz", "\0@example.com", "a" * 250 + "@example.com"])
def test_a_bad_email_gets_its_sentence(nina, email, mailoutbox):
    answer = nina.post("/profile/email/", {"email": email})
    assert answer.status_code == 200
    assert b'aria-invalid="true"' in answer.content
    assert not mailoutbox


def test_without_mail_the_page_says_so_and_the_address_counts_at_once(nina, settings):
    settings.MAIL_ENABLED = False
    assert "so the new address can" in words(nina.get("/profile/email/"))
    nina.post("/profile/email/", {"email": "new@example.com"})
    page = words(nina.get("/profile/"))
    assert "The email address was changed." in page
    assert "could not be mailed" in page
    assert account(nina).email == "new@example.com"


def test_an_address_taken_away_ends_the_other_sessions_and_not_this_one(nina):
    other = nina.another_browser()
    other.log_in()
    assert nina.post("/profile/email/", {"email": ""}).url == "/profile/"
    assert nina.is_in()
    assert not other.is_in()


def test_a_dead_server_is_said_on_the_page(nina, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = settings.PANEL_BACKEND, "127.0.0.1"
    settings.EMAIL_PORT = 1
    nina.post("/profile/email/", {"email": "new@example.com"})
    assert "could not be mailed" in words(nina.get("/profile/"))
    set_password(nina)
    assert "could not be mailed" in words(nina.get("/profile/"))


def test_a_new_password_ends_the_other_sessions_and_not_this_one(lena, mailoutbox):
    other = lena.another_browser()
    other.log_in()
    assert other.is_in()
    key = lena.client.cookies["sessionid"].value
    mailoutbox.clear()
    assert set_password(lena).url == "/profile/"
    assert "Your password was changed." in words(lena.get("/profile/"))
    assert lena.client.cookies["sessionid"].value != key
    assert not other.is_in()
    assert Session.objects.filter(user=account(lena)).count() == 1
    assert passwords.verify(account(lena), NEW)
    assert AuditRow.objects.filter(event="user_password").count() == 1
    assert [m.to for m in mailoutbox] == [["lena@example.com"]]
    lena.password = NEW
    lena.post("/logout/")
    assert lena.start_login().url == "/login/code/"


def test_the_session_that_goes_on_is_still_fresh_and_verified(lena):
    set_password(lena)
    assert lena.get("/profile/email/").status_code == 200
    assert lena.get("/profile/security/").status_code == 200


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"current": "wrong password, wrong"}, "This isn&#x27;t your current password."),
        ({"new": "short"}, "at least 15"),
        ({"again": "something else entirely"}, "match. Enter the same password twice."),
        ({"current": ""}, "required"),
        ({"new": "nina@example.com nina"}, "is too similar to"),
        ({"current": "x" * 4096}, "at most 1,024"),
        ({"new": "x" * 4096}, "at most 1,024"),
        ({"new": "a\0aaaaaaaaaaaaaaaaaaa"}, "Null characters"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_and_changes_nothing(nina, fields, sentence):
    answer = set_password(nina, **fields)
    assert answer.status_code == 200
    assert sentence in words(answer)
    assert passwords.verify(account(nina), PASSWORD)
    assert nina.is_in()


def test_wrong_tries_wait_and_the_right_one_is_not_looked_at_meanwhile(nina):
    with time_machine.travel(time.time(), tick=False) as clock:
        for _ in range(5):
            assert set_password(nina, current="wrong password, wrong").status_code == 200
        answer = set_password(nina)
        assert answer.status_code == 429
        assert answer["Retry-After"] == "30"
        assert "30 seconds" in words(answer)
        assert passwords.verify(account(nina), PASSWORD)
        clock.shift(31)
        assert set_password(nina).url == "/profile/"
    assert AuditRow.objects.filter(event="throttled").count() == 1
    assert AuditRow.objects.filter(event="user_password", outcome="failed").count() == 5


def test_suggest_fills_in_a_password_and_changes_nothing(nina):
    page = nina.post("/profile/password/", {"suggest": "yes", "current_password": PASSWORD})
    [suggestion] = set(re.findall(r'value="([a-z2-9]{5}(?:-[a-z2-9]{5}){3})"', page.content.decode()))
    assert PASSWORD not in page.content.decode()
    assert passwords.verify(account(nina), PASSWORD)
    assert set_password(nina, new=suggestion).url == "/profile/"


@pytest.mark.parametrize("page", ["email", "password"])
def test_what_changes_a_factor_asks_again_after_five_minutes_and_keeps_what_was_typed(nina, page):
    with time_machine.travel(time.time(), tick=False) as clock:
        clock.shift(301)
        data = {"email": "typed@example.com", "current_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
        for answer in (nina.get(f"/profile/{page}/"), nina.post(f"/profile/{page}/", data)):
            assert answer.url == f"/confirm/?next=%2Fprofile%2F{page}%2F"
        assert passwords.verify(account(nina), PASSWORD)
        assert account(nina).pending_email == ""
        back = nina.post("/confirm/", {"password": PASSWORD, "next": f"/profile/{page}/"})
        assert back.url == f"/profile/{page}/"
        shown = nina.get(back.url).content.decode()
        assert ("typed@example.com" in shown) is (page == "email")
        assert NEW not in shown
        assert "typed@example.com" not in nina.get(back.url).content.decode()


def test_the_language_is_kept_for_browser_and_account(nina):
    assert b'type="radio"' in nina.get("/profile/language/").content
    answer = nina.post("/profile/language/", {"language": "de"})
    assert answer.url == "/profile/"
    assert answer.cookies["language"].value == "de"
    assert account(nina).language == "de"
    assert '<html lang="de" ' in nina.get("/profile/").content.decode()
    nina.post("/profile/language/", {"language": "de"})
    assert AuditRow.objects.filter(event="user_language").count() == 1


def test_without_a_choice_the_profile_says_which_languages_are_used(nina):
    said = "Your browser decides. Emails are in English."
    assert f"Language English {said}" in words(nina.get("/profile/"))
    nina.post("/profile/language/", {"language": "en"})
    assert said not in words(nina.get("/profile/"))


@pytest.mark.parametrize("language", ["", "fr", "\0", "de\0", "x" * 9999])
def test_an_unknown_language_changes_nothing(nina, language):
    assert nina.post("/profile/language/", {"language": language}).status_code == 200
    assert nina.post("/language/", {"language": language}).status_code == 302
    assert account(nina).language == ""


def test_the_footer_s_choice_leads_back_and_counts_for_the_account(nina):
    answer = nina.post("/language/?next=/profile/name/", {"language": "de"})
    assert (answer.url, account(nina).language) == ("/profile/name/", "de")
    answer = Client().post("/language/?next=//evil.example/", {"language": "de"})
    assert (answer.url, answer.cookies["language"].value) == ("/", "de")


def test_f30_the_name_that_one_has_already_is_no_success(olivia, owner):
    page = olivia.client.post("/profile/name/", {"name": owner.name}, follow=True)
    assert [(m.level_tag, m.message) for m in page.context["messages"]] == [("info", "Nothing was changed.")]
    page = olivia.client.post("/profile/name/", {"name": "Somebody Else"}, follow=True)
    assert [m.level_tag for m in page.context["messages"]] == ["success"]


def test_f30_there_was_no_other_session_to_end(olivia):
    page = olivia.client.post("/profile/security/sessions/end-others/", follow=True)
    assert [m.level_tag for m in page.context["messages"]] == ["info"]
