"""What is kept of an application that accepts a key alone, and for how long."""

import pytest

from tests.factories import make_member
from tests.twofactor.factors.test_security_keys import registered
from tests.twofactor.keys.token import ORIGIN, Token
from twofactor.keys import demand
from twofactor.keys.demand import KEY_DEMAND, SECONDS, KeyDemand

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
GRAFANA = {"name": "Grafana", "address": "/openid/authorize/?state=a%26b"}


@pytest.fixture(autouse=True)
def _at_localhost(settings):
    settings.PUBLIC_URL = ORIGIN


@pytest.fixture
def lena(contract):
    return make_member(contract)


def test_whoever_has_a_key_uses_it_and_others_add_one(lena):
    assert demand.ask({}, lena, **GRAFANA) == "/profile/security/keys/"
    registered(lena, Token())
    assert demand.ask({}, lena, **GRAFANA) == "/confirm/?next=%2Fopenid%2Fauthorize%2F%3Fstate%3Da%2526b"


def test_the_application_and_the_way_on_are_kept(lena):
    session = {}
    demand.ask(session, lena, **GRAFANA)
    assert demand.pending(session) == KeyDemand("Grafana", GRAFANA["address"])
    assert demand.pending(session, address=GRAFANA["address"]) == demand.pending(session)
    assert demand.pending(session, address="/profile/") is None
    demand.forget(session)
    assert KEY_DEMAND not in session
    demand.forget(session)
    assert demand.pending(session) is None


@pytest.mark.parametrize("address", [None, GRAFANA["address"]])
def test_it_is_kept_for_a_quarter_of_an_hour(lena, clock, address):
    session = {}
    demand.ask(session, lena, **GRAFANA)
    clock.shift(SECONDS - 1)
    assert demand.pending(session, address=address)
    clock.shift(1)
    assert demand.pending(session, address=address) is None


def test_the_sentences_name_the_application():
    kept = KeyDemand("Grafana", "/")
    assert demand.use_one(kept).startswith("Grafana ")
    assert demand.add_one(kept).startswith("Grafana ")
