"""What happens before the panel serves: secrets are made where there are none, and an unsafe panel stops here.

The one rule: it stops with every reason at once. `make run` and `make serve` ask by `python -m cloudpanel.start`
before they touch the database; wsgi.py asks again, for whoever starts the server in another way.
"""

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

import django
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.utils.module_loading import import_string

from cloudpanel import env, safety

MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(64),
    "TWOFACTOR_KEYS": lambda: Fernet.generate_key().decode(),
}


def make_secrets(folder: Path = env.VAR) -> None:
    """Secrets that neither the environment nor the folder has, readable by nobody else. What is there stays."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, make in MAKERS.items():
        path = folder / name.lower()
        if not path.exists() and name not in os.environ and f"{name}_FILE" not in os.environ:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(make() + "\n")


def refuse_if_unsafe() -> None:
    found = [*safety.reasons(settings.CONFIG), *_stored_secret_reasons()]
    if found:
        raise ImproperlyConfigured("The panel does not start:\n" + "\n".join(f"- {reason}" for reason in found))


def _stored_secret_reasons() -> list[str]:
    """A database that cannot be asked yet is no reason: that is what /readyz and the migrations are for."""
    if not all(map(safety.is_fernet_key, settings.TWOFACTOR_KEYS)):
        return []
    try:
        readable = import_string("twofactor.factor.stored_secrets_readable")()
    except DatabaseError:
        readable = True
    finally:
        connections.close_all()  # a server may fork after this, and no two processes can share a connection
    return [] if readable else ["TWOFACTOR_KEYS open none of the stored secrets: the right keys are missing."]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudpanel.settings")
    make_secrets()
    django.setup()
    try:
        refuse_if_unsafe()
    except ImproperlyConfigured as refusal:
        sys.exit(str(refusal))


if __name__ == "__main__":
    main()
