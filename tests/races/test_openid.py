"""One code and one refresh token, used twenty times at the same moment."""

import pytest
from django.utils import timezone

from cloudpanel.applications.openid.models import Grant, Token
from tests.applications.openid.conftest import Console, error, make_client
from tests.factories import make_member, make_owner
from tests.people import Person
from tests.races.conftest import THREADS


@pytest.fixture
def console():
    return Console(make_client(make_owner().contracts.get()))


@pytest.fixture
def lena(console):
    person = Person(make_member(console.client.application.contract, two_factor_required=False))
    person.log_in()
    return person


def test_a_code_gives_tokens_at_most_once_and_what_it_gave_is_dead(console, lena, at_once):
    code = console.code(lena, scope="openid offline_access")
    consoles = [Console(console.client) for _ in range(THREADS)]
    responses = at_once(lambda one: one.redeem(code), consoles)
    assert [response.status_code for response in responses].count(200) == 1
    assert {error(response) for response in responses if response.status_code != 200} == {(400, "invalid_grant")}
    [given] = [response.json() for response in responses if response.status_code == 200]
    assert console.userinfo(given["access_token"]).status_code == 401
    assert error(console.refresh(given["refresh_token"])) == (400, "invalid_grant")
    assert Token.objects.count() == 2
    assert Grant.objects.get().revoked_at <= timezone.now()


def test_a_refresh_token_is_replaced_once_and_its_siblings_get_access_alone(console, lena, at_once):
    token = console.log_in(lena, scope="openid offline_access")["refresh_token"]
    consoles = [Console(console.client) for _ in range(THREADS)]
    responses = at_once(lambda one: one.refresh(token), consoles)
    assert {response.status_code for response in responses} == {200}
    given = [response.json() for response in responses]
    assert sum("refresh_token" in tokens for tokens in given) == 1
    assert all(console.userinfo(tokens["access_token"]).status_code == 200 for tokens in given)
