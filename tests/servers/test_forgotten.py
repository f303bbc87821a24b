"""How long a kept connection is busy after /password/forgot/ says nothing about the name that was typed."""

import http.client
import random
import time
from itertools import permutations
from urllib.parse import urlencode

import pytest
from aiosmtpd.controller import Controller

from tests.servers.browser import TOKEN
from tests.servers.machine import Server, run, wait_for
from tests.sinks import Mailbox, free_port

ROUNDS = 15
ATTEMPTS = 3  # an account may ask for three links an hour
KINDS = ("known", "by_email", "two_people", "no_email", "deactivated", "invited", "not_confirmed", "owner", "unknown")
ALIKE = 1.2
MILLISECONDS = 1.5
"""Differences below this are the machine's."""

MAKE = f"""
import django; django.setup()
from accounts.models import User
from tests.factories import make_member, make_owner
for n in range({ROUNDS}):
    email = f"{{n}}@example.com"
    contract = make_owner(f"owner{{n}}", contract=f"Contract {{n}}", email="owner" + email).contracts.get()
    make_member(contract, f"known{{n}}", email="known" + email)
    make_member(contract, f"by{{n}}", email="by" + email)
    for twin in "ab":
        make_member(contract, f"two{{n}}{{twin}}", email="two" + email)
    make_member(contract, f"no_email{{n}}")
    make_member(contract, f"deactivated{{n}}", email="deactivated" + email, is_active=False)
    make_member(contract, f"not_confirmed{{n}}", pending_email="not_confirmed" + email)
    invited = make_member(contract, f"invited{{n}}", email="invited" + email)
    invited.set_unusable_password()
    invited.save()
"""


def typed(kind: str, number: int) -> str:
    return {"by_email": f"by{number}@example.com", "two_people": f"two{number}@example.com"}.get(
        kind, f"{kind}{number}"
    )


@pytest.fixture(scope="module")
def box():
    """A mail server that takes a second for each mail."""
    made = Mailbox(seconds=1)
    controller = Controller(made, hostname="127.0.0.1", port=free_port())
    controller.start()
    made.url = f"smtp://127.0.0.1:{controller.port}"
    yield made
    controller.stop()


@pytest.fixture(scope="module")
def server(database, folder, box):
    run(database.url, "-c", MAKE)
    made = Server(database.url, folder)
    made.environment |= {"EMAIL_URL": box.url, "TRUSTED_PROXIES": "127.0.0.1/32"}
    made.start().ready()
    yield made
    made.stop()


class Connection:
    """One connection that is kept, of a visitor with an address of their own."""

    def __init__(self, server: Server) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.headers = {"X-Forwarded-For": f"198.51.{random.randrange(256)}.{random.randrange(1, 255)}"}
        self.token = TOKEN.search(self.ask("GET", "/password/forgot/"))[1]
        self.socket = self.http.sock

    def ask(self, method: str, path: str, body: str | None = None) -> str:
        self.http.request(method, path, body, self.headers)
        response = self.http.getresponse()
        for header in response.msg.get_all("Set-Cookie", []):
            self.headers["Cookie"] = header.partition(";")[0]
        text = response.read().decode()
        assert response.status == 200, (path, response.status)
        return text

    def forgot(self, name: str) -> None:
        fields = {"csrfmiddlewaretoken": self.token, "username_or_email": name}
        self.headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.ask("POST", "/password/forgot/", urlencode(fields))

    def next_request(self) -> float:
        """Milliseconds until the next page is there, on the same connection."""
        assert self.http.sock is self.socket, "the connection was not kept"
        began = time.perf_counter()
        self.ask("GET", "/login/")
        return (time.perf_counter() - began) * 1e3


def times(server: Server) -> dict[str, float]:
    """The shortest of each kind: what else runs on the machine only ever adds to a time."""
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(ROUNDS):
        for kind in random.sample(KINDS, len(KINDS)):
            connection = Connection(server)
            connection.forgot(typed(kind, number))
            found[kind].append(connection.next_request())
            connection.http.close()
    return {kind: min(taken) for kind, taken in found.items()}


def told_apart(found: dict[str, float]) -> set[tuple[str, str]]:
    """Pairs of which the first takes longer than the second."""
    return {
        (slow, fast)
        for slow, fast in permutations(KINDS, 2)
        if found[slow] > max(found[fast] * ALIKE, found[fast] + MILLISECONDS)
    }


def test_s07_the_next_request_on_the_connection_takes_as_long_for_every_kind_of_name(server, box):
    """A difference that is there shows in every measurement, one of a busy machine does not."""
    measured = [times(server)]
    apart = told_apart(measured[0])
    while apart and len(measured) < ATTEMPTS:
        measured.append(times(server))
        apart &= told_apart(measured[-1])
    assert max(max(found.values()) for found in measured) < 500, measured
    assert not apart, f"milliseconds: {measured}"
    wait_for(lambda: len(box.taken) >= 3)
    assert not [address for address in box.addresses() if address.startswith(("deactivated", "not_confirmed"))]
