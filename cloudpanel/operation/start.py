"""What happens before the panel serves: secrets are made where there are none, and an unsafe panel stops here.

It stops with every reason at once. `make run` and `make serve` ask by
`python -m cloudpanel.operation.start` before they touch the database, manage.py before a command, and a server before
it reloads; wsgi.py asks again, for whoever starts the server in another way.
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

from cloudpanel.configuration import names, private_files
from cloudpanel.configuration.settings_file import VAR
from cloudpanel.operation.refusal import lost_key_reasons, refuse_if_unsafe

MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(64),
    "TWOFACTOR_KEYS": lambda: Fernet.generate_key().decode(),
}


def new_secrets(folder: Path) -> dict[str, str]:
    """One for each that neither the environment nor the folder has."""
    given = {name for name in MAKERS if name in os.environ or f"{name}_FILE" in os.environ}
    return {name: make() for name, make in MAKERS.items() if name not in given and not _file(folder, name).exists()}


def keep_secrets(made: dict[str, str], folder: Path) -> None:
    """Readable by nobody else. What is there stays."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, secret in made.items():
        with suppress(FileExistsError):  # a second start was faster
            descriptor = os.open(_file(folder, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w") as file:
                file.write(secret + "\n")


def _file(folder: Path, name: str) -> Path:
    return folder / name.lower()


def prepare(*, stored_secrets: bool = True) -> None:
    """Loads Django and closes the files in var/; ends the process where the panel must not run.

    Keeps new secrets only if the panel may start with them. Without `stored_secrets` none are kept and those in the
    database may be unreadable: so run the commands that mend this.
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
    for path in private_files.make_private(VAR, private_files.database_files(settings.DATABASES["default"])):
        sys.stderr.write(f"{path} belongs to another user and may be open to others.\n")


def _usable_folder() -> dict[str, str]:
    """The secrets that var/ lacks; ends the process where this user cannot work in it."""
    with suppress(OSError):
        VAR.mkdir(mode=0o700, exist_ok=True)
    if refusal := private_files.refusal(VAR):
        sys.exit(refusal)
    return new_secrets(VAR)


def main() -> None:
    """Beside the settings, the code must load: a server that is told to reload asks here first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudpanel.settings")
    for hint in names.hints(os.environ):
        sys.stderr.write(f"{hint}\n")
    prepare()
    import_module("cloudpanel.wsgi")


if __name__ == "__main__":
    main()
