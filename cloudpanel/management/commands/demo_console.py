"""`demo_console`: the demo with a guarded console behind Caddy. `make run-guarded` runs it.

Caddy listens on the port after the panel's, the console on the one after that.
"""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from accounts.audit.record import not_printed
from accounts.models import Contract, User
from accounts.origin import SERVER
from cloudpanel.applications import services
from cloudpanel.applications.demo import caddy, console
from cloudpanel.applications.models import Application, Needs
from cloudpanel.configuration.public_url import PANEL_PORT
from twofactor.management.commands.demo import OWNER

NAME = "Demo console"


class Command(BaseCommand):
    help = "Serves the demo and, behind Caddy on the next port, a console that the panel guards."

    def handle(self, *args: Any, **options: Any) -> None:
        port = int(os.environ.get("PORT") or PANEL_PORT)
        upstream = f"127.0.0.1:{port + 2}"
        try:
            caddy.program()
        except caddy.NoCaddy:
            raise CommandError("Caddy is not installed. Start with: make run-guarded") from None
        call_command("demo", history=True, stdout=self.stdout)
        with not_printed():
            application = guarded(f"http://console.localhost:{port + 1}", upstream)
        self.stdout.write(
            f"\nGuarded console: {application.origin}/\n"
            "It needs two-factor authentication: log in there with one of the accounts above, and see what\n"
            f"{NAME} below Management > Applications changes.\n"
            "Stop everything: Ctrl+C.\n"
        )
        self.stdout.flush()
        connections.close_all()
        self.serve(application, upstream, port)

    def serve(self, application: Application, upstream: str, port: int) -> None:
        """Serves panel, Caddy and console until the panel ends or is stopped."""
        with ExitStack() as stack:
            try:
                stack.enter_context(console.serving(port + 2))
            except OSError as fault:
                raise CommandError(f"Port {port + 2} is in use. Choose other ports: PORT=8080") from fault
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="cloudpanel-caddy-")))
            panel = f"127.0.0.1:{port}"
            stack.enter_context(
                caddy.serving(folder, application.pk, application.origin, upstream=upstream, panel=panel)
            )
            sys.exit(run_panel())


def guarded(origin: str, upstream: str) -> Application:
    """The console as an application of the demo's contract; created once, and changed if the ports have changed."""
    owner = User.objects.named(OWNER).get()
    contract = Contract.objects.get(owner=owner)
    found = contract.applications.filter(name=NAME).first()
    if found is None:
        values = {"name": NAME, "origin": origin, "guard": True, "upstream": upstream, "needs": Needs.TWO_FACTOR}
        return services.create_application(actor=owner, contract=contract, values=values, origin=SERVER)
    if services.set_origin(actor=owner, application=found, new=origin, origin=SERVER):
        found.refresh_from_db()
    services.set_guard(
        actor=owner, application=found, guard=True, assertion=found.assertion, upstream=upstream, origin=SERVER
    )
    found.refresh_from_db()
    return found


def run_panel() -> int:
    """Runs gunicorn and returns its exit code. Whatever stops this process stops gunicorn first."""
    panel = subprocess.Popen([sys.executable, "-m", "gunicorn", "-c", "python:cloudpanel.operation.gunicorn_conf"])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: panel.send_signal(number))
    return panel.wait()
