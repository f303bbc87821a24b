"""The logout on an application's host says that one is logged out only if it has ended the session in the panel."""

import pytest
from django.test import Client

from accounts.models import AuditRow, Event, Session
from accounts.origin import SERVER
from cloudpanel.applications.models import Application
from cloudpanel.applications.services import set_guard, set_origin
from tests.applications.visits import HOST, visit
from tests.meanwhile import meanwhile
from tests.people import Person, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusted_proxy")]
MOVED = "wiki.localhost"


def own_password(application: Application, owner: Person, lena: Person) -> None:
    new = "seven brave otters juggle"
    form = {"current_password": lena.password, "new_password1": new, "new_password2": new}
    assert lena.post("/profile/password/", form).status_code == 302


def off_and_on(application: Application, owner: Person, lena: Person) -> None:
    for on in (False, True):
        row = Application.objects.get(pk=application.pk)
        assert set_guard(actor=owner, application=row, guard=on, assertion=False, upstream="", origin=SERVER)


def another_origin(application: Application, owner: Person, lena: Person) -> None:
    assert set_origin(actor=owner, application=application, new=f"http://{MOVED}", origin=SERVER)


def log_out(cookie: str = "", host: str = HOST):
    """As the application's own form does it."""
    return Client(HTTP_HOST=host, HTTP_COOKIE=cookie).post("/.cloudpanel/logout", HTTP_ORIGIN=f"http://{host}")


def logouts() -> int:
    return AuditRow.objects.filter(event=Event.SIGN_OUT).count()


def leads_to_the_question(answer, public_url: str) -> bool:
    found = (answer.status_code, answer["Location"], answer["Cache-Control"])
    return found == (303, f"{public_url}/logout/", "no-store")


@pytest.mark.parametrize(
    ("change", "host"),
    [(own_password, HOST), (off_and_on, HOST), (another_origin, MOVED)],
)
def test_a_logout_with_a_dead_visit_leads_to_the_question_of_the_panel(grafana, owner, lena, settings, change, host):
    cookie = visit(grafana)
    change(grafana, owner, lena)
    answer = log_out(cookie, host)
    assert leads_to_the_question(answer, settings.PUBLIC_URL)
    assert answer.cookies[f"cloudpanel_visit_{grafana.pk}"]["max-age"] == 0
    assert "Log out? This ends your session in the panel" in words(lena.get("/logout/"))
    assert logouts() == 0


def test_a_second_click_does_not_say_logged_out_either(grafana, owner, lena, settings):
    """The first one took the cookie away, and the question was left unanswered."""
    own_password(grafana, owner, lena)
    assert leads_to_the_question(log_out(), settings.PUBLIC_URL)
    assert lena.is_in()


def test_a_session_that_goes_on_under_a_new_id_at_this_moment_is_not_said_to_be_over(grafana, owner, lena, settings):
    cookie = visit(grafana)
    with meanwhile(lambda: own_password(grafana, owner, lena), before="SAVEPOINT"):
        answer = log_out(cookie)
    assert leads_to_the_question(answer, settings.PUBLIC_URL)
    assert lena.is_in()
    assert logouts() == 0


def test_whoever_is_logged_out_already_comes_to_the_login(grafana, lena, settings):
    cookie = visit(grafana)
    Session.objects.all().delete()
    assert leads_to_the_question(log_out(cookie), settings.PUBLIC_URL)
    assert lena.get("/logout/").url == "/login/"


def test_a_logout_that_ended_the_session_says_so(grafana, lena):
    answer = log_out(visit(grafana))
    assert (answer.status_code, logouts()) == (200, 1)
    assert "You are logged out." in words(answer)
    assert not lena.is_in()
