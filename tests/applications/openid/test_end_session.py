"""An application logs its person out of the panel, with a question wherever it isn't certain that it may."""

import re
import time

import pytest
import time_machine

from accounts.origin import SERVER
from cloudpanel.applications.openid import examples, jwts, keys
from cloudpanel.applications.openid.models import Login
from tests.applications.openid.conftest import AFTER_LOGOUT
from tests.people import words

pytestmark = pytest.mark.django_db
END = "/openid/end-session/"


@pytest.fixture
def hint(console, lena) -> str:
    return console.log_in(lena)["id_token"]


def test_with_its_own_hint_nobody_is_asked_and_the_state_comes_back(lena, hint):
    wanted = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT, "state": "a b"}
    response = lena.client.get(END, wanted)
    assert response["Location"] == f"{AFTER_LOGOUT}?state=a+b"
    assert not lena.is_in()


def test_without_an_address_the_way_ends_at_the_login(lena, hint):
    assert lena.client.get(END, {"id_token_hint": hint})["Location"] == "/login/"
    assert not lena.is_in()


def test_a_post_from_another_site_becomes_the_same_by_get(lena, hint):
    response = lena.post(END, {"id_token_hint": hint})
    assert response.status_code == 303
    lena.get(response["Location"])
    assert not lena.is_in()


@pytest.mark.parametrize("query", [{}, {"state": "x"}, {"id_token_hint": "rubbish"}])
def test_without_a_valid_hint_a_page_asks(lena, hint, query):
    page = lena.client.get(END, query)
    assert page.status_code == 200
    assert lena.is_in()
    sealed = page.context["sealed"]
    assert lena.post(END + "confirm/", {"request": sealed, "end": "no"})["Location"] == "/"
    assert lena.is_in()
    assert lena.post(END + "confirm/", {"request": sealed, "end": "yes"})["Location"] == "/login/"
    assert not lena.is_in()


def test_a_hint_of_another_session_asks_first(console, lena, hint):
    other = lena.another_browser()
    other.log_in()
    page = other.client.get(END, {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT})
    assert "Grafana asks to log you out" in words(page)
    onward = other.post(END + "confirm/", {"request": page.context["sealed"], "end": "yes"})
    assert onward.context["address"] == AFTER_LOGOUT
    assert "Logged in as" not in words(onward)
    assert lena.is_in()


@pytest.mark.parametrize("more", [{}, {"client_id": "unknown"}, {"id_token_hint": "a.b.c"}], ids=str)
def test_an_unknown_application_may_ask_and_no_address_is_followed(console, lena, more):
    page = lena.client.get(END, {"post_logout_redirect_uri": AFTER_LOGOUT} | more)
    assert (page.status_code, lena.is_in()) == (200, True)
    assert "An application asks to log you out" in words(page)
    after = lena.post(END + "confirm/", {"request": page.context["sealed"], "end": "yes"})
    assert (after["Location"], lena.is_in()) == ("/login/", False)


def test_the_logout_of_the_example_for_grafana_returns_to_grafana(console, client, lena):
    client.post_logout_redirect_uris = "https://grafana.example.com/login"
    client.save()
    names = {"client_id": console.client_id, "issuer": "", "origin": "https://grafana.example.com", "panel": "x"}
    address = re.search("signout_redirect_url = (.+)", examples.GRAFANA.format(**names))[1]
    page = lena.client.get(address)
    onward = lena.post(END + "confirm/", {"request": page.context["sealed"], "end": "yes"})
    assert onward.context["address"] == "https://grafana.example.com/login"


def test_a_hint_that_has_expired_counts_also_under_a_retired_key(lena, hint):
    keys.rotate(origin=SERVER)
    keys.rotate(origin=SERVER)
    with time_machine.travel(time.time() + 20 * 60):
        assert lena.client.get(END, {"id_token_hint": hint})["Location"] == "/login/"
        assert not lena.is_in()


@pytest.mark.parametrize(("after", "good"), [(jwts.HINT_SECONDS - 60, True), (jwts.HINT_SECONDS + 60, False)])
def test_a_hint_counts_for_thirty_days(hint, after, good):
    with time_machine.travel(time.time() + after):
        assert (jwts.hint(hint) is not None) is good


def test_a_hint_from_before_the_panel_moved_is_none(hint, settings):
    settings.PUBLIC_URL = "https://elsewhere.example.com"
    assert jwts.hint(hint) is None


@pytest.mark.parametrize("query", ["client_id=a&client_id=b", "state=a%00b"])
def test_an_address_that_is_unclear_ends_nothing(lena, hint, query):
    assert lena.get(f"{END}?{query}&id_token_hint={hint}").status_code == 400
    assert lena.is_in()


@pytest.mark.parametrize("sealed", ["", "rubbish", "\u00e9"])
def test_an_answer_to_no_question_ends_nothing(lena, sealed):
    assert lena.post(END + "confirm/", {"request": sealed, "end": "yes"}).status_code == 400
    assert lena.is_in()


def test_a_logout_token_is_no_hint(console, client, lena, hint):
    token = jwts.logout_token(Login.objects.get())
    assert jwts.hint(token) is None


def test_rotating_makes_the_next_key_current_and_publishes_a_new_one(console, lena, hint):
    def published() -> list[str]:
        found = console.http.get("/openid/jwks.json").json()["keys"]
        return [key["kid"] for key in found if key["alg"] == "RS256"]

    before = published()
    keys.rotate(origin=SERVER)
    after = published()
    assert after[0] == before[1]
    assert len(after) == 3
    assert before[0] in after
    assert console.claims(hint), "still verified by the key that was replaced"
    assert console.claims(console.log_in(lena)["id_token"])
