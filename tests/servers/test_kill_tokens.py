"""SIGKILL while consoles redeem codes and use refresh tokens: each is whole or absent, and works once."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from cloudpanel.applications.openid.digests import digest
from tests.servers.browser import Browser
from tests.servers.database import Database
from tests.servers.machine import Server, run
from tests.servers.traffic import Lane, traffic

PEOPLE = "nina:off nora:off otto:off oskar:off"
SERVERS = 1
WRITES = 200
BACK = "https://grafana.example.com/back"
SECRET = "the-secret-of-grafana-which-is-long-enough"
VERIFIER = "v" * 43
MAKE = f"""
import django; django.setup()
from accounts.models import Contract
from cloudpanel.applications.openid.digests import digest
from cloudpanel.applications.openid.models import Client
from cloudpanel.applications.models import Application
made = Application.objects.create(contract=Contract.objects.get(), name="Grafana",
    origin="https://grafana.example.com", openid=True, client_id="grafana")
Client.objects.create(application=made, redirect_uris="{BACK}", secret=digest("{SECRET}"), client_authentication="post")
"""
GRANTS = """
    SELECT used_at IS NOT NULL, revoked_at IS NOT NULL,
        (SELECT count(*) FROM openid_token WHERE grant_id = grants.id AND refresh AND replaced_at IS NULL),
        (SELECT count(*) FROM openid_token WHERE grant_id = grants.id AND refresh AND replaced_at IS NOT NULL),
        (SELECT count(*) FROM openid_token WHERE grant_id = grants.id AND NOT refresh)
    FROM openid_grant grants
"""


class UsesConsole(Lane):
    """Logs in at a console that then uses two refresh tokens. `spent` and `live` are what answers have told it."""

    def __init__(self, server: Server, database: Database, username: str) -> None:
        super().__init__(server, database, username)
        self.person = Browser(server).log_in(username)
        self.spent: set[str] = set()
        self.live: set[str] = set()

    def round(self) -> None:
        code = self.code()
        token = self.tokens(grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=VERIFIER)
        for _ in range(2):
            self.live.discard(token)
            following = self.tokens(grant_type="refresh_token", refresh_token=token)
            self.spent.add(token)
            token = following
        self.live.add(token)

    def code(self) -> str:
        asked = {"client_id": "grafana", "redirect_uri": BACK, "response_type": "code", "state": "s"}
        asked |= {"scope": "openid offline_access", "prompt": "none"}
        asked |= {"code_challenge": digest(VERIFIER), "code_challenge_method": "S256"}
        answer = self.person.get("/openid/authorize/?" + urlencode(asked))
        self.answered += 1
        return parse_qs(urlsplit(answer.location).query)["code"][0]

    def tokens(self, **fields: str) -> str:
        """The refresh token of an answer."""
        answer = self.person.post("/openid/token/", client_id="grafana", client_secret=SECRET, **fields)
        assert answer.status == 200, answer.text
        self.answered += 1
        found: str = answer.json()["refresh_token"]
        return found


@pytest.fixture
def lanes(servers, database) -> list[UsesConsole]:
    run(database.url, "-c", MAKE)
    return [UsesConsole(servers[0], database, person.split(":")[0]) for person in PEOPLE.split()]


def check(database: Database) -> None:
    for used, revoked, live, spent, access in database.rows(GRANTS):
        assert not revoked, "nobody used anything twice"
        assert (live, access) == ((1, spent + 1) if used else (0, 0))


def test_codes_and_refresh_tokens_are_whole_or_absent_and_work_once(servers, database, lanes):
    server = servers[0]
    with traffic(lanes) as more:
        for _ in range(4):
            more(WRITES // 5)
            server.kill_a_worker()
        more(WRITES // 5)
        server.kill()
    check(database)
    server.start().ready()
    with traffic(lanes) as more:
        more(WRITES // 5)
    check(database)

    for lane in lanes:
        assert lane.spent
        stored = "SELECT replaced_at IS NOT NULL FROM openid_token WHERE digest = %s"
        assert all(database.one(stored, digest(token)) for token in lane.spent)
        assert not any(database.one(stored, digest(token)) for token in lane.live), "what was answered is kept"
        for token in lane.live:
            lane.tokens(grant_type="refresh_token", refresh_token=token)
