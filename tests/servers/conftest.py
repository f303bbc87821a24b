"""Servers, their database and the people in it. One of each for a module, since each takes seconds to start."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.servers import database as databases
from tests.servers.database import Database
from tests.servers.machine import Server, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def database(folder) -> Iterator[Database]:
    made = databases.make(folder)
    try:
        run(made.url, "manage.py", "migrate", "--noinput", "-v", "0")
        yield made
    finally:
        made.drop()


@pytest.fixture(scope="module")
def keys(database, request) -> dict[str, str]:
    """The people whom the module names in `PEOPLE`, and the keys of those who have an authenticator."""
    printed = run(database.url, "-m", "tests.servers.populate", *request.module.PEOPLE.split())
    return json.loads(printed.splitlines()[-1])  # above it stand the lines of the audit log


@pytest.fixture(scope="module")
def servers(database, folder, keys, request) -> Iterator[list[Server]]:
    """As many as the module says in `SERVERS`, all on one database."""
    made = [Server(database.url, folder) for _ in range(request.module.SERVERS)]
    try:
        for server in made:
            server.start()
        yield [server.ready() for server in made]
    finally:
        for server in made:
            server.stop()


@pytest.fixture(scope="module")
def at_once() -> Callable:
    """Does the same with every item, all started in the same moment; the answers in the order of the items."""

    def do(work: Callable, items: list) -> list:
        gate = Barrier(len(items))

        def one(item: Any) -> Any:
            gate.wait(timeout=60)
            return work(item)

        with ThreadPoolExecutor(len(items)) as pool:
            return list(pool.map(one, items))

    return do
