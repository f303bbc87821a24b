"""`demo_console`: what it refuses, and the application that it makes; `tests/servers` runs it."""

import socket
import sys

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditRow, Event, User
from cloudpanel.applications.models import Application, Needs
from cloudpanel.management.commands import demo_console

pytestmark = pytest.mark.django_db


def test_without_caddy_nothing_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="make run-guarded"):
        call_command("demo_console")
    assert not User.objects.exists()


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} is in use"):
            demo_console.Command().serve(Application(), f"127.0.0.1:{port}", port - 2)


def test_on_other_ports_the_same_application_moves():
    call_command("demo")
    made = demo_console.guarded("http://console.localhost:8001", "127.0.0.1:8002")
    assert (made.guard, made.needs, made.upstream) == (True, Needs.TWO_FACTOR, "127.0.0.1:8002")
    again = demo_console.guarded("http://console.localhost:8001", "127.0.0.1:8002")
    moved = demo_console.guarded("http://console.localhost:9001", "127.0.0.1:9002")
    assert made.pk == again.pk == moved.pk
    assert Application.objects.get().origin == moved.origin == "http://console.localhost:9001"
    assert Application.objects.get().upstream == moved.upstream == "127.0.0.1:9002"
    changes = AuditRow.objects.filter(event=Event.APPLICATION_CHANGED).order_by("pk")
    assert [row.detail["field"] for row in changes] == ["origin", "guard"], "none while the ports are the same"
