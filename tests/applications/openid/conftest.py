"""A console as a client of the panel, and people who log in to it."""

import json
import threading
import time
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet

from cloudpanel.applications.models import Application
from cloudpanel.applications.openid.digests import digest
from cloudpanel.applications.openid.models import Client
from tests.factories import make_member
from tests.people import Person

BACK = "https://grafana.example.com/login/generic_oauth"
AFTER_LOGOUT = "https://grafana.example.com/bye"
SECRET = "the-secret-of-grafana-which-is-long-enough"
VERIFIER = "v" * 43


class Console:
    """What an application does: sends people to the panel and calls the endpoints."""

    def __init__(self, client: Client, secret: str = SECRET) -> None:
        self.client, self.secret = client, secret
        self.client_id = client.application.client_id
        self.http = Browser(REMOTE_ADDR="192.0.2.7")

    def request(self, **changes) -> str:
        """The address that a person is sent to; a parameter that is None is left out."""
        wanted = {
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "openid profile email groups",
            "state": "s t/ate",
            "nonce": "n-0nce",
            "code_challenge": digest(VERIFIER),
            "code_challenge_method": "S256",
        } | changes
        return "/openid/authorize/?" + urlencode({name: value for name, value in wanted.items() if value is not None})

    def code(self, person: Person, **changes) -> str:
        answer = answered(person.get(self.request(**changes)))
        assert "code" in answer, answer
        return answer["code"]

    def post(self, address: str, data: dict, *, basic: bool = True, **extra):
        if basic:
            credentials = b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
            extra = {"headers": {"Authorization": f"Basic {credentials}"}} | extra
        return self.http.post(address, data, **extra)

    def redeem(self, code: str, **changes):
        wanted = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        wanted |= changes
        return self.post("/openid/token/", {name: value for name, value in wanted.items() if value is not None})

    def refresh(self, token: str, **more):
        return self.post("/openid/token/", {"grant_type": "refresh_token", "refresh_token": token} | more)

    def log_in(self, person: Person, **changes) -> dict:
        response = self.redeem(self.code(person, **changes))
        assert response.status_code == 200, response.content
        return response.json()

    def userinfo(self, token: str):
        return self.http.get("/openid/userinfo/", headers={"Authorization": f"Bearer {token}"})

    def introspect(self, token: str) -> dict:
        return self.post("/openid/introspect/", {"token": token}).json()

    def claims(self, id_token: str) -> dict:
        keys = KeySet.import_key_set(self.http.get("/openid/jwks.json").json())
        return jwt.decode(id_token, keys, algorithms=["RS256"]).claims


def answered(response) -> dict[str, str]:
    """What the application is told by a redirect."""
    assert response.status_code == 302, response.content.decode()[:2000]
    return parameters(response["Location"])


def parameters(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query, keep_blank_values=True).items()}


def make_client(contract, name="Grafana", origin="https://grafana.example.com", secret=SECRET, **fields) -> Client:
    application = Application.objects.create(
        contract=contract, name=name, origin=origin, openid=True, client_id=f"client-{name.lower()}"
    )
    wanted = {
        "redirect_uris": BACK,
        "post_logout_redirect_uris": AFTER_LOGOUT,
        "secret": digest(secret),
    } | fields
    return Client.objects.create(application=application, **wanted)


@pytest.fixture
def client(contract) -> Client:
    return make_client(contract)


@pytest.fixture
def console(client) -> Console:
    return Console(client)


@pytest.fixture
def lena(contract) -> Person:
    """Logged in, without 2FA."""
    user = make_member(contract, two_factor_required=False, email="lena@example.com")
    person = Person(user)
    person.user = user
    person.log_in()
    return person


def error(response) -> tuple[int, str]:
    return response.status_code, json.loads(response.content)["error"]


class Receiver(BaseHTTPRequestHandler):
    """An application's address; what it is sent stands in `server.seen`."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append((self.path, self.headers["Host"], parse_qs(body)))
        if self.server.slow:
            time.sleep(self.server.slow)
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver(settings):
    settings.BACKCHANNEL_NETWORKS = [ip_network("127.0.0.0/8")]
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.seen, server.status, server.slow = [], 200, 0
    server.url = f"http://127.0.0.1:{server.server_port}/bye?x=1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
