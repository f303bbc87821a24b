"""Two senders tell applications that sessions have ended: neither waits for the other (PostgreSQL)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from cloudpanel.applications.models import Application
from cloudpanel.applications.openid import backchannel
from cloudpanel.applications.openid.models import Login
from tests.applications.openid.conftest import make_client
from tests.factories import make_owner

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks the whole file")


def taken() -> list[str]:
    try:
        return [login.sid for login in backchannel._take()]
    finally:
        connections.close_all()


def test_a_sender_takes_what_no_other_holds_whatever_happens_to_the_application():
    client, now = make_client(make_owner().contracts.get()), timezone.now()
    for sid in ("held", "free"):
        Login.objects.create(client=client, sid=sid, stamp=0, subject=sid, ended_at=now, due_at=now)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Login.objects.select_for_update().get(sid="held")
        Application.objects.select_for_update().get()
        assert pool.submit(taken).result(timeout=10) == ["free"]
