"""The four addresses on an application's host: methods, nginx's own way in, and whose session a logout ends."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.test import Client

from accounts.models import AuditRow, Event, Session
from cloudpanel.applications.guard.door import STATE_SALT
from cloudpanel.applications.models import Application
from tests.applications.visits import HOST, ORIGIN, visit
from tests.factories import make_application
from tests.meanwhile import meanwhile
from tests.people import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusted_proxy")]


def there(cookie: str = "", **sent) -> Client:
    return Client(HTTP_HOST=HOST, HTTP_COOKIE=cookie, **sent)


def sign_outs() -> int:
    return AuditRow.objects.filter(event=Event.SIGN_OUT).count()


def path_in(answer) -> str:
    """Where the panel will lead after the login."""
    [state] = parse_qs(urlsplit(answer["Location"]).query)["state"]
    return signing.loads(state, salt=STATE_SALT)[2]


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
    assert answer.status_code == 200
    assert answer.cookies[f"cloudpanel_visit_{grafana.pk}"].value == ""
    assert lena.is_in()
    assert sign_outs() == 0


def test_of_two_logouts_at_once_one_is_logged(grafana, lena):
    client = there(visit(grafana))
    with meanwhile(Session.objects.all().delete, before="DELETE FROM"):
        answer = client.post("/.cloudpanel/logout", HTTP_ORIGIN=ORIGIN)
    assert answer.status_code == 200
    assert not lena.is_in()
    assert sign_outs() == 0


def test_a_visit_that_comes_twice_is_nobodys(grafana, lena):
    cookie = visit(grafana)
    assert "Logged in as lena" in words(there(cookie).get("/.cloudpanel/status"))
    twice = there(f"{cookie}; {cookie}")
    assert "Logged in as Nobody" in words(twice.get("/.cloudpanel/status"))
    assert twice.post("/.cloudpanel/logout", HTTP_ORIGIN=ORIGIN).status_code == 200
    assert lena.is_in()
