"""`runserver` for development, with the mail sender in a thread."""

from threading import Thread
from typing import Any

from whitenoise.runserver_nostatic.management.commands.runserver import Command as RunServer

from cloudpanel.operation import outbox, wake


class Command(RunServer):
    def inner_run(self, *args: Any, **options: Any) -> None:
        Thread(target=outbox.run, args=(wake.reading, lambda: False), name="outbox", daemon=True).start()
        super().inner_run(*args, **options)
