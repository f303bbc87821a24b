"""The modules of the certification's RP-Initiated and Back-Channel plans; each test has the module's name.

"Shows a page": the plans take an error or a question, as long as nobody is sent to the application.
"""

import json

import pytest
from joserfc import jws

from cloudpanel.applications.openid import backchannel, endings
from tests.applications.openid.conftest import AFTER_LOGOUT, Console, answered
from tests.applications.openid.test_attacks import forged
from tests.people import Person

pytestmark = pytest.mark.django_db
END = "/openid/end-session/"


@pytest.fixture
def hint(console, lena) -> str:
    return console.log_in(lena)["id_token"]


def is_logged_out(console: Console, person: Person) -> bool:
    return answered(person.get(console.request(prompt="none"))).get("error") == "login_required"


def shows_a_page(response) -> bool:
    return response.status_code in (200, 400) and "Location" not in response


def logs_out_when_confirmed(console: Console, person: Person, response) -> bool:
    """The person is asked, and then told that they are logged out."""
    asked = shows_a_page(response) and not is_logged_out(console, person)
    after = person.post(END + "confirm/", {"request": response.context["sealed"], "end": "yes"})
    return asked and after["Location"] == "/login/" and is_logged_out(console, person)


def configuration(console: Console) -> dict:
    return console.http.get("/.well-known/openid-configuration").json()


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(console):
    found = configuration(console)
    assert found["end_session_endpoint"] == found["issuer"] + END


def test_oidcc_rp_initiated_logout(console, lena, hint):
    wanted = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT, "state": "s t/ate"}
    assert lena.client.get(END, wanted)["Location"] == f"{AFTER_LOGOUT}?state=s+t%2Fate"
    assert is_logged_out(console, lena)


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(console, lena, hint):
    wanted = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT + "x", "state": "s"}
    assert shows_a_page(lena.client.get(END, wanted))


def test_oidcc_rp_initiated_logout_modified_id_token_hint(console, lena, hint):
    """Changed to `alg` none."""
    wanted = {"id_token_hint": forged(console, hint, "none"), "post_logout_redirect_uri": AFTER_LOGOUT, "state": "s"}
    assert shows_a_page(lena.client.get(END, wanted))


def test_oidcc_rp_initiated_logout_no_id_token_hint(lena, hint):
    assert shows_a_page(lena.client.get(END, {"post_logout_redirect_uri": AFTER_LOGOUT, "state": "s"}))


def test_oidcc_rp_initiated_logout_no_params(console, lena, hint):
    assert logs_out_when_confirmed(console, lena, lena.client.get(END))


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(console, lena, hint):
    response = lena.client.get(END, {"id_token_hint": hint, "state": "s"})
    assert response["Location"] == "/login/"
    assert is_logged_out(console, lena)


def test_oidcc_rp_initiated_logout_no_state(console, lena, hint):
    wanted = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT}
    assert lena.client.get(END, wanted)["Location"] == AFTER_LOGOUT
    assert is_logged_out(console, lena)


def test_oidcc_rp_initiated_logout_only_state(console, lena, hint):
    assert logs_out_when_confirmed(console, lena, lena.client.get(END, {"state": "s"}))


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(lena, hint):
    wanted = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT + "?foo=bar", "state": "s"}
    assert shows_a_page(lena.client.get(END, wanted))


def test_oidcc_rp_initiated_logout_bad_id_token_hint(console, lena, hint):
    """Signed by a key that isn't the panel's."""
    wanted = {"id_token_hint": forged(console, hint, "x"), "post_logout_redirect_uri": AFTER_LOGOUT, "state": "s"}
    assert shows_a_page(lena.client.get(END, wanted))


def test_oidcc_backchannel_logout_discovery_endpoint_verification(console):
    found = configuration(console)
    assert found["backchannel_logout_supported"] is True
    assert found["backchannel_logout_session_supported"] is True
    assert found["end_session_endpoint"]


def test_oidcc_backchannel_rp_initiated_logout(console, client, lena, hint, receiver):
    client.backchannel_logout_uri = receiver.url
    client.save()
    wanted = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT, "state": "s"}
    assert lena.client.get(END, wanted)["Location"] == f"{AFTER_LOGOUT}?state=s"
    endings.end_what_is_over()
    backchannel.tell()
    [(_path, _host, form)] = receiver.seen
    [token] = form.pop("logout_token")
    assert form == {}
    claims, said = console.claims(hint), console.claims(token)
    assert (said["iss"], said["aud"], said["sid"], said["sub"]) == tuple(
        claims[name] for name in ("iss", "aud", "sid", "sub")
    )
    assert said["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert said["jti"]
    assert "nonce" not in json.loads(jws.extract_compact(token.encode()).payload)
    assert is_logged_out(console, lena)
