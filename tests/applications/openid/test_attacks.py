"""What attackers try at an OpenID provider (RFC 9700, RFC 6819), named in docs/openid.md."""

import hmac
import json
from base64 import urlsafe_b64encode
from urllib.parse import quote, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from accounts import sealing
from accounts.models import User
from cloudpanel.applications.openid.carried_request import CarriedRequest, seal
from cloudpanel.applications.openid.digests import digest
from cloudpanel.applications.openid.models import Client, Grant
from tests.applications.openid.conftest import AFTER_LOGOUT, BACK, VERIFIER, Console, answered, error, make_client
from tests.factories import make_contract, make_member, make_owner
from tests.people import Person, words
from twofactor.login import username_hint

pytestmark = pytest.mark.django_db
END = "/openid/end-session/"
OTHER_VERIFIER = "o" * 43


@pytest.fixture
def other(contract) -> Console:
    """Another application of the same contract."""
    secret = "the-secret-of-gitea"
    back = "https://gitea.example.com/cb"
    return Console(make_client(contract, "Gitea", "https://gitea.example.com", secret, redirect_uris=back), secret)


# Code injection and mix-up


def test_an_injected_code_fails_by_the_verifier_of_the_session_it_is_injected_into(console, lena):
    stolen = console.code(lena)
    own = digest(OTHER_VERIFIER)
    assert console.code(lena, code_challenge=own) != stolen
    assert error(console.redeem(stolen, code_verifier=OTHER_VERIFIER)) == (400, "invalid_grant")
    assert console.redeem(stolen).status_code == 200


def test_the_nonce_of_a_login_comes_back_in_its_own_id_token_alone(console, lena):
    first, second = console.code(lena, nonce="first"), console.code(lena, nonce="second")
    for code, nonce in ((second, "second"), (first, "first")):
        assert console.claims(console.redeem(code).json()["id_token"])["nonce"] == nonce


@pytest.mark.parametrize("changes", [{}, {"prompt": "rubbish"}, {"scope": "profile"}, {"request": "eyJ"}])
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_every_answer_says_whose_it_is(console, lena, changes, mode):
    """RFC 9207: an application with several providers finds out that an answer comes from another one."""
    response = lena.get(console.request(response_mode=mode, **changes))
    issuer = "http://127.0.0.1:8000"
    if mode == "query":
        assert answered(response)["iss"] == issuer
    else:
        assert f'name="iss" value="{issuer}"' in response.content.decode()


# Redirects before anything is known to be right


@pytest.mark.parametrize("bad", [{"redirect_uri": "https://evil.example/x"}, {"client_id": "evil.example"}])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"prompt": "none"},
        {"response_type": "token"},
        {"request_uri": "https://evil.example/x"},
        {"response_mode": "form_post"},
        {"prompt": "none login"},
        {"scope": None},
    ],
)
def test_no_error_redirects_before_client_and_address_are_known(console, lena, bad, changes):
    for person in (lena, Person("nobody")):
        response = person.get(console.request(**{**changes, **bad}))
        assert response.status_code == 400
        assert "Location" not in response
        assert "//evil.example" not in response.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "https://grafana.example.com.evil.example/login/generic_oauth",
        "https://grafana.example.com@evil.example/login/generic_oauth",
        "https://evil.example\\@grafana.example.com/login/generic_oauth",
        BACK + "/../../x",
        BACK + "%2f..",
        BACK + "#x",
        BACK + "\r\nX: y",
        BACK + "\0",
        BACK.upper(),
        "//evil.example/login/generic_oauth",
        BACK + " ",
        "",
    ],
)
def test_no_look_alike_of_the_address_is_followed(console, lena, address):
    response = lena.get(console.request(redirect_uri=address))
    assert response.status_code == 400
    assert "Location" not in response


# Tokens with another signature


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def forged(console, hint: str, kind: str) -> str:
    """An ID token with the same content that somebody else has signed, or nobody."""
    claims, body = console.claims(hint), hint.split(".")[1]
    public = console.http.get("/openid/jwks.json").json()["keys"][0]
    own = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "typ": "JWT", "kid": public["kid"]}
    match kind:
        case "none" | "None" | "nOnE":
            return f"{encoded(json.dumps({**header, 'alg': kind}).encode())}.{body}."
        case "hs256 by the public key":
            pem = RSAKey.import_key(public).as_pem(private=False)
            signed = f"{encoded(json.dumps({**header, 'alg': 'HS256'}).encode())}.{body}"
            return f"{signed}.{encoded(hmac.digest(pem, signed.encode(), 'sha256'))}"
        case "a key of its own":
            header |= {
                "jwk": own.as_dict(private=False),
                "jku": "https://evil.example/jwks",
                "x5u": "https://evil.example",
            }
            signed = f"{encoded(json.dumps(header).encode())}.{body}"
            genuine = jwt.encode({"alg": "RS256"}, claims, own)
            return f"{signed}.{genuine.rpartition('.')[2]}"
        case "a changed subject":
            head, _body, signature = hint.split(".")
            return f"{head}.{encoded(json.dumps(claims | {'sub': 'x'}).encode())}.{signature}"
    return jwt.encode(header | {"kid": kind}, claims, own)


KINDS = [
    *("none", "None", "nOnE", "hs256 by the public key", "a key of its own", "a changed subject"),
    *("../../../etc/passwd", "' OR 1=1 --", "\0", "", "x" * 500),
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_the_panel_has_not_signed_is_no_hint(console, lena, kind):
    token = forged(console, console.log_in(lena)["id_token"], kind)
    assert answered(lena.get(console.request(id_token_hint=token)))["error"] == "invalid_request"
    assert lena.client.get(END, {"id_token_hint": token}).status_code == 200, "a question"
    assert lena.is_in()


# PKCE taken away


def test_pkce_cannot_be_taken_away_from_a_request(console, lena):
    for changes in (
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
    ):
        assert answered(lena.get(console.request(**changes)))["error"] == "invalid_request"


def test_pkce_cannot_be_taken_away_from_a_code(console, lena):
    code = console.code(lena)
    for verifier in (None, "", digest(VERIFIER), "v" * 42, "v" * 129, VERIFIER + "\n", "é" * 43):
        assert error(console.redeem(code, code_verifier=verifier)) == (400, "invalid_grant")
    assert console.redeem(code).status_code == 200


def test_where_pkce_is_not_required_a_code_without_it_takes_no_verifier(console, client, lena):
    Client.objects.filter(pk=client.pk).update(pkce_required=False)
    code = console.code(lena, code_challenge=None, code_challenge_method=None)
    assert error(console.redeem(code)) == (400, "invalid_grant")
    with_it = console.code(lena)
    assert error(console.redeem(with_it, code_verifier=None)) == (400, "invalid_grant")


@pytest.mark.parametrize("now", [{"pkce_required": True}, {"client_authentication": "none", "secret": ""}])
def test_a_code_without_pkce_is_worth_nothing_once_the_application_needs_it(console, client, lena, now):
    Client.objects.filter(pk=client.pk).update(pkce_required=False)
    form = {"grant_type": "authorization_code", "redirect_uri": BACK, "client_id": console.client_id}
    form["code"] = console.code(lena, code_challenge=None, code_challenge_method=None)
    Client.objects.filter(pk=client.pk).update(**now)
    secret = {} if "secret" in now else {"client_secret": console.secret}
    assert error(console.http.post("/openid/token/", form | secret)) == (400, "invalid_grant")


# What belongs to another application


def test_nothing_of_one_application_is_of_use_to_another(console, other, lena):
    code = console.code(lena, scope="openid offline_access")
    assert error(other.redeem(code)) == (400, "invalid_grant")
    tokens = console.redeem(code).json()
    assert error(other.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert other.introspect(tokens["access_token"]) == {"active": False}
    other.post("/openid/revoke/", {"token": tokens["refresh_token"]})
    assert console.refresh(tokens["refresh_token"]).status_code == 200
    assert lena.get(other.request(redirect_uri=BACK)).status_code == 400
    hint = {"id_token_hint": tokens["id_token"], "client_id": other.client_id}
    assert lena.client.get(END, hint).status_code == 400


def test_an_application_without_a_secret_cannot_pass_as_one_that_has_one(console, other, lena):
    Client.objects.filter(pk=other.client.pk).update(client_authentication="none", secret="")
    form = {"grant_type": "authorization_code", "code": console.code(lena), "redirect_uri": BACK}
    form |= {"code_verifier": VERIFIER, "client_id": console.client_id}
    assert error(console.http.post("/openid/token/", form)) == (401, "invalid_client")
    assert error(console.http.post("/openid/token/", form | {"client_id": other.client_id})) == (400, "invalid_grant")


def test_a_refresh_gives_no_scope_that_was_not_granted(console, lena):
    tokens = console.log_in(lena, scope="openid offline_access")
    for scope in ("openid profile", "openid groups offline_access", "admin", "openid\tgroups"):
        assert error(console.refresh(tokens["refresh_token"], scope=scope)) == (400, "invalid_scope")
    less = console.refresh(tokens["refresh_token"], scope="openid").json()
    assert console.refresh(less["refresh_token"]).json()["scope"] == "openid offline_access"
    assert console.userinfo(less["access_token"]).json() == {"sub": lena.user.subject}


# Open redirects at the end of a session


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        AFTER_LOGOUT + "/..",
        AFTER_LOGOUT + "?x=1",
        AFTER_LOGOUT + "#x",
        AFTER_LOGOUT.replace("https", "http"),
        AFTER_LOGOUT + "\r\nSet-Cookie: a=b",
        AFTER_LOGOUT + "@evil.example",
        BACK,
    ],
)
@pytest.mark.parametrize("with_hint", [True, False])
def test_the_end_of_a_session_leads_to_registered_addresses_alone(console, lena, address, with_hint):
    hint = {"id_token_hint": console.log_in(lena)["id_token"]} if with_hint else {"client_id": console.client_id}
    response = lena.client.get(END, hint | {"post_logout_redirect_uri": address})
    assert response.status_code == 400
    assert "Location" not in response
    assert lena.is_in()


def test_without_a_hint_nobody_is_sent_on_unasked(console):
    wanted = {"client_id": console.client_id, "post_logout_redirect_uri": AFTER_LOGOUT}
    assert Person("nobody").client.get(END, wanted)["Location"] == "/login/"


def test_state_is_text_and_nothing_more(console, lena):
    state = "x\r\nLocation: https://evil.example/&code=1"
    for response in (
        lena.get(console.request(state=state)),
        lena.client.get(
            END,
            {
                "id_token_hint": console.log_in(lena)["id_token"],
                "post_logout_redirect_uri": AFTER_LOGOUT,
                "state": state,
            },
        ),
    ):
        location = response["Location"]
        assert urlsplit(location).netloc == "grafana.example.com"
        assert quote(state, safe="").replace("%20", "+") in location


# What the panel has sealed for one purpose


def test_what_was_sealed_for_another_purpose_is_no_request(console, lena):
    """The hint of a login is sealed too, and an application chooses what is in it."""
    query = urlsplit(console.request(prompt="consent")).query
    content = {"query": query, "since": 1, "answered": ["consent"], "user_id": lena.user.pk}
    for sealed in (
        sealing.seal(json.dumps(content)),
        username_hint.query(json.dumps(content))[username_hint.PARAMETER],
        seal(CarriedRequest(query))[:-4] + "AAAA",
    ):
        assert lena.get(f"/openid/authorize/{sealed.rstrip('=')}/").status_code == 400
        for address in ("consent", "account"):
            assert lena.post(f"/openid/{address}/", {"request": sealed, "consent": "yes"}).status_code == 400
    page = lena.another_browser().client.get("/login/", {"hint": seal(CarriedRequest(query))})
    assert not page.context["form"]["username"].value()


# Callers who are half logged in


def test_who_has_given_a_password_alone_gets_no_code(console, contract):
    paul = Person(make_member(contract, "paul", name="Paul"))
    paul.enrol()
    half = paul.another_browser()
    assert half.start_login()["Location"] == "/login/code/"
    assert answered(half.get(console.request(prompt="none")))["error"] == "interaction_required"
    response = half.get(console.request())
    assert urlsplit(response["Location"]).path in ("/login/", "/login/code/")
    sealed = seal(CarriedRequest(urlsplit(console.request()).query))
    for address in ("consent", "account"):
        response = half.post(f"/openid/{address}/", {"request": sealed, "consent": "yes", "account": "same"})
        assert response.status_code in (302, 403)
        assert "code=" not in response.get("Location", "")
    assert not Grant.objects.exists()


def test_who_must_set_up_2fa_first_gets_no_code(console, contract):
    paul = Person(make_member(contract, "paul", name="Paul"))
    paul.start_login()
    assert answered(paul.get(console.request(prompt="none")))["error"] == "interaction_required"
    assert urlsplit(paul.get(console.request())["Location"]).path in ("/login/", "/two-factor/setup/")
    assert not Grant.objects.exists()


# Two contracts


def test_an_owner_of_two_contracts_opens_the_applications_of_both_wherever_they_work(owner, console):
    beta = make_contract(owner, "Beta Hosting")
    secret, back = "the-secret-of-harbor", "https://harbor.example.com/cb"
    harbor = Console(make_client(beta, "Harbor", "https://harbor.example.com", secret, redirect_uris=back), secret)
    olivia = Person(owner)
    olivia.log_in()
    for number in (1, 2):
        for one, address in ((console, BACK), (harbor, back)):
            code = answered(olivia.get(one.request(redirect_uri=address)))["code"]
            assert one.redeem(code, redirect_uri=address).status_code == 200, number
        olivia.post("/contracts/", {"contract": beta.pk})


def test_a_person_of_another_contract_is_a_stranger_and_gets_no_name(console):
    owner = make_owner("other", contract="Beta")
    for user in (owner, make_member(owner.contracts.get(), "mia", two_factor_required=False)):
        stranger = Person(user)
        stranger.log_in()
        response = stranger.get(console.request())
        assert response.status_code == 403
        assert "Grafana" not in words(response)
        assert answered(stranger.get(console.request(prompt="none")))["error"] == "access_denied"
    assert not Grant.objects.exists()


def test_an_owner_who_lost_the_contract_is_a_stranger(owner, console, contract):
    olivia = Person(owner)
    olivia.log_in()
    token = console.log_in(olivia)["access_token"]
    contract.owner = make_owner("next", contract="Gamma")
    contract.save()
    assert console.userinfo(token).status_code == 401
    assert olivia.get(console.request()).status_code == 403
    assert User.objects.get(pk=owner.pk).is_active
