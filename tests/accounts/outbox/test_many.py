"""S17: a thousand at once. What a page does for each is a handful of statements, none of which asks a mail server."""

import pytest
from django.db import connection

from accounts.models import AuditRow, Event, OutgoingMail, User
from accounts.origin import Origin
from accounts.outbox import written
from accounts.permissions import ALL_PERMISSIONS
from accounts.users import exchange
from accounts.users.rules import Viewer
from cloudpanel.users import bulk, imports, rehearsal
from tests.bench.sql import Sql

pytestmark = [pytest.mark.django_db(transaction=True)]
ORIGIN = Origin("127.0.0.1")
MANY = 60
EACH = 6 if connection.features.has_select_for_update else 5
"""Statements for each account: where rows are locked one by one, that is one of them."""


def test_s17_an_import_and_a_change_of_many_write_their_mails_and_all_arrive(owner, contract, server, sends):
    box = server()
    written.disconnect(sends)
    rows = [f"u{n},User {n},u{n}@example.com,Administrator" for n in range(MANY)]
    text = "\r\n".join(["username,name,email,role", *rows, ""])
    viewer = Viewer(owner.pk, frozenset(ALL_PERMISSIONS), is_owner=True)
    lines = rehearsal.rehearse(exchange.read(text.encode()), contract, viewer)
    with Sql() as sql:
        imports.apply(lines, actor=owner, contract=contract, origin=ORIGIN)
    assert sql.queries <= EACH * MANY + 5
    assert sql.commits == 1
    sends()
    assert len(box.taken) == OutgoingMail.objects.count() == MANY
    people = list(User.objects.filter(contract=contract).select_related("role", "contract"))
    plan = bulk.plan(bulk.Action.DEACTIVATE, people, viewer)
    with Sql() as sql:
        bulk.apply(plan, actor=owner, origin=ORIGIN, choice=bulk.BulkChoice())
    assert sql.queries <= EACH * MANY + 5
    assert sql.commits == 1
    sends()
    assert len(box.taken) == 2 * MANY
    assert set(box.addresses()) == {f"u{n}@example.com" for n in range(MANY)}


def test_s17_deleting_many_costs_three_statements_each(owner, contract):
    User.objects.bulk_create(
        User(username=f"u{n}", name=f"User {n}", contract=contract, role=contract.roles.get()) for n in range(MANY)
    )
    people = list(User.objects.filter(contract=contract).select_related("role", "contract").order_by("pk"))
    viewer = Viewer(owner.pk, frozenset(ALL_PERMISSIONS), is_owner=True)
    with Sql() as sql:
        plan = bulk.plan(bulk.Action.DELETE, people, viewer)
        assert bulk.apply(plan, actor=owner, origin=ORIGIN, choice=bulk.BulkChoice()).keys() == set(people)
    assert sql.queries <= 3 * MANY + 40
    assert sql.commits == 1
    assert AuditRow.objects.filter(event=Event.USER_DELETED).count() == MANY
    assert not User.objects.filter(contract=contract).exists()
