"A new email takes effect when the link that was sent to it is opened and confirmed, and not before."

import re
import threading
import time

import pytest
import time_machine
from django.db import connection
from django.test import Client

from accounts.models import AuditRow, Notice, Session, User
from accounts.origin import Origin
from accounts.outbox import rows
from accounts.reset import services
from accounts.reset.services import EmailAsked, EmailChange, EmailChanged, EmailKept
from accounts.sessions import services as sessions
from tests.factories import make_member, make_owner
from tests.meanwhile import meanwhile
from tests.people import Person, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
ORIGIN = Origin("127.0.0.1", "test")
LINK = re.compile(r"http://127\.0\.0\.1:8000(/email/confirm/[^\s\"<]+)")
RESET = re.compile(r"http://127\.0\.0\.1:8000(/password/reset/[^\s\"<]+)")
DEAD = "This link doesn't work"


@pytest.fixture
def owner() -> User:
    return make_owner(email="olivia@example.com")


@pytest.fixture
def nina(owner) -> User:
    return make_member(owner.contracts.get(), "nina", email="old@example.com", two_factor_required=False)


@pytest.fixture
def change(mailoutbox):
    def change(user: User, email: str) -> str:
        """Asks for a new address, as its person; the path of the link."""
        assert isinstance(request(user, email), EmailAsked)
        assert mailoutbox[-1].to == [email]
        return LINK.findall(mailoutbox[-1].body)[0]

    return change


def request(user: User, email: str, **more) -> EmailChange | None:
    fresh = User.objects.select_related("role", "contract").get(pk=user.pk)
    return services.request_email(**{"actor": fresh, "target": fresh, "email": email, "origin": ORIGIN} | more)


def emails(user: User) -> tuple[str, str]:
    return User.objects.values_list("email", "pending_email").get(pk=user.pk)


def is_dead(path: str) -> bool:
    answers = [Client().get(path), Client().post(path)]
    assert {answer.status_code for answer in answers} <= {200, 404}
    return all(DEAD in words(answer) for answer in answers)


def test_the_old_address_counts_until_the_button_is_pressed(nina, change, mailoutbox):
    person = Person(nina)
    person.log_in()
    path = change(nina, "new@example.com")
    assert emails(nina) == ("old@example.com", "new@example.com")
    for _ in range(2):
        page = Client().get(path)
        assert "new@example.com" in words(page)
        assert "nina" in words(page)
        assert page["Referrer-Policy"] == "no-referrer, strict-origin"
    assert emails(nina) == ("old@example.com", "new@example.com")
    assert person.is_in()
    answer = Client().post(path)
    assert answer.url == "/login/"
    assert emails(nina) == ("new@example.com", "")
    assert not person.is_in()
    assert not Session.objects.filter(user=nina).exists()
    told = [m for m in mailoutbox if "was changed" in m.subject]
    assert sorted(m.to[0] for m in told) == ["new@example.com", "old@example.com"]
    rows = AuditRow.objects.filter(event__startswith="user_email").order_by("pk").values_list("event", "detail")
    old_new = {"old": "old@example.com", "new": "new@example.com"}
    assert list(rows) == [("user_email_requested", old_new), ("user_email", old_new | {"by": "link"})]


def test_it_works_once_and_reset_links_die_with_it(nina, change, mailoutbox):
    Client().post("/password/forgot/", {"username_or_email": "nina"})
    reset = RESET.findall(mailoutbox[-1].body)[0]
    path = change(nina, "new@example.com")
    Client().post(path)
    assert is_dead(path)
    assert is_dead(reset)


def test_only_the_address_asked_for_last_can_be_confirmed(nina, change):
    first, second = change(nina, "first@example.com"), change(nina, "second@example.com")
    assert is_dead(first)
    assert Client().post(second).url == "/login/"
    assert emails(nina) == ("second@example.com", "")


def test_entering_the_present_address_takes_the_request_back(nina, change):
    path = change(nina, "new@example.com")
    assert request(nina, "old@example.com") == EmailKept(pending="new@example.com")
    assert emails(nina) == ("old@example.com", "")
    assert is_dead(path)
    before = AuditRow.objects.count()
    assert request(nina, "old@example.com") is None
    assert AuditRow.objects.count() == before


def test_it_lives_a_day_and_dies_with_a_deactivated_account(nina, change):
    with time_machine.travel(time.time(), tick=False) as clock:
        path = change(nina, "new@example.com")
        clock.shift(24 * 3600 - 1)
        assert "new@example.com" in words(Client().get(path))
        clock.shift(2)
        assert is_dead(path)
    path = change(nina, "new@example.com")
    User.objects.filter(pk=nina.pk).update(is_active=False)
    assert is_dead(path)


def test_broken_links_get_their_page(nina, change):
    path = change(nina, "new@example.com")
    for broken in (path[:-2] + "/", path + path.lstrip("/"), "/email/confirm/x/", "/email/confirm/%00/", f"{path}%20/"):
        assert is_dead(broken)
    assert emails(nina) == ("old@example.com", "new@example.com")


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_once_it_is_one_change(nina, change):
    path = change(nina, "new@example.com")
    statuses, start = [], threading.Barrier(6)

    def press() -> None:
        start.wait()
        statuses.append(Client().post(path).status_code)
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [302] + [404] * 5
    assert AuditRow.objects.filter(event="user_email").count() == 1


def test_an_address_taken_away_is_gone_at_once(nina, mailoutbox):
    person = Person(nina)
    person.log_in()
    assert isinstance(request(nina, ""), EmailChanged)
    assert emails(nina) == ("", "")
    assert not person.is_in()
    assert [m.to for m in mailoutbox] == [["old@example.com"]]
    assert Notice.objects.filter(user=nina).count() == 1
    assert request(nina, "") is None


def test_without_mail_a_new_address_counts_at_once(nina, settings, mailoutbox):
    settings.MAIL_ENABLED = False
    assert isinstance(request(nina, "new@example.com"), EmailChanged)
    assert emails(nina) == ("new@example.com", "")
    assert AuditRow.objects.get().event == "user_email"
    assert Notice.objects.filter(user=nina).count() == 1
    assert not mailoutbox


def test_a_dead_server_leaves_the_old_address_and_is_noted(nina, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = settings.PANEL_BACKEND, "127.0.0.1"
    settings.EMAIL_PORT = 1
    fresh = User.objects.select_related("role", "contract").get(pk=nina.pk)
    change = request(nina, "new@example.com", target=fresh)
    assert isinstance(change, EmailAsked)
    assert rows.is_unsent(change.mailed)
    assert emails(nina) == ("old@example.com", "new@example.com")


def test_an_account_that_is_not_as_it_was_seen_is_left_alone(nina, mailoutbox):
    stale = User.objects.select_related("role", "contract").get(pk=nina.pk)
    User.objects.filter(pk=nina.pk).update(email="meanwhile@example.com")
    for email in ("new@example.com", ""):
        assert services.request_email(actor=stale, target=stale, email=email, origin=ORIGIN) is None
    assert emails(nina) == ("meanwhile@example.com", "")
    assert not mailoutbox


def test_a_session_that_the_owner_ends_meanwhile_asks_for_no_new_email(owner, nina):
    thief = Person(nina)
    thief.log_in()

    def end() -> None:
        assert sessions.end_by(owner, User.objects.select_related("contract", "role").get(pk=nina.pk), origin=ORIGIN)

    with meanwhile(end, before='UPDATE "accounts_user" SET "pending_email"'):
        assert thief.post("/profile/email/", {"email": "thief@example.org"}).url.startswith("/login/")
    assert emails(nina) == ("old@example.com", "")
