"""An account or an application is deleted while codes and tokens are issued for it (PostgreSQL)."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from django.http import HttpResponse

from accounts.models import User
from accounts.origin import Origin
from accounts.users import services as users
from cloudpanel.applications import services as applications
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid.models import Grant, Login, Token
from tests.applications.openid.conftest import Console, answered, error, make_client
from tests.factories import make_member, make_owner
from tests.meanwhile import meanwhile
from tests.people import Person
from tests.races.conftest import is_waiting

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks the whole file")
ORIGIN = Origin("192.0.2.1")
SCOPE = "openid offline_access"


@pytest.fixture
def console() -> Console:
    return Console(make_client(make_owner().contracts.get()))


@pytest.fixture
def lena(console) -> Person:
    contract = console.client.application.contract
    person = Person(make_member(contract, "lena", two_factor_required=False), raise_request_exception=False)
    person.log_in()
    return person


def delete_user(console: Console) -> None:
    owner, lena = console.client.application.contract.owner, User.objects.select_related("role").get(username="lena")
    assert users.delete_user(actor=owner, target=lena, origin=ORIGIN)


def delete_application(console: Console) -> None:
    owner, application = console.client.application.contract.owner, Application.objects.get()
    applications.delete_application(actor=owner, application=application, origin=ORIGIN)


def refreshing(console: Console, lena: Person) -> Callable[[], HttpResponse]:
    token = console.log_in(lena, scope=SCOPE)["refresh_token"]
    return lambda: console.refresh(token)


def refreshing_again(console: Console, lena: Person) -> Callable[[], HttpResponse]:
    again = refreshing(console, lena)
    assert again().status_code == 200
    return again


def redeeming(console: Console, lena: Person) -> Callable[[], HttpResponse]:
    code = console.code(lena, scope=SCOPE)
    return lambda: console.redeem(code)


def asking(console: Console, lena: Person) -> Callable[[], HttpResponse]:
    console.log_in(lena)
    return lambda: lena.get(console.request())


@contextmanager
def beside(work: Callable[[], HttpResponse]) -> Iterator[tuple[Callable[[], None], list[HttpResponse]]]:
    """A function that starts the work and goes on when it is done or waits for a lock; and its answer, at the end."""
    answers: list[HttpResponse] = []

    def run() -> None:
        try:
            answers.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)

    def start() -> None:
        thread.start()
        until = time.monotonic() + 10
        while thread.is_alive() and not is_waiting() and time.monotonic() < until:
            time.sleep(0.01)

    yield start, answers
    thread.join()


def refused(response: HttpResponse) -> bool:
    if response.status_code == 302:
        return answered(response).get("error") == "access_denied"
    return response.status_code != 200 and error(response) == (400, "invalid_grant")


@pytest.mark.parametrize("delete", [delete_user, delete_application])
@pytest.mark.parametrize("issue", [refreshing, refreshing_again, redeeming, asking])
def test_the_deletion_wins(console, lena, issue, delete):
    console.http.raise_request_exception = False
    grants = Grant._meta.db_table
    with beside(issue(console, lena)) as (start, answers), meanwhile(start, before=f'DELETE FROM "{grants}"'):
        delete(console)
    assert refused(answers[0])
    assert not Grant.objects.exists()
    assert not Token.objects.exists()
    assert not Login.objects.filter(ended_at=None).exclude(user=None).exists()


@pytest.mark.parametrize("delete", [delete_user, delete_application])
@pytest.mark.parametrize(
    ("issue", "written"), [(refreshing, Token), (refreshing_again, Token), (redeeming, Token), (asking, Grant)]
)
def test_a_deletion_waits_for_what_is_being_issued_and_ends_it(console, lena, issue, written, delete):
    issued = issue(console, lena)
    with (
        beside(lambda: delete(console)) as (start, deleted),
        meanwhile(start, before=f'INSERT INTO "{written._meta.db_table}"'),
    ):
        assert not refused(issued())
    assert deleted, "the deletion failed"
    assert not Grant.objects.exists()
    assert not Token.objects.exists()


def test_a_refresh_waits_for_no_other_change_of_the_account(console, lena):
    owner, user = console.client.application.contract.owner, User.objects.select_related("role").get(username="lena")
    with beside(refreshing(console, lena)) as (start, answers):

        def refreshed() -> None:
            start()
            assert answers, "it waits"

        with meanwhile(refreshed, before="INSERT"):
            users.set_name(actor=owner, target=user, name="New", origin=ORIGIN)
    assert answers[0].status_code == 200
