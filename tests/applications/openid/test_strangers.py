"""People of another contract who are sent to an application: the refusal is theirs, and its owner learns nothing."""

import pytest
from django.db.models import Q

from accounts.logs.queries import in_chunks
from accounts.models import AuditRow, Contract, Event, User
from tests.factories import make_admin, make_member, make_owner
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger():
    """A user or the owner of Beta, or an admin, logged in."""

    def stranger(who: str) -> Person:
        beta = make_owner("mallory", contract="Beta").contracts.get()
        make_member(beta, "sam", two_factor_required=False)
        made = Person(make_admin("root") if who == "root" else User.objects.get(username=who))
        if who == "root":
            made.enrol()
        else:
            made.log_in()
        return made

    return stranger


@pytest.mark.parametrize("changes", [{}, {"prompt": "none"}], ids=["with a page", "without one"])
@pytest.mark.parametrize("who", ["sam", "mallory", "root"])
def test_the_refusal_is_in_their_own_contract_and_names_no_application(console, stranger, who, changes):
    stranger(who).get(console.request(**changes))
    row = AuditRow.objects.get(event=Event.APPLICATION_REFUSED)
    assert (row.actor_label, row.target_label, row.detail) == (who, "", {"reason": "stranger"})
    assert row.contract_id == (None if who == "root" else Contract.objects.get(name="Beta").pk)


@pytest.mark.parametrize("who", ["sam", "mallory", "root"])
def test_the_log_of_the_application_says_nothing_about_them(console, stranger, who):
    person = stranger(who)
    for changes in ({}, {"prompt": "none"}):
        person.get(console.request(**changes))
    of_alpha = [row for chunk in in_chunks(console.client.application.contract, Q()) for row in chunk]
    assert who not in {label for row in of_alpha for label in (row.actor_label, row.target_label)}
