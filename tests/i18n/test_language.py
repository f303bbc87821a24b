"""Which language somebody gets: their own choice, else the browser's; pages, mails and the cookie agree."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts import moments
from accounts.models import AuditRow, Event, User
from accounts.notices import services as notices
from accounts.notices import texts
from accounts.origin import Origin
from accounts.reset import services as reset
from tests.commits import commits  # noqa: F401
from tests.factories import make_member, make_owner
from tests.i18n.reading import english_in, language_of
from tests.people import Person, code_of, words

pytestmark = pytest.mark.django_db
COOKIE = settings.LANGUAGE_COOKIE_NAME
ORIGIN = Origin("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


@pytest.fixture
def olivia() -> User:
    return make_owner(email="olivia@example.com")


@pytest.fixture
def lena(olivia) -> User:
    return make_member(olivia.contracts.get(), name="Lena Lang", email="lena@example.com", two_factor_required=False)


def prefer(user: User, language: str) -> User:
    """Chosen by the person; `language` alone is what an account has from its creator."""
    User.objects.filter(pk=user.pk).update(language=language, language_chosen=True)
    user.refresh_from_db()
    return user


def notify(user: User, event: Event, **more) -> None:
    with transaction.atomic():
        notices.notify(user, event, **{"origin": ORIGIN} | more)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("de", "de"), ("de-AT,de;q=0.9,en;q=0.1", "de"), ("en-GB", "en"), ("fr,de;q=0.5", "de"), ("fr", "en"), ("", "en")],
)
def test_the_browser_decides_where_nothing_is_chosen(client: Client, wanted, given):
    response = client.get("/login/", headers={"accept-language": wanted})
    assert language_of(response) == response["Content-Language"] == given
    assert COOKIE not in response.cookies


def test_a_choice_outlives_the_browsers_wish_and_leads_back_to_the_page(client: Client):
    response = client.post("/language/?next=/password/forgot/", {"language": "de"})
    assert response.url == "/password/forgot/"
    assert int(response.cookies[COOKIE]["max-age"]) > 300 * 24 * 3600
    assert language_of(client.get("/login/", headers={"accept-language": "en"})) == "de"


@pytest.mark.parametrize("language", ["", "fr", "de-de", "../de", "x" * 5000])
def test_a_language_that_there_is_not_changes_nothing(client: Client, language):
    response = client.post("/language/", {"language": language})
    assert COOKIE not in response.cookies


def test_the_footer_names_both_languages_and_marks_the_present_one(client: Client):
    page = BeautifulSoup(client.get("/login/", headers={"accept-language": "de"}).content.decode(), "html.parser")
    buttons = page.select("footer button[name=language]")
    assert [(b.text, b["lang"], b.get("aria-current")) for b in buttons] == [
        ("English", "en", None),
        ("Deutsch", "de", "true"),
    ]


def test_a_choice_of_somebody_logged_in_is_kept_for_the_account(lena):
    person = Person(lena)
    person.log_in()
    person.post("/language/", {"language": "de"})
    lena.refresh_from_db()
    assert lena.language == "de"
    assert AuditRow.objects.get(event=Event.USER_LANGUAGE).detail == {"old": "", "new": "de"}
    person.post("/language/", {"language": "de"})
    assert AuditRow.objects.filter(event=Event.USER_LANGUAGE).count() == 1


def test_the_accounts_language_holds_from_login_on_in_any_browser(lena):
    person = Person(prefer(lena, "de"), HTTP_ACCEPT_LANGUAGE="en")
    assert person.log_in().cookies[COOKIE].value == "de"
    assert language_of(person.get("/profile/")) == "de"


def test_it_wins_over_what_somebody_else_chose_in_this_browser(lena):
    person = Person(prefer(lena, "en"))
    person.client.cookies[COOKIE] = "de"
    assert person.log_in().cookies[COOKIE].value == "en"


def test_what_a_login_says_is_in_the_language_of_the_next_page(olivia):
    paul = prefer(make_member(olivia.contracts.get(), "paul"), "en")
    codes = Person(paul).enrol().codes
    person = Person(paul, HTTP_ACCEPT_LANGUAGE="de")
    person.start_login()
    person.post("/login/recovery/", {"recovery_code": codes[0], "action": "sign_in"})
    shown = person.get("/profile/")
    assert language_of(shown) == "en"
    assert "9 codes left." in words(shown)


@pytest.mark.parametrize("language", ["", "xx"])
def test_an_account_without_a_choice_leaves_the_browsers_alone(lena, language):
    person = Person(prefer(lena, language))
    person.client.cookies[COOKIE] = "de"
    assert COOKIE not in person.log_in().cookies
    assert language_of(person.get("/profile/")) == "de"


def test_nothing_is_set_where_the_browser_has_it_already(lena):
    person = Person(prefer(lena, "de"))
    person.client.cookies[COOKIE] = "de"
    assert COOKIE not in person.log_in().cookies


def test_a_password_alone_tells_nothing_of_the_accounts_language(olivia):
    """Before the second factor the page stays as the browser wants it."""
    person = Person(prefer(make_member(olivia.contracts.get(), "paul"), "de"), HTTP_ACCEPT_LANGUAGE="en")
    assert COOKIE not in person.start_login().cookies
    assert language_of(person.get("/two-factor/setup/")) == "en"


def test_the_language_follows_after_the_set_up_and_after_the_code(olivia):
    person = Person(prefer(make_member(olivia.contracts.get(), "paul"), "de"), HTTP_ACCEPT_LANGUAGE="en")
    person.start_login()
    person.key = person.read_key()
    response = person.post("/two-factor/setup/", {"code": code_of(person.key, -1)})
    assert response.cookies[COOKIE].value == "de"
    assert language_of(person.get("/two-factor/activated/")) == "de"
    again = person.another_browser(HTTP_ACCEPT_LANGUAGE="en")
    assert again.log_in().cookies[COOKIE].value == "de"


def test_what_waited_for_the_login_is_said_in_the_accounts_language(lena):
    User.objects.filter(pk=prefer(lena, "de").pk).update(email="")
    lena.refresh_from_db()
    notify(lena, Event.TWO_FACTOR_RESET)
    person = Person(lena, HTTP_ACCEPT_LANGUAGE="en")
    person.log_in()
    assert "Die Zwei-Faktor-Authentifizierung Ihres Kontos wurde zurückgesetzt." in words(person.get("/profile/"))


@pytest.mark.usefixtures("commits")
class TestMails:
    def of(self, mailoutbox, user: User):
        return next(message for message in mailoutbox if message.to == [user.email])

    def is_german(self, message) -> None:
        html, kind = message.alternatives[0]
        assert kind == "text/html"
        assert '<html lang="de">' in html
        assert english_in(f"<p>{message.body}</p>{html}<p>{message.subject}</p>") == []

    @pytest.mark.parametrize("event", sorted(texts.TOLD))
    @pytest.mark.parametrize("detail", [{}, {"new": "yes", "left": 1}, {"new": "active", "left": 5}])
    def test_every_notice_is_in_the_language_of_its_reader(self, lena, olivia, mailoutbox, event, detail):
        lena.password_revoked_at = timezone.now() if event in (Event.PASSWORD_REVOKED, Event.PASSWORD_BLOCKED) else None
        lena.two_factor_required = True
        if event == Event.TWO_FACTOR_PLANNED:
            lena.two_factor_required_from = (timezone.now() + timedelta(days=9)).replace(microsecond=0)
            detail = detail | {"new": moments.written(lena.two_factor_required_from)}
        lena.is_active = event != Event.USER_STATE or detail.get("new") == "active"
        lena.save()
        notify(prefer(lena, "de"), Event(event), actor=olivia, detail=detail)
        message = self.of(mailoutbox, lena)
        self.is_german(message)
        assert "Guten Tag Lena Lang," in message.body

    def test_the_owner_reads_it_in_the_owners(self, lena, olivia, mailoutbox):
        notify(prefer(lena, "de"), Event.TEN_WRONG_CODES)
        self.is_german(self.of(mailoutbox, lena))
        assert "Hello Olivia Owner," in self.of(mailoutbox, olivia).body

    def test_a_mail_to_somebody_without_a_choice_is_english(self, lena, mailoutbox):
        notify(lena, Event.USER_PASSWORD, actor=lena)
        assert "Hello Lena Lang," in self.of(mailoutbox, lena).body

    def test_a_link_to_reset_the_password(self, lena, mailoutbox):
        reset.write_reset_links(prefer(lena, "de").username, origin=ORIGIN)
        self.is_german(self.of(mailoutbox, lena))

    def test_an_invitation(self, lena, olivia, mailoutbox):
        reset.invite(actor=olivia, target=prefer(lena, "de"), origin=ORIGIN)
        invitations = [message for message in mailoutbox if "Einladung" in message.body or "lädt Sie" in message.body]
        assert invitations
        for message in invitations:
            self.is_german(message)

    def test_a_link_to_confirm_an_address(self, lena, mailoutbox):
        user = prefer(lena, "de")
        reset.request_email(actor=user, target=user, email="new@example.com", origin=ORIGIN)
        message = next(message for message in mailoutbox if message.to == ["new@example.com"])
        self.is_german(message)
