"""The modules of the certification's Basic plan that are about what a request may ask for, and of the Config plan.

Each test has the module's name, or stands beside one.
"""

import time

import pytest

from accounts.models import User
from tests.applications.openid.conftest import answered
from tests.people import words

pytestmark = pytest.mark.django_db


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(console, lena):
    assert "nonce" not in console.claims(console.log_in(lena, nonce=None)["id_token"])


def test_oidcc_ensure_other_scope_order_succeeds(console, lena):
    assert console.log_in(lena, scope="email openid")["scope"] == "openid email"


def test_oidcc_scope_profile(console, lena):
    began = int(time.time())
    made = int(lena.user.created_at.timestamp())
    claims = console.claims(console.log_in(lena, scope="openid profile")["id_token"])
    assert claims["updated_at"] == made
    assert "locale" not in claims, "never chosen"
    assert lena.post("/profile/name/", {"name": "Lena Lang"}).status_code == 302
    tokens = console.log_in(lena, scope="openid profile")
    info = console.userinfo(tokens["access_token"]).json()
    assert {"name": "Lena Lang", "preferred_username": "lena"}.items() <= info.items()
    assert info["updated_at"] >= began
    User.objects.update(profile_changed_at=None)
    assert lena.post("/language/", {"language": "de"}).status_code == 302
    info = console.userinfo(tokens["access_token"]).json()
    assert info["locale"] == "de"
    assert info["updated_at"] >= began


def test_oidcc_scope_email(console, lena):
    User.objects.filter(pk=lena.user.pk).update(confirmed_email="lena@example.com")
    tokens = console.log_in(lena, scope="openid email")
    info = console.userinfo(tokens["access_token"]).json()
    assert info == {"sub": lena.user.subject, "email": "lena@example.com", "email_verified": True}


def learns_no_more(console, person, scope: str) -> bool:
    """What the panel doesn't know of a person is left out, and never a reason to refuse."""
    tokens = console.log_in(person, scope=scope)
    known = " ".join(name for name in scope.split() if name not in ("address", "phone"))
    info = console.userinfo(tokens["access_token"]).json()
    return tokens["scope"] == known and not {"address", "phone_number"} & info.keys()


def test_oidcc_scope_address(console, lena):
    assert learns_no_more(console, lena, "openid address")


def test_oidcc_scope_phone(console, lena):
    assert learns_no_more(console, lena, "openid phone")


def test_oidcc_scope_all(console, lena):
    assert learns_no_more(console, lena, "openid profile email address phone")


def is_shown_as_ever(console, person, display: str) -> bool:
    known = "code" in answered(person.get(console.request(display=display)))
    return known and person.another_browser().get(console.request(display=display)).status_code == 302


def test_oidcc_display_page(console, lena):
    assert is_shown_as_ever(console, lena, "page")


def test_oidcc_display_popup(console, lena):
    assert is_shown_as_ever(console, lena, "popup")


@pytest.mark.parametrize("display", ["touch", "wap", "rubbish"])
def test_other_displays_change_nothing_either(console, lena, display):
    assert is_shown_as_ever(console, lena, display)


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(console, lena):
    assert "code" in answered(lena.get(console.request(extra="foobar")))


def test_oidcc_ensure_request_with_acr_values_succeeds(console, lena):
    """They are voluntary: the ID token says what the login was."""
    tokens = console.log_in(lena, acr_values="urn:cloudpanel:2fa 1 2")
    assert console.claims(tokens["id_token"])["acr"] == "urn:cloudpanel:password"


@pytest.mark.parametrize(
    "claims",
    [
        '{"userinfo":{"name":{"essential":true}}}',
        '{"id_token":{"acr":{"essential":true,"values":["urn:cloudpanel:2fa"]}}}',
        "rubbish",
        "[" * 1500,
    ],
)
def test_oidcc_claims_essential(console, lena, claims):
    """The parameter isn't supported, as the configuration says, so it is ignored."""
    assert console.http.get("/.well-known/openid-configuration").json()["claims_parameter_supported"] is False
    tokens = console.log_in(lena, claims=claims)
    assert console.userinfo(tokens["access_token"]).json()["name"] == "Lena"


def test_oidcc_claims_locales(console, lena):
    tokens = console.log_in(lena, claims_locales="se")
    assert console.userinfo(tokens["access_token"]).json()["name"] == "Lena"


def login_form(browser, address: str):
    response = browser.get(address)
    assert response.status_code == 302
    return browser.get(response["Location"])


def test_oidcc_login_hint(console, lena):
    """Filled in whether there is such an account or not, and never readable in an address."""
    for hint in ("lena", "nobody-of-this-name", "lena@example.com", '"><script>'):
        browser = lena.another_browser()
        assert "hint=" in browser.get(console.request(login_hint=hint))["Location"]
        assert hint not in browser.get(console.request(login_hint=hint))["Location"]
        page = login_form(browser, console.request(login_hint=hint))
        assert page.context["form"]["username"].value() == hint
        assert "<script>" not in page.content.decode().partition("<form")[2]
        assert "autofocus" in str(page.context["form"]["password"])


@pytest.mark.parametrize("hint", ["x" * 151, "a\u202eb", "a\nb", ""])
def test_a_login_hint_that_can_be_no_username_is_left_out(console, lena, hint):
    page = login_form(lena.another_browser(), console.request(login_hint=hint))
    assert not page.context["form"]["username"].value()
    assert "autofocus" in str(page.context["form"]["username"])


@pytest.mark.parametrize("hint", ["lena", "é", "x" * 2000, ""])
def test_a_hint_that_the_panel_has_not_sealed_fills_in_nothing(lena, hint):
    page = lena.another_browser().client.get("/login/", {"hint": hint})
    assert not page.context["form"]["username"].value()


@pytest.mark.parametrize("wanted", ["de", "fr se de-AT en", "DE"])
def test_oidcc_ui_locales(console, lena, wanted):
    """The pages of this login speak it; the account's language and the browser's stay what they are."""
    browser = lena.another_browser()
    page = login_form(browser, console.request(ui_locales=wanted))
    assert "Anmelden" in words(page)
    next_address = page.context["form"]["next"].value()
    form = {"username": "lena", "password": browser.password, "next": next_address}
    assert browser.post("/login/", form)["Location"] == next_address
    assert "Sie werden zur Anwendung zurückgeschickt." in words(browser.get(next_address))
    assert "Overview" in words(browser.get("/"))
    assert "Log in" in words(browser.another_browser().get("/login/"))
    assert User.objects.get(pk=lena.user.pk).language == ""
    assert "Confirm" in words(browser.get("/confirm/")), "the login is over"


def test_ui_locales_speak_on_a_question_and_until_somebody_chooses(console, lena):
    page = lena.get(console.request(ui_locales="de", prompt="consent"))
    assert page["Content-Language"] == "de"
    assert "Die Anwendung erfährt:" in words(page)
    assert "Passwort" in words(lena.get("/confirm/"))
    assert lena.post("/language/", {"language": "en"}).status_code == 302
    assert "Passwort" not in words(lena.get("/confirm/"))


@pytest.mark.parametrize("wanted", ["fr se", "", "x" * 600, "de" * 900, "../de", "\x01"])
def test_languages_that_the_panel_does_not_speak_change_nothing(console, lena, wanted):
    browser = lena.another_browser()
    assert "Log in" in words(login_form(browser, console.request(ui_locales=wanted)))


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
    public = {"RSA": {"n", "e"}, "EC": {"crv", "x", "y"}}
    assert all({"kty", "kid", "use", "alg"} | public[key["kty"]] == key.keys() for key in keys)
    assert found == console.http.get("/.well-known/oauth-authorization-server").json()
