"""The modules of the certification's Basic plan that are about codes, tokens and proofs; each test has a module's name.

What the plan asks for beside them is in `test_certification.py`, logout in `test_certification_logout.py`.
"""

import time
from urllib.parse import urlencode, urlsplit

import pytest
import time_machine
from joserfc import jws

from tests.applications.openid.conftest import BACK, SECRET, VERIFIER, Console, answered, error, make_client, parameters
from tests.people import Person

pytestmark = pytest.mark.django_db
REQUEST_OBJECT = "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZS8ifQ."
"""Unsigned, with a redirect_uri of its own: https://evil.example/."""


def confirmed(console: Console, person: Person, **asked: str) -> dict:
    """The claims of an ID token after the proof that was asked for."""
    response = person.get(console.request(**asked))
    assert urlsplit(response["Location"]).path == "/confirm/"
    resumed = parameters(response["Location"])["next"]
    assert person.post("/confirm/", {"password": person.password, "next": resumed})["Location"] == resumed
    code = parameters(person.get(resumed).context["address"])["code"]
    return console.claims(console.redeem(code).json()["id_token"])


def test_oidcc_server(console, lena):
    answer = answered(lena.get(console.request()))
    assert answer["state"] == "s t/ate"
    tokens = console.redeem(answer["code"]).json()
    assert tokens["token_type"] == "Bearer"
    claims = console.claims(tokens["id_token"])
    assert {"iss": answer["iss"], "aud": console.client_id, "nonce": "n-0nce"}.items() <= claims.items()
    assert console.userinfo(tokens["access_token"]).json()["sub"] == claims["sub"]


def test_oidcc_response_type_missing(console, lena):
    answer = answered(lena.get(console.request(response_type=None)))
    assert (answer["error"], answer["state"]) == ("invalid_request", "s t/ate")


def test_oidcc_idtoken_signature(console, lena):
    token = console.log_in(lena)["id_token"]
    header = jws.extract_compact(token.encode()).headers()
    published = [key["kid"] for key in console.http.get("/openid/jwks.json").json()["keys"]]
    assert header["alg"] == "RS256"
    assert header["kid"] in published
    assert console.claims(token)["sub"] == lena.user.subject


def test_oidcc_idtoken_unsigned(console):
    """The plan passes it over where the configuration doesn't offer unsigned tokens."""
    found = console.http.get("/.well-known/openid-configuration").json()
    assert "none" not in found["id_token_signing_alg_values_supported"]


def test_oidcc_userinfo_get(console, lena):
    info = console.userinfo(console.log_in(lena)["access_token"])
    assert info["Content-Type"] == "application/json"
    assert info.json()["sub"] == lena.user.subject


def test_oidcc_userinfo_post_header(console, lena):
    header = {"Authorization": f"Bearer {console.log_in(lena)['access_token']}"}
    assert console.http.post("/openid/userinfo/", headers=header).json()["sub"] == lena.user.subject


def test_oidcc_userinfo_post_body(console, lena):
    form = {"access_token": console.log_in(lena)["access_token"]}
    assert console.http.post("/openid/userinfo/", form).json()["sub"] == lena.user.subject


def test_oidcc_prompt_login(console, lena):
    """The second login says a later `auth_time` than the first."""
    with time_machine.travel("2026-11-25 09:00:00 +0000", tick=False) as clock:
        lena.log_in()
        first = console.claims(console.log_in(lena)["id_token"])
        clock.shift(5)
        second = confirmed(console, lena, prompt="login")
    assert second["auth_time"] == first["auth_time"] + 5


def test_oidcc_prompt_none_not_logged_in(console):
    answer = answered(Person("nobody").get(console.request(prompt="none")))
    assert (answer["error"], answer["state"]) == ("login_required", "s t/ate")


def test_oidcc_prompt_none_logged_in(console, lena):
    first = console.claims(console.log_in(lena)["id_token"])
    second = console.claims(console.log_in(lena, prompt="none")["id_token"])
    assert (first["sub"], first["auth_time"]) == (second["sub"], second["auth_time"])


def test_oidcc_max_age_1(console, lena):
    with time_machine.travel("2026-11-25 09:00:00 +0000", tick=False) as clock:
        lena.log_in()
        first = console.claims(console.log_in(lena)["id_token"])
        clock.shift(2)
        second = confirmed(console, lena, max_age="1")
        assert second["auth_time"] == first["auth_time"] + 2
        assert second["auth_time"] >= time.time() - 1


def test_oidcc_max_age_10000(console, lena):
    first = console.claims(console.log_in(lena)["id_token"])
    second = console.claims(console.log_in(lena, max_age="10000")["id_token"])
    assert first["auth_time"] == second["auth_time"]


def test_oidcc_codereuse(console, lena):
    code = console.code(lena)
    assert console.redeem(code).status_code == 200
    assert error(console.redeem(code)) == (400, "invalid_grant")


def test_oidcc_codereuse_30seconds(console, lena):
    """What the code gave is dead after its second use."""
    with time_machine.travel("2026-11-25 09:00:00 +0000", tick=False) as clock:
        lena.log_in()
        code = console.code(lena)
        token = console.redeem(code).json()["access_token"]
        clock.shift(30)
        assert error(console.redeem(code)) == (400, "invalid_grant")
        assert console.userinfo(token).status_code == 401


def test_oidcc_ensure_registered_redirect_uri(console, lena):
    response = lena.get(console.request(redirect_uri=BACK + "x"))
    assert response.status_code == 400
    assert "Location" not in response


def test_oidcc_ensure_post_request_succeeds(console, lena):
    """A browser brings its cookie once it follows the redirect by GET."""
    query = console.request().partition("?")[2]
    response = lena.client.post("/openid/authorize/", query, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 303
    assert "code" in answered(lena.get(response["Location"]))


def test_oidcc_server_client_secret_post(console, lena):
    form = {"grant_type": "authorization_code", "code": console.code(lena), "redirect_uri": BACK}
    form |= {"code_verifier": VERIFIER, "client_id": console.client_id, "client_secret": SECRET}
    response = console.http.post("/openid/token/", urlencode(form), content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200
    assert console.claims(response.json()["id_token"])["sub"] == lena.user.subject


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(console, lena):
    answer = answered(lena.get(console.request(request_uri="https://app.example/request.jwt")))
    assert (answer["error"], answer["state"]) == ("request_uri_not_supported", "s t/ate")


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(console, lena):
    answer = answered(lena.get(console.request(request=REQUEST_OBJECT)))
    assert (answer["error"], answer["state"]) == ("request_not_supported", "s t/ate")


def test_oidcc_ensure_request_object_with_redirect_uri(console, lena):
    """What stands in the object leads nowhere, with and without an address beside it."""
    assert lena.get(console.request(request=REQUEST_OBJECT))["Location"].startswith(f"{BACK}?")
    assert lena.get(console.request(request=REQUEST_OBJECT, redirect_uri=None)).status_code == 400


def test_oidcc_refresh_token(console, lena, contract):
    tokens = console.log_in(lena, scope="openid offline_access")
    first = console.claims(tokens["id_token"])
    other = Console(make_client(contract, "Gitea", "https://gitea.example.com", "other-secret"), "other-secret")
    assert error(other.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    again = console.refresh(tokens["refresh_token"]).json()
    second = console.claims(again["id_token"])
    for name in ("iss", "sub", "aud", "azp", "auth_time"):
        assert second[name] == first[name]
    assert console.userinfo(again["access_token"]).json()["sub"] == first["sub"]


def test_oidcc_ensure_request_with_valid_pkce_succeeds(console, lena):
    code = console.code(lena)
    assert console.redeem(code, code_verifier="w" * 43).status_code == 400, "the right one only"
    assert console.redeem(code).status_code == 200
