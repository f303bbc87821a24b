"""A guarded application behind a server as the product starts it: the longest address that a proxy passes on."""

from collections.abc import Iterator

import pytest

from tests.applications.echo import echo
from tests.applications.proxies import KINDS, free_port, program, proxy
from tests.servers.machine import Server
from tests.servers.test_guarded_forms import HOST, ID, opened

NGINX_READS = 8 * 1024 - len("GET  HTTP/1.1\r\n")
"""The address in a request line of 8 kB, above which nginx itself answers 414."""


@pytest.fixture(scope="module")
def server(database, folder) -> Iterator[Server]:
    made = Server(database.url, folder)
    made.environment |= {"TRUSTED_PROXIES": "127.0.0.1"}
    try:
        yield made.start().ready()
    finally:
        made.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_as_long_as_nginx_reads_it_reaches_the_application(kind, server, database, tmp_path):
    if not program(kind):
        pytest.skip(f"{kind} is not installed")
    port = free_port()
    origin, cookie = f"http://{HOST}:{port}", opened(database, port)
    with (
        echo() as behind,
        proxy(kind, tmp_path, port, panel=server.port, echo=behind, applications=[(ID, origin)]) as guarded,
    ):
        for length in (8_000, NGINX_READS):
            answer = guarded.ask(f"{HOST}:{port}", "/".ljust(length, "x"), cookie)
            assert (answer.status, b'"headers"' in answer.body) == (200, True), length
        assert guarded.ask(f"{HOST}:{port}", "/".ljust(NGINX_READS, "x"), "Accept: text/html").status == 302
