"""What a browser may send on an application's host instead of what the panel gave it: it opens nothing."""

from urllib.parse import quote, urlencode, urlsplit

import pytest
from django.test import Client

from accounts.models import Session, User
from cloudpanel.applications.models import Application, Ticket, Visit
from tests.applications.visits import HOST, ORIGIN, check, visit
from tests.factories import make_application
from tests.meanwhile import meanwhile
from tests.people import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusted_proxy")]


@pytest.fixture
def browser() -> Client:
    return Client(HTTP_HOST=HOST)


def ticket_for(person: Person, browser: Client, path: str = "/d") -> str:
    """From the start to the ticket: its address on the application's host."""
    asked = browser.get(f"/.cloudpanel/start?{urlencode({'next': path})}")
    opened = person.get("/guard/open/?" + urlsplit(asked["Location"]).query)
    return opened["Location"]


def enter(browser: Client, address: str, **more):
    parts = urlsplit(address)
    return browser.get(f"{parts.path}?{parts.query}", **more)


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "/a\r\nSet-Cookie: x=1",
     "/" + "a" * 8192, "/%0d%0aX: y\n", "javascript:alert(1)", "/.cloudpanel/logout", "@evil.example"],
)  # fmt: skip
def test_whatever_next_says_the_way_ends_on_the_applications_host(grafana, lena, browser, path):
    entered = enter(browser, ticket_for(lena, browser, path))
    assert (entered.status_code, entered["Location"]) == (302, f"{ORIGIN}/")


def test_next_sent_twice_is_none(grafana, lena, browser):
    asked = browser.get("/.cloudpanel/start?next=/a&next=/b")
    opened = lena.get("/guard/open/?" + urlsplit(asked["Location"]).query)
    assert enter(browser, opened["Location"])["Location"] == f"{ORIGIN}/"


def test_a_ticket_sent_twice_in_one_address_spends_nothing(grafana, lena, browser):
    address = ticket_for(lena, browser)
    assert enter(browser, f"{address}&{urlsplit(address).query}").status_code == 403
    assert enter(browser, address).status_code == 302


def test_a_ticket_of_another_application_spends_nothing(grafana, lena, browser, contract):
    make_application(contract, "http://wiki.localhost", name="Wiki")
    elsewhere = Client(HTTP_HOST="wiki.localhost")
    address = ticket_for(lena, elsewhere)
    ticket_for(lena, browser)  # a nonce of its own
    named = {f"cloudpanel_start_{grafana.pk}": next(iter(elsewhere.cookies.values())).value}
    for cookies in (dict(browser.cookies.items()), named):
        browser.cookies.load(cookies)
        assert enter(browser, address).status_code == 403
    assert not Visit.objects.exists()
    assert enter(elsewhere, address).status_code == 302


@pytest.mark.parametrize("ticket", ["", "x", "\0", "é", "x" * 101, "../" * 30, "' OR 1=1 --"])
def test_a_ticket_that_is_none(grafana, lena, browser, ticket):
    ticket_for(lena, browser)
    assert browser.get(f"/.cloudpanel/enter?ticket={quote(ticket)}").status_code == 403


ENDS = {
    "session": lambda: Session.objects.filter(user__username="lena").delete(),
    "account": lambda: User.objects.filter(username="lena").delete(),
    "application disabled": lambda: Application.objects.update(is_active=False),
    "guard off": lambda: Application.objects.update(guard=False),
    "application": lambda: Application.objects.all().delete(),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_ends_between_ticket_and_entry_opens_nothing(grafana, lena, browser, end):
    address = ticket_for(lena, browser)
    ENDS[end]()
    assert enter(browser, address).status_code in (400, 403)
    assert not Visit.objects.exists()


def test_an_account_that_changes_between_ticket_and_entry_gets_a_visit_that_opens_nothing(grafana, lena, browser):
    address = ticket_for(lena, browser)
    User.objects.filter(username="lena").update(stamp=9)
    entered = enter(browser, address)
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in entered.cookies.items())
    assert check(cookie).status_code == 302


@pytest.mark.parametrize("end", ENDS)
def test_what_ends_between_check_and_page_is_refused_there_too(grafana, lena, end):
    """nginx asks twice: its check has no body, so `start` decides again."""
    sent = {"HTTP_X_ORIGINAL_URL": f"{ORIGIN}/d", "HTTP_X_ORIGINAL_METHOD": "GET", "HTTP_ACCEPT": "text/html"}
    cookie = visit(grafana)
    assert check(cookie, kind="nginx", **sent).status_code == 200
    ENDS[end]()
    answer = Client(HTTP_HOST=HOST, HTTP_COOKIE=cookie).get("/.cloudpanel/start", **sent)
    assert answer.status_code == (302 if end in ("session", "account") else 403)
    assert not Ticket.objects.filter(used_at__isnull=True).exists()
    assert check(cookie, kind="nginx", **sent).status_code in (401, 403)


@pytest.mark.django_db(transaction=True)
def test_an_application_that_is_deleted_while_it_is_opened_is_not_there(grafana, lena, browser):
    asked = browser.get("/.cloudpanel/start?next=/a")
    before = 'INSERT INTO "applications_ticket"'
    with meanwhile(lambda: Application.objects.filter(pk=grafana.pk).delete(), before=before):
        assert lena.get("/guard/open/?" + urlsplit(asked["Location"]).query).status_code == 404
