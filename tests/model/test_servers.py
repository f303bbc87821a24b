"""The two servers of the model have nothing in common but the database."""

import pytest

from accounts.models import session_store
from tests.model.servers import SERVERS, Servers
from twofactor import crypto
from twofactor import session_store as sessions


@pytest.fixture
def servers():
    made = Servers()
    yield made
    made.end()


def test_each_makes_its_own_of_what_it_keeps_and_loses_it_by_its_own_restart(servers, settings):
    keys = tuple(settings.TWOFACTOR_KEYS)
    made = []
    for server in SERVERS:
        servers.turn_to(server)
        made.append(crypto._fernet(keys))
        sessions._OF_KEY.texts["sqlite"] = made[-1]
    assert made[0] is not made[1]
    servers.restart(1)
    assert (crypto._fernet(keys) is made[1], sessions._OF_KEY.texts) == (False, {})
    servers.turn_to(0)
    assert (crypto._fernet(keys), sessions._OF_KEY.texts) == (made[0], {"sqlite": made[0]})


def test_afterwards_all_is_as_it_was(servers):
    during = session_store._verified
    servers.end()
    assert session_store._verified is not during
    session_store._verified.cache_clear()
