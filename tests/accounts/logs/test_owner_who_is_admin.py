"""The log of an owner who is an admin too: what they do to other owners is nobody's business in their contract."""

import pytest
from django.core.management import call_command
from django.db.models import Q
from django.urls import reverse

from accounts.audit.record import record_event
from accounts.logs import queries
from accounts.models import AuditRow, Event, User
from accounts.origin import SERVER
from tests.factories import make_contract, make_member, make_role
from tests.people import Person, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def mallory(owner):
    User.objects.filter(pk=owner.pk).update(is_superuser=True)
    mallory = User.objects.create_user("mallory", name="Mallory")
    make_contract(mallory, "Beta")
    return mallory


def labels(contract):
    return [row.target_label for chunk in queries.in_chunks(contract, Q()) for row in chunk]


def test_who_may_see_the_logs_reads_nothing_about_another_owner(contract, owner, mallory):
    for target in (mallory, owner, None):
        record_event(Event.USER_NAME, origin=SERVER, actor=owner, target=target)
    assert sorted(labels(contract)) == sorted(["", str(owner)])
    lena = Person(make_member(contract, "lena", role=make_role(contract, "logs.show"), two_factor_required=False))
    lena.log_in()
    page = words(lena.get(reverse("logs")))
    assert "Changed the name of a user" in page
    assert "mallory" not in page


def test_nor_is_it_counted(contract, owner, mallory):
    for target in (mallory, owner, None):
        record_event(Event.USER_NAME, origin=SERVER, actor=owner, target=target)
    assert queries.numbers(contract, all=Q())["all"] == 2


def test_the_other_owner_reads_what_was_done_to_them(owner, mallory):
    record_event(Event.USER_NAME, origin=SERVER, actor=owner, target=mallory)
    assert labels(mallory.contracts.get()) == [str(mallory)]


def test_only_the_contracts_that_lose_rows_are_told_how_many(contract, owner, mallory):
    for target in (mallory, owner, None):
        record_event(Event.USER_NAME, origin=SERVER, actor=owner, target=target)
    call_command("retention", days=0)
    trimmed = AuditRow.objects.filter(event=Event.LOGS_TRIMMED, contract_id__isnull=False)
    lost = dict(trimmed.values_list("contract_id", "detail__count"))
    assert lost == {contract.pk: 2, mallory.contracts.get().pk: 1}
