"""Real proxies, one process for all tests of a kind in a module; and an application and a person for tests without."""

from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest
from django.db import connections

from cloudpanel.applications.models import Application
from tests.applications.echo import echo
from tests.applications.proxies import KINDS, free_port, program, proxy
from tests.applications.visits import ORIGIN
from tests.applications.world import IDS, World
from tests.factories import make_application, make_member
from tests.people import Person


@pytest.fixture(scope="module")
def echo_port():
    with echo() as port:
        yield port


@pytest.fixture(scope="module")
def beside():
    """What the main configuration of each kind of proxy sets besides the applications."""
    return {}


@pytest.fixture(scope="module", params=KINDS)
def running(request, beside, echo_port, live_server, tmp_path_factory):
    """One process for all tests of a kind: two applications under two root domains."""
    if not program(request.param):
        pytest.skip(f"{request.param} is not installed")
    port = free_port()
    origins = [f"http://grafana.localhost:{port}", f"http://wiki.example.internal:{port}"]
    applications = list(zip(IDS, origins, strict=True))
    folder = tmp_path_factory.mktemp(request.param)
    panel, more = urlsplit(live_server.url).port, beside.get(request.param, "")
    with proxy(
        request.param, folder, port, panel=panel, echo=echo_port, applications=applications, beside=more
    ) as found:
        yield found, origins


@pytest.fixture
def trusted_proxy(settings):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1/32")]


@pytest.fixture
def grafana(contract) -> Application:
    return make_application(contract, ORIGIN)


@pytest.fixture
def lena(contract) -> Person:
    person = Person(make_member(contract, two_factor_required=False, email="lena@example.com"))
    person.log_in()
    return person


@pytest.fixture
def world(running, trusted_proxy):
    yield World(*running)
    connections.close_all()
