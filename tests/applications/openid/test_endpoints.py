"""What the endpoints refuse: tokens in two places or too long, callers without a secret, pages of odd origins."""

import pytest

from cloudpanel.applications.openid.endpoints import LONGEST_TOKEN
from cloudpanel.applications.openid.models import Authentication, Client
from tests.applications.openid.conftest import error

pytestmark = pytest.mark.django_db
LONG = "t" * (LONGEST_TOKEN + 1)


def test_a_token_in_two_places_is_refused(console, lena):
    token = console.log_in(lena)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert console.http.post("/openid/userinfo/", headers=headers).status_code == 200
    twice = console.http.post("/openid/userinfo/", {"access_token": token}, headers=headers)
    assert error(twice) == (400, "invalid_request")


def test_an_application_without_a_secret_learns_nothing_about_tokens(console, client, lena):
    token = console.log_in(lena)["access_token"]
    Client.objects.update(client_authentication=Authentication.NONE)
    sent = {"token": token, "client_id": console.client_id}
    answer = console.post("/openid/introspect/", sent, basic=False)
    assert error(answer) == (401, "invalid_client")
    assert "active" not in answer.json()


def test_a_token_that_is_too_long_is_an_unknown_one(console):
    assert error(console.userinfo(LONG)) == (401, "invalid_token")
    assert console.introspect(LONG) == {"active": False}
    assert console.post("/openid/revoke/", {"token": LONG}).status_code == 200


def test_an_answer_names_the_origin_that_may_read_it(console):
    answer = console.http.get("/openid/jwks.json", headers={"Origin": "https://grafana.example.com"})
    assert answer["Access-Control-Allow-Origin"] == "https://grafana.example.com"
    assert "Access-Control-Allow-Methods" not in answer, "of the question before it alone"


@pytest.mark.parametrize(
    "origin",
    ["null", "a://", "https://:443", "https://grafana.example.com" + "x" * 300, "https://gr\u00e4fana.example.com"],
)
def test_an_origin_that_is_none_is_allowed_nothing(console, origin):
    answer = console.http.options("/openid/token/", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.parametrize("address", ["/openid/authorize/", "/openid/end-session/"])
def test_a_post_that_no_address_can_hold_is_refused(lena, address):
    longest = 8000 - len(f"{address}?state=")
    assert lena.post(address, {"state": "x" * longest}).status_code == 303
    for state in ("x" * (longest + 1), ":" * (longest // 3 + 1), "x" * 1_000_000):
        response = lena.post(address, {"state": state})
        assert response.status_code == 400
        assert "The request of the application is too long." in response.content.decode()
