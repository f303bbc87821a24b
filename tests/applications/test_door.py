"""The four addresses on an application's host: methods, nginx's own way in, and whose session a logout ends."""

from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.core import signing
from django.test import Client
from django.utils import timezone

from accounts.models import AuditRow, Event, Session
from cloudpanel.applications.guard import door, visits
from cloudpanel.applications.guard.digests import digest
from cloudpanel.applications.guard.door import STATE_SALT
from cloudpanel.applications.guard.peers import Peer
from cloudpanel.applications.models import Application, Ticket, Visit
from tests.applications.visits import HOST, ORIGIN, check, session_of, visit
from tests.factories import make_application
from tests.meanwhile import meanwhile
from tests.people import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusted_proxy")]


def there(cookie: str = "", **sent) -> Client:
    return Client(HTTP_HOST=HOST, HTTP_COOKIE=cookie, **sent)


NONCE = "n" * 43


def ticket_of(application: Application) -> str:
    """For `/d?a=1`, in a browser with the nonce `NONCE`."""
    session = session_of("lena")
    about = {"application": application, "session": session, "user": session.user, "verified": False}
    return visits.issue_ticket(**about, nonce_digest=digest("nonce", application.pk, NONCE), path="/d?a=1")


def enter(application: Application, ticket: str, nonce: str = NONCE):
    return there(f"cloudpanel_start_{application.pk}={nonce}").get("/.cloudpanel/enter", {"ticket": ticket})


def facts_on(answer) -> dict[str, str]:
    """What the status page says, line by line."""
    page = BeautifulSoup(answer.content, "html.parser")
    labels, values = page.find_all("dt"), page.find_all("dd")
    return {label.text: value.text for label, value in zip(labels, values, strict=True)}


def logouts() -> int:
    return AuditRow.objects.filter(event=Event.SIGN_OUT).count()


def state_in(answer) -> str:
    [state] = parse_qs(urlsplit(answer["Location"]).query)["state"]
    return state


def path_in(answer) -> str:
    """Where the panel will lead after the login."""
    return signing.loads(state_in(answer), salt=STATE_SALT)[2]


@pytest.mark.parametrize(
    ("page", "method", "allowed"),
    [
        ("start", "post", "GET, HEAD"),
        ("enter", "post", "GET"),
        ("enter", "head", "GET"),
        ("logout", "put", "GET, HEAD, POST"),
        ("status", "post", "GET, HEAD"),
    ],
)
def test_another_method_changes_nothing_and_is_told_which_there_are(grafana, lena, page, method, allowed):
    answer = getattr(there(visit(grafana), HTTP_ORIGIN=ORIGIN), method)(f"/.cloudpanel/{page}")
    assert (answer.status_code, answer["Allow"], answer["Cache-Control"]) == (405, allowed, "no-store")
    assert lena.is_in()


def nginx(cookie: str = "", address: str = f"{ORIGIN}/d?a=1", **more):
    sent = {"HTTP_X_ORIGINAL_URL": address, "HTTP_X_ORIGINAL_METHOD": "GET", "HTTP_ACCEPT": "text/html"}
    return there(cookie, **sent | more).get("/.cloudpanel/start?next=/elsewhere")


def test_what_nginx_refused_leads_on_to_the_page_that_was_asked_for(grafana):
    answer = nginx()
    assert answer.status_code == 302
    assert path_in(answer) == "/d?a=1"


def test_nginx_is_told_401_for_what_is_no_page(grafana):
    assert nginx(HTTP_ACCEPT="application/json").status_code == 401


@pytest.mark.parametrize(
    ("address", "cookie"),
    [
        ("http://wiki.localhost/d", ""),
        ("nonsense", ""),
        (f"{ORIGIN}/d", "cloudpanel_visit_7=a; cloudpanel_visit_7=b"),
    ],
)
def test_what_nginx_says_of_another_host_or_unclearly_is_refused(grafana, contract, address, cookie):
    make_application(contract, "http://wiki.localhost", name="Wiki")
    answer = nginx(cookie, address)
    assert answer.status_code == 403
    assert not answer.cookies


def test_whom_nginx_may_not_let_in_is_refused_with_the_reason_in_the_log(grafana, lena):
    cookie = visit(grafana)
    Application.objects.update(is_active=False)
    assert nginx(cookie).status_code == 403
    assert AuditRow.objects.get(event=Event.APPLICATION_REFUSED).detail == {"reason": "application_disabled"}


def test_nobody_but_a_proxy_says_what_was_asked_for(grafana, lena):
    """A browser's own header decides nothing, not even that it is refused."""
    Application.objects.update(is_active=False)
    answer = nginx(visit(grafana), REMOTE_ADDR="198.51.100.7")
    assert answer.status_code == 302
    assert path_in(answer) == "/elsewhere"


def test_a_logout_without_a_visit_ends_nobodys_session(grafana, lena):
    answer = there().post("/.cloudpanel/logout", HTTP_ORIGIN=ORIGIN)
    assert answer.status_code == 303
    cookie = answer.cookies[f"cloudpanel_visit_{grafana.pk}"]
    assert (cookie.value, cookie["max-age"]) == ("", 0)
    assert lena.is_in()
    assert logouts() == 0


def test_of_two_logouts_at_once_one_is_logged(grafana, lena):
    client = there(visit(grafana))
    with meanwhile(Session.objects.all().delete, before="DELETE FROM"):
        answer = client.post("/.cloudpanel/logout", HTTP_ORIGIN=ORIGIN)
    assert answer.status_code == 303
    assert not lena.is_in()
    assert logouts() == 0


def test_a_visit_that_comes_twice_is_nobodys(grafana, lena):
    cookie = visit(grafana)
    assert "Logged in as lena" in words(there(cookie).get("/.cloudpanel/status"))
    twice = there(f"{cookie}; {cookie}")
    assert "Logged in as Nobody" in words(twice.get("/.cloudpanel/status"))
    assert twice.post("/.cloudpanel/logout", HTTP_ORIGIN=ORIGIN).status_code == 303
    assert lena.is_in()


# The start


@pytest.mark.parametrize("method", ["get", "head"])
def test_each_browser_gets_a_secret_of_its_own_for_a_quarter_of_an_hour(grafana, method):
    answers = [getattr(there(), method)("/.cloudpanel/start") for _ in range(2)]
    first, second = (answer.cookies[f"cloudpanel_start_{grafana.pk}"] for answer in answers)
    assert len(first.value) == len(second.value) == 43
    assert first.value != second.value
    assert (first["max-age"], first["samesite"]) == (15 * 60, "Lax")
    assert [answer["Cache-Control"] for answer in answers] == ["no-store"] * 2


def test_a_long_path_makes_no_long_address(grafana):
    path = "/d" + "/folder" * 100
    answer = there().get("/.cloudpanel/start", {"next": path})
    assert path_in(answer) == path
    assert len(state_in(answer)) < len(path)


@pytest.mark.parametrize(("page", "status"), [("start", 302), ("enter", 403), ("status", 200)])
def test_a_browser_without_any_cookie_header_is_nobody(grafana, rf, page, status):
    request = rf.get(f"/.cloudpanel/{page}", HTTP_HOST=HOST)
    del request.META["HTTP_COOKIE"]
    assert door.PAGES[f"/.cloudpanel/{page}"](request, grafana, Peer.of(request)).status_code == status


def test_what_nginx_refused_without_any_cookie_header_leads_on_too(grafana, rf):
    sent = {"HTTP_X_ORIGINAL_URL": f"{ORIGIN}/d", "HTTP_X_ORIGINAL_METHOD": "GET", "HTTP_ACCEPT": "text/html"}
    request = rf.get("/.cloudpanel/start", HTTP_HOST=HOST, **sent)
    del request.META["HTTP_COOKIE"]
    assert path_in(door.start(request, grafana, Peer.of(request))) == "/d"


# The ticket


def test_a_ticket_opens_the_page_that_was_asked_for_until_the_browser_closes(grafana, lena):
    answer = enter(grafana, ticket_of(grafana))
    assert (answer.status_code, answer["Location"], answer["Cache-Control"]) == (302, f"{ORIGIN}/d?a=1", "no-store")
    cookie = answer.cookies[f"cloudpanel_visit_{grafana.pk}"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"], cookie["expires"]) == (True, "Lax", "", "")
    assert check(f"cloudpanel_visit_{grafana.pk}={cookie.value}")["Remote-User"] == "lena"


def test_a_ticket_of_another_browser_is_not_used_and_the_page_leads_back(grafana, lena):
    ticket = ticket_of(grafana)
    for refused in (enter(grafana, ticket, ""), enter(grafana, ticket + "x"), enter(grafana, "")):
        assert (refused.status_code, refused.cookies) == (403, {})
        assert "Grafana was not opened" in words(refused)
    other = enter(grafana, ticket, "m" * 43)
    assert (other.status_code, other["Location"], other.cookies) == (302, f"{ORIGIN}/d?a=1", {})
    assert Ticket.objects.get().used_at is None
    assert not Visit.objects.exists()


def test_a_ticket_that_is_used_or_too_old_leads_no_other_browser_on(grafana, lena):
    used, old = ticket_of(grafana), ticket_of(grafana)
    enter(grafana, used)
    Ticket.objects.filter(used_at=None).update(expires_at=timezone.now())
    for ticket in (used, old):
        assert enter(grafana, ticket, "m" * 43).status_code == 403


def test_two_tabs_that_start_at_the_same_moment_both_open_their_page(grafana, lena):
    """The browser has no nonce yet, and keeps that of the second answer."""
    starts = [there().get("/.cloudpanel/start", {"next": f"/d/{number}"}) for number in (1, 2)]
    nonce = starts[1].cookies[f"cloudpanel_start_{grafana.pk}"]
    browser = there(f"{nonce.key}={nonce.value}")

    def opened(start) -> str:
        left = lena.get("/guard/open/?" + urlsplit(start["Location"]).query)
        return browser.get("/.cloudpanel/enter?" + urlsplit(left["Location"]).query)

    first = opened(starts[0])
    assert (first["Location"], first.cookies) == (f"{ORIGIN}/d/1", {})
    second = opened(starts[1])
    again = opened(browser.get("/.cloudpanel/start", {"next": "/d/1"}))
    for answer, path in ((second, "/d/2"), (again, "/d/1")):
        assert answer["Location"] == ORIGIN + path
        cookie = answer.cookies[f"cloudpanel_visit_{grafana.pk}"]
        assert check(f"{cookie.key}={cookie.value}").status_code == 200


def test_an_application_that_was_disabled_meanwhile_uses_no_ticket(grafana, lena):
    ticket = ticket_of(grafana)
    Application.objects.update(is_active=False)
    assert enter(grafana, ticket).status_code == 403
    assert Ticket.objects.get().used_at is None
    Application.objects.update(is_active=True)
    assert enter(grafana, ticket).status_code == 302


# The status


def test_the_status_says_what_arrived_and_more_to_whom_it_knows(grafana, lena):
    everybody = {
        "Scheme": "http",
        "Host": HOST,
        "Client address": "127.0.0.1",
        "Secure cookie": "No",
        "Logged in as": "Nobody",
    }
    answer = there().get("/.cloudpanel/status")
    assert facts_on(answer) == everybody
    assert "What the panel sees of Grafana" in words(answer)
    seen = there(visit(grafana), HTTP_X_CLOUDPANEL_PROXY="caddy").get("/.cloudpanel/status")
    assert facts_on(seen) == everybody | {"Logged in as": "lena", "Proxy": "caddy", "Came by": "127.0.0.1"}


def test_the_status_comes_by_head_too_and_knows_https(contract, grafana, lena):
    assert there().head("/.cloudpanel/status").status_code == 200
    secure = make_application(contract, "https://secure.localhost", name="Secure")
    sent = {"HTTP_HOST": "secure.localhost", "HTTP_X_FORWARDED_PROTO": "https"}
    facts = facts_on(Client(**sent, HTTP_COOKIE=f"__Host-{visit(secure)}").get("/.cloudpanel/status"))
    assert (facts["Scheme"], facts["Secure cookie"], facts["Logged in as"]) == ("https", "Yes", "lena")
    assert facts["Proxy"] == "–"


def test_the_status_warns_where_the_proxy_does_not_say_that_it_speaks_https(contract):
    make_application(contract, "https://secure.localhost", name="Secure")
    proxied = Client(HTTP_HOST="secure.localhost")
    page = proxied.get("/.cloudpanel/status")
    assert page.status_code == 200
    assert "The header X-Forwarded-Proto is missing." in words(page)
    assert facts_on(page)["Scheme"] == "http"
    for path in ("/.cloudpanel/start", "/.cloudpanel/enter", "/.cloudpanel/logout", "/"):
        assert proxied.get(path).status_code == 400
    assert proxied.get("/.cloudpanel/status", HTTP_X_FORWARDED_PROTO="http").status_code == 400
    assert Client(HTTP_HOST="secure.localhost", REMOTE_ADDR="192.0.2.1").get("/.cloudpanel/status").status_code == 400
