"""People send forms to guarded applications while the panel's workers are replaced: each form arrives, and once."""

import signal
from collections.abc import Iterator
from itertools import count

import pytest

from tests.applications.echo import echo
from tests.applications.proxies import KINDS, Proxy, free_port, program, proxy
from tests.callers import Callers
from tests.servers.machine import Server, run, wait_for

CLIENTS = 3
SENT_BETWEEN = 30
ID = 71
HOST = "console.localhost"
OPEN = f"""
import django; django.setup()
from accounts.models import Contract, Session
from cloudpanel.applications.models import Application
from tests.applications.visits import visit
from tests.factories import make_application, make_member, make_owner
from tests.people import Person
contract = Contract.objects.first() or make_owner().contracts.get()
Application.objects.all().delete()
made = make_application(contract, "http://{HOST}:PORT", pk={ID})
if not Session.objects.exists():
    Person(make_member(contract, two_factor_required=False), SERVER_NAME="127.0.0.1").log_in()
print(visit(made))
"""


@pytest.fixture(scope="module")
def servers(database, folder) -> Iterator[list[Server]]:
    made = [Server(database.url, folder) for _ in range(2)]
    try:
        for server in made:
            server.environment |= {"TRUSTED_PROXIES": "127.0.0.1"}
            server.start()
        yield [server.ready() for server in made]
    finally:
        for server in made:
            server.stop()


class Senders(Callers):
    """Send one form after the other, all different."""

    def __init__(self, guarded: Proxy, cookie: str) -> None:
        super().__init__(CLIENTS)
        self.guarded, self.cookie, self.numbers = guarded, cookie, count()
        self.sent: list[str] = []

    def call(self) -> None:
        while not self.over.is_set():
            path = f"/form/{next(self.numbers)}"
            self.sent.append(path)
            try:
                answer = self.guarded.ask(f"{HOST}:{self.guarded.port}", path, self.cookie, method="POST", body=b"a=1")
                self.statuses[answer.status] += 1
            except (OSError, IndexError) as fault:
                self.statuses[type(fault).__name__] += 1


def opened(database, port: int) -> str:
    printed = run(database.url, "-c", OPEN.replace("PORT", str(port)))
    return f"Cookie: {printed.split()[-1]}"


def reload(senders: Senders, servers: list[Server]) -> None:
    """New workers take the places of all old ones."""
    before = set(servers[0].workers())
    servers[0].process.send_signal(signal.SIGHUP)
    wait_for(lambda: not before & set(servers[0].workers()))
    senders.more(SENT_BETWEEN)


def restart(senders: Senders, servers: list[Server]) -> None:
    """One server after the other."""
    for server in servers:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
        senders.more(SENT_BETWEEN)
        server.start().ready()
        senders.more(SENT_BETWEEN)


CASES = [*((kind, reload) for kind in KINDS), ("nginx", restart)]


@pytest.mark.parametrize(("kind", "replace"), CASES, ids=[f"{kind}-{way.__name__}" for kind, way in CASES])
def test_each_form_arrives_once_while_workers_are_replaced(kind, replace, servers, database, tmp_path):
    if not program(kind):
        pytest.skip(f"{kind} is not installed")
    port, received = free_port(), []
    first, second = servers
    both = f"{first.port} max_fails=1 fail_timeout=2s; server 127.0.0.1:{second.port}"
    panel = both if replace is restart else first.port
    own = [(ID, f"http://{HOST}:{port}")]
    cookie = opened(database, port)
    with (
        echo(received) as behind,
        proxy(kind, tmp_path, port, panel=panel, echo=behind, applications=own) as guarded,
        Senders(guarded, cookie) as senders,
    ):
        senders.more(SENT_BETWEEN)
        for _ in range(2):
            replace(senders, servers)
    assert set(senders.statuses) == {200}, senders.statuses
    assert sorted(received) == sorted(senders.sent)
