"""An application is deleted while somebody opens it (PostgreSQL): neither waits for the other without end."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, connections
from django.utils import timezone

from accounts.origin import Origin
from cloudpanel.applications import services
from cloudpanel.applications.guard import visits
from cloudpanel.applications.models import Application, Ticket, Visit
from tests.applications.visits import ticket_for
from tests.factories import make_application, make_member, make_owner
from tests.meanwhile import meanwhile
from tests.people import Person
from tests.races.conftest import is_waiting

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks the whole file")
ORIGIN = Origin("192.0.2.1")


@pytest.fixture
def grafana() -> Application:
    application = make_application(make_owner().contracts.get())
    Person(make_member(application.contract, "lena", two_factor_required=False)).log_in()
    return application


class Beside:
    """Work in a thread, which is started within the work of the test."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.work, self.faults, self.answer = work, [], None
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        try:
            self.answer = self.work()
        except Exception as fault:
            self.faults.append(fault)
        finally:
            connections.close_all()

    def start(self) -> None:
        """Goes on when the work is done or waits for a lock."""
        self.thread.start()
        until = time.monotonic() + 10
        while self.thread.is_alive() and not is_waiting() and time.monotonic() < until:
            time.sleep(0.01)


def delete(application: Application) -> None:
    owner, now = application.contract.owner, Application.objects.get(pk=application.pk)
    services.delete_application(actor=owner, application=now, origin=ORIGIN)


def take(application: Application, ticket: str) -> visits.Opened | None:
    return visits.take_ticket(application=application, ticket=ticket, nonce="n", origin=ORIGIN)


def test_a_deletion_waits_for_a_ticket_that_is_being_used(grafana):
    ticket, deletion = ticket_for(grafana), Beside(partial(delete, grafana))
    with meanwhile(deletion.start, before='INSERT INTO "applications_visit"'):
        assert take(grafana, ticket)
    deletion.thread.join()
    assert not deletion.faults
    assert not Visit.objects.exists()


def test_a_ticket_opens_nothing_that_is_being_deleted(grafana):
    opening = Beside(partial(take, grafana, ticket_for(grafana)))
    with meanwhile(opening.start, before='DELETE FROM "applications_ticket"'):
        delete(grafana)
    opening.thread.join()
    assert not opening.faults
    assert opening.answer is None
    assert not Visit.objects.exists()


def test_a_deletion_meets_a_ticket_that_is_being_issued(grafana):
    ticket_for(grafana)
    Ticket.objects.update(expires_at=timezone.now() - timedelta(minutes=5))
    deletion = Beside(partial(delete, grafana))
    with meanwhile(deletion.start, before='INSERT INTO "applications_ticket"'), pytest.raises(IntegrityError):
        ticket_for(grafana)
    deletion.thread.join()
    assert not deletion.faults
    assert not Ticket.objects.exists()
