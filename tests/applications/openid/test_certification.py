"""What the modules of the certification's plans ask for and no other file tries; each test has the module's name."""

import pytest

from tests.applications.openid.conftest import answered

pytestmark = pytest.mark.django_db


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(console, lena):
    assert "nonce" not in console.claims(console.log_in(lena, nonce=None)["id_token"])


def test_oidcc_ensure_other_scope_order_succeeds(console, lena):
    assert console.log_in(lena, scope="email openid")["scope"] == "openid email"


@pytest.mark.parametrize(
    "more",
    [
        {"display": "page"},
        {"display": "popup"},
        {"ui_locales": "se fr"},
        {"claims_locales": "se"},
        {"login_hint": "lena"},
        {"acr_values": "1 2"},
        {"extra": "foobar"},
        {"claims": '{"userinfo":{"name":{"essential":true}}}'},
        {"claims": "rubbish"},
        {"scope": "openid unknown"},
    ],
)
def test_parameters_that_change_nothing_are_tolerated(console, lena, more):
    assert "code" in answered(lena.get(console.request(**more)))


def test_oidcc_id_token_hint(console, lena):
    hint = console.log_in(lena)["id_token"]
    assert "code" in answered(lena.get(console.request(prompt="none", id_token_hint=hint)))


def test_oidcc_discovery_endpoint_verification(console):
    found = console.http.get("/.well-known/openid-configuration").json()
    assert found["issuer"] == "http://127.0.0.1:8000"
    assert found["response_types_supported"] == ["code"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["id_token_signing_alg_values_supported"] == ["RS256"]
    assert found["request_uri_parameter_supported"] is False
    assert found["authorization_response_iss_parameter_supported"] is True
    for name in [name for name in found if name.endswith(("_endpoint", "jwks_uri"))]:
        assert console.http.get(found[name].removeprefix(found["issuer"])).status_code in (200, 302, 400, 401, 405)
    keys = console.http.get("/openid/jwks.json").json()["keys"]
    assert len(keys) == len({key["kid"] for key in keys})
    assert all({"kty", "kid", "use", "alg", "n", "e"} == key.keys() for key in keys)
    assert found == console.http.get("/.well-known/oauth-authorization-server").json()
