"""Runs before the panel serves: creates missing secrets and refuses unsafe settings.

All reasons are printed at once. `make run` and `make serve` call `python -m cloudpanel.operation.start` before they use
the database, manage.py before a command, and a server before a reload. wsgi.py checks again, for servers that are
started in another way.
"""

import os
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import django
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.utils.module_loading import import_string

from cloudpanel.configuration import names, private_files
from cloudpanel.configuration.settings_file import VAR
from cloudpanel.operation.refusal import lost_key_reasons, refuse_if_unsafe

MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(64),
    "TWOFACTOR_KEYS": lambda: Fernet.generate_key().decode(),
}


def new_secrets(folder: Path) -> dict[str, str]:
    """New values for the secrets that neither the environment nor the folder has."""
    given = {name for name in MAKERS if name in os.environ or f"{name}_FILE" in os.environ}
    return {name: make() for name, make in MAKERS.items() if name not in given and not _file(folder, name).exists()}


def keep_secrets(made: dict[str, str], folder: Path) -> None:
    """Writes the secrets, readable by this user only. Existing files stay."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, secret in made.items():
        with suppress(FileExistsError):  # a concurrent start has created it
            descriptor = os.open(_file(folder, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w") as file:
                file.write(secret + "\n")


def _file(folder: Path, name: str) -> Path:
    return folder / name.lower()


def prepare(*, stored_secrets: bool = True) -> None:
    """Loads Django and restricts access to the files in var/; exits if the panel must not run.

    New secrets are only written if the panel may start with them. Without `stored_secrets`, none are written and those
    in the database may be unreadable; this is for commands that repair them.
    """
    os.umask(private_files.UMASK)
    made = _usable_folder()
    os.environ.update(made)
    django.setup()
    lost = lost_key_reasons() if stored_secrets and "TWOFACTOR_KEYS" in made else ()
    try:
        refuse_if_unsafe(*lost, stored_secrets=stored_secrets)
    except ImproperlyConfigured as unsafe:
        sys.exit(str(unsafe))
    if stored_secrets:
        keep_secrets(made, VAR)
    database = private_files.database_files(settings.DATABASES["default"])
    for path in [*private_files.make_folder_private(VAR), *private_files.make_private(*database)]:
        sys.stderr.write(f"{path} belongs to another user and may be open to others.\n")


def _usable_folder() -> dict[str, str]:
    """New values for secrets that are missing in var/; exits if this user can't use the folder."""
    with suppress(OSError):
        VAR.mkdir(mode=0o700, exist_ok=True)
    if refusal := private_files.refusal(VAR):
        sys.exit(refusal)
    return new_secrets(VAR)


def main() -> None:
    """Checks that the settings are safe and the code can be imported, as a server does before a reload."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudpanel.settings")
    for hint in names.hints(os.environ):
        sys.stderr.write(f"{hint}\n")
    prepare()
    settings.STATIC_ROOT.mkdir(exist_ok=True)  # collectstatic fills it; WhiteNoise warns if it is missing
    import_module("cloudpanel.wsgi")
    if said := _useless_keys():
        sys.stderr.write(f"{said}\n")


def _useless_keys() -> str:
    """Empty if the database can't be queried yet."""
    try:
        return str(import_string("twofactor.keys.queries.of_another_host")())
    except DatabaseError:
        return ""


if __name__ == "__main__":
    main()
