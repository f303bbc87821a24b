"""Real browser and real client libraries: what the Content-Security-Policy lets through, what a library accepts."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.applications.openid.conftest import SECRET, VERIFIER, make_client
from tests.factories import PASSWORD, make_member, make_owner

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


class Console(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(self.path)

    def do_POST(self):
        self.answer("/?" + self.rfile.read(int(self.headers["Content-Length"])).decode())

    def answer(self, path):
        self.server.seen.append(path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Console</title>")

    def log_message(self, *args):
        pass


@pytest.fixture
def console():
    server = HTTPServer(("127.0.0.1", 0), Console)
    server.seen = []
    server.url = f"http://localhost:{server.server_port}/cb"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def registered(console, live_server, settings):
    settings.PUBLIC_URL = live_server.url
    contract = make_owner().contracts.get()
    make_member(contract, two_factor_required=False, email="lena@example.com")
    return make_client(contract, redirect_uris=console.url)


@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize("javascript", [True, False])
def test_a_login_ends_at_the_console_and_its_code_gives_tokens(
    registered, console, live_server, browser, mode, javascript
):
    library = OAuth2Session(
        registered.application.client_id,
        SECRET,
        scope="openid profile email offline_access",
        redirect_uri=console.url,
        code_challenge_method="S256",
    )
    address, state = library.create_authorization_url(
        f"{live_server.url}/openid/authorize/", code_verifier=VERIFIER, response_mode=mode, nonce="n"
    )
    context = browser.new_context(locale="en", java_script_enabled=javascript)
    page = context.new_page()
    problems = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.fill("[name=username]", "lena")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    if not javascript:
        page.get_by_text("Continue", exact=True).click()
    page.wait_for_url(f"{console.url}*")
    assert page.title() == "Console"
    assert not [problem for problem in problems if "Content Security Policy" in problem]
    answer = {name: values[0] for name, values in parse_qs(urlsplit(console.seen[0]).query).items()}
    assert answer["state"] == state
    assert answer["iss"] == live_server.url
    token = library.fetch_token(
        f"{live_server.url}/openid/token/", code=answer["code"], code_verifier=VERIFIER, grant_type="authorization_code"
    )
    keys = KeySet.import_key_set(library.get(f"{live_server.url}/openid/jwks.json").json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
    assert claims["iss"] == live_server.url
    assert claims["nonce"] == "n"
    assert library.get(f"{live_server.url}/openid/userinfo/").json()["email"] == "lena@example.com"
    assert library.refresh_token(f"{live_server.url}/openid/token/")["access_token"] != token["access_token"]
    context.close()
