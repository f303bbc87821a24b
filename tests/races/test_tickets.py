"""A ticket for an application works once, however many use it at the same moment."""

from accounts.models import AuditRow, Event
from accounts.origin import Origin
from cloudpanel.applications.guard import visits
from cloudpanel.applications.models import Visit
from tests.applications.visits import ticket_for
from tests.factories import make_application, make_member, make_owner
from tests.people import Person
from tests.races.conftest import THREADS


def test_twenty_uses_of_one_ticket_open_one_visit(at_once):
    contract = make_owner().contracts.get()
    application = make_application(contract)
    Person(make_member(contract, two_factor_required=False)).log_in()
    ticket = ticket_for(application)

    def use(_):
        return visits.take_ticket(application=application, ticket=ticket, nonce="n", origin=Origin())

    opened = at_once(use, list(range(THREADS)))
    assert len([found for found in opened if found]) == 1
    assert Visit.objects.count() == 1
    assert AuditRow.objects.filter(event=Event.APPLICATION_OPENED).count() == 1
