"""The server's own sender: it sends what requests write, survives its own death, and no kill loses a mail."""

import os
import signal
import time
from collections import Counter

import pytest
from aiosmtpd.controller import Controller

from tests.servers.machine import Server, run, wait_for
from tests.sinks import Mailbox, free_port

PEOPLE = "wanda:off"
MAILS = 40

WRITE = f"""
import django; django.setup()
from django.db import transaction
from accounts.notices import services as notices
from accounts.models import Event, User
from accounts.origin import SERVER
wanda = User.objects.get(username="wanda")
with transaction.atomic():
    for n in range({MAILS}):
        wanda.email = f"w{{n}}@example.com"
        notices.notify(wanda, Event.USER_PASSWORD, origin=SERVER, actor=wanda)
"""
FREE = """
import django; django.setup()
from django.db.models import F
from accounts.outbox import rows
rows.waiting().update(due_at=F("created_at"))
"""


@pytest.fixture(scope="module")
def box():
    """A mail server that takes a twentieth of a second for each mail."""
    made = Mailbox(seconds=0.05)
    controller = Controller(made, hostname="127.0.0.1", port=free_port())
    controller.start()
    made.url = f"smtp://127.0.0.1:{controller.port}"
    yield made
    controller.stop()


@pytest.fixture
def server(database, folder, keys, box):
    made = Server(database.url, folder)
    made.environment["EMAIL_URL"] = box.url
    made.start().ready()
    yield made
    made.stop()


def test_s17_killed_in_the_middle_none_is_lost_and_only_the_one_under_way_goes_twice(server, database, box):
    wait_for(server.sender)
    first = server.sender()
    run(database.url, "-c", WRITE, EMAIL_URL=box.url)
    wait_for(lambda: len(box.taken) >= 5)
    os.kill(first, signal.SIGKILL)  # the sender alone: the server starts another one
    wait_for(lambda: server.sender() not in (None, first))
    wait_for(lambda: len(box.taken) >= 15)
    server.kill()  # and everything at once
    time.sleep(0.2)
    assert len(box.taken) < MAILS
    run(database.url, "-c", FREE)  # as when the leases of the two that were under way have run out
    server.start().ready()
    wait_for(lambda: set(box.addresses()) == {f"w{n}@example.com" for n in range(MAILS)})
    twice = [address for address, times in Counter(box.addresses()).items() if times > 1]
    assert len(twice) <= 2


def test_a_stop_ends_the_sender_too(server):
    wait_for(server.sender)
    sender = server.sender()
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(timeout=30)
    with pytest.raises(ProcessLookupError):
        os.kill(sender, 0)
