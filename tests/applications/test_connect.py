"""CONNECT behind the real proxies. Caddy sends what follows it in HTTP/2 to the application as it is: further requests,
with whatever headers the client likes.
"""

import pytest

from tests.applications import http2
from tests.applications.echo import echo
from tests.applications.world import HTML, World

pytestmark = pytest.mark.django_db(transaction=True)

SMUGGLED = b"POST /smuggled HTTP/1.1\r\nHost: x\r\nRemote-User: root\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(scope="module")
def beside():
    return {"caddy": "servers {{\n    protocols h1 h2c\n  }}"}


@pytest.fixture(scope="module")
def received() -> list[str]:
    return []


@pytest.fixture(scope="module")
def echo_port(received):
    with echo(received) as port:
        yield port


@pytest.fixture
def http2_world(world) -> World:
    if world.proxy.kind == "nginx":
        pytest.skip("its configuration has no HTTP/2, and it answers CONNECT with 405")
    return world


def ask(world: World, cookie: str, method: str, body: bytes = b"", **more: str) -> bytes:
    address = {} if method == "CONNECT" else {":path": "/", ":scheme": "http"}
    fields = {":method": method, ":authority": world.application.host} | address
    return http2.request(world.proxy.port, fields | {"cookie": cookie.removeprefix("Cookie: ")} | more, body)


def test_nothing_that_follows_a_connect_reaches_the_application(http2_world, received):
    cookie = http2_world.open()
    answer = ask(http2_world, cookie, "CONNECT", SMUGGLED)
    assert answer
    assert b'"headers"' not in answer
    assert received == []
    assert b'"headers"' in ask(http2_world, cookie, "GET", **{"content-length": "0"})


@pytest.mark.parametrize("target", ["/x", "grafana.localhost:80"])
def test_a_connect_of_http_1_does_not_reach_the_application_either(world, target, received):
    answer = world.ask(target, world.open(), HTML, method="CONNECT")
    assert b'"headers"' not in answer.body
    assert received == []
