"""`runserver`, as `make dev` starts it: it serves pages, and sends the mails that requests write."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.servers.machine import ROOT, Server, run, wait_for

WRITE = """
import django; django.setup()
from accounts.models import Event
from accounts.notices import services as notices
from accounts.origin import SERVER
from tests.factories import make_owner
owner = make_owner(email="olivia@example.com")
notices.notify(owner, Event.USER_PASSWORD, origin=SERVER, actor=owner)
"""


class Development(Server):
    def start(self) -> "Development":
        command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"]
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=output, stderr=output)
        return self


@pytest.fixture
def server(database, folder) -> Iterator[Development]:
    made = Development(database.url, folder)
    made.environment |= {"DEBUG": "yes", "EMAIL_URL": f"filemail://{folder / 'mail'}"}
    yield made.start().ready()
    made.process.terminate()
    made.process.wait(timeout=20)


def test_it_serves_pages_and_sends_mails(server, database, folder):
    assert server.status("/login/") == 200
    run(database.url, "-c", WRITE)
    wait_for(lambda: any("olivia@example.com" in mail.read_text() for mail in (folder / "mail").glob("*")))
