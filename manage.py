#!/usr/bin/env python
"""Django's command line for the panel. A command runs under the same conditions as the server starts."""

import os
import platform
import sys

import django
from django.core.management import execute_from_command_line
from django.db import DatabaseError

from cloudpanel import version
from cloudpanel.operation.faults import first_line

# These look at the code alone, or say themselves what is wrong with the settings.
WITHOUT_SETTINGS = {"check", "compilemessages", "doctor", "help", "makemessages", "makemigrations", "version"}
# What a server without its keys is mended with. A copy comes with the keys of its time, not of what it replaces.
WITHOUT_STORED_SECRETS = {"restore", "twofactor"}


def prepare(arguments: list[str]) -> None:
    command = next(iter(arguments), "help")
    if command.startswith("-") or command in WITHOUT_SETTINGS or {"-h", "--help"} & set(arguments):
        return
    from cloudpanel.operation import start

    start.prepare(stored_secrets=command not in WITHOUT_STORED_SECRETS)


def versions() -> str:
    """What runs here, for reports of faults."""
    return f"Cloud Panel {version.read()} (Django {django.get_version()}, Python {platform.python_version()})"


def check_text(arguments: list[str]) -> None:
    """Of a terminal in another encoding, Python keeps bytes that nothing behind it can read."""
    try:
        " ".join(arguments).encode()
    except UnicodeEncodeError:
        sys.exit("An argument isn't UTF-8 text. Set your terminal to UTF-8.")


def main(arguments: list[str]) -> None:
    if arguments in (["version"], ["--version"]):  # Django would print its own alone
        sys.stdout.write(f"{versions()}\n")
        return
    check_text(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudpanel.settings")
    prepare(arguments)
    try:
        execute_from_command_line(sys.argv)
    except EOFError:  # Django's own commands expect an answer
        sys.exit("There is no answer. With --noinput, nothing is asked.")
    except DatabaseError as fault:
        if "--traceback" in arguments:
            raise
        sys.exit(f"The database says: {first_line(fault)}. `panel doctor` may say more, --traceback shows where.")


if __name__ == "__main__":
    main(sys.argv[1:])
