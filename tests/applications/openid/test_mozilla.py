"""mozilla-django-oidc as a client: it redeems the code, checks the ID token by the published keys, asks who it is."""

import pytest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from tests.applications.openid.conftest import BACK, SECRET, Console, make_client
from tests.factories import make_member, make_owner
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("in_header", [True, False])
def test_it_takes_code_id_token_and_user_information(live_server, settings, in_header):
    settings.PUBLIC_URL = live_server.url
    contract = make_owner().contracts.get()
    lena = Person(make_member(contract, two_factor_required=False, email="lena@example.com"))
    lena.log_in()
    console = Console(make_client(contract))
    settings.OIDC_OP_TOKEN_ENDPOINT = f"{live_server.url}/openid/token/"
    settings.OIDC_OP_USER_ENDPOINT = f"{live_server.url}/openid/userinfo/"
    settings.OIDC_OP_JWKS_ENDPOINT = f"{live_server.url}/openid/jwks.json"
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = console.client_id, SECRET
    settings.OIDC_RP_SIGN_ALGO = "RS256"
    settings.OIDC_TOKEN_USE_BASIC_AUTH = in_header
    mozilla = OIDCAuthenticationBackend()
    wanted = {"grant_type": "authorization_code", "code": console.code(lena), "redirect_uri": BACK}
    secret = {"client_id": console.client_id, "client_secret": SECRET}
    tokens = mozilla.get_token(wanted | secret | {"code_verifier": "v" * 43})
    payload = mozilla.verify_token(tokens["id_token"], nonce="n-0nce")
    assert payload["preferred_username"] == "lena"
    info = mozilla.get_userinfo(tokens["access_token"], tokens["id_token"], payload)
    assert info["sub"] == payload["sub"]
    assert mozilla.verify_claims(info)
