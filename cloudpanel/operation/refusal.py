"""Refuses to start with unsafe settings, or with keys that can't decrypt what the database holds."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.utils.module_loading import import_string

from cloudpanel.configuration import safety
from cloudpanel.operation.faults import first_line

BACK = "Put them back from your copy; if they are lost, docs/operation.md (Lost keys) says what to do."
LOST = f"TWOFACTOR_KEYS is missing, and the database holds secrets that only the right keys open. {BACK}"
WRONG = f"TWOFACTOR_KEYS open none of the stored secrets: the right keys are missing. {BACK}"
UNKNOWN = (
    "DATABASE_URL: the database can't be asked whether it holds secrets, so no new TWOFACTOR_KEYS are made. It answers:"
)


def refuse_if_unsafe(*known: str, stored_secrets: bool = True) -> None:
    """Raises ImproperlyConfigured with every reason. `known` replaces the check of the stored secrets."""
    stored = known or (_stored_secret_reasons() if stored_secrets else ())
    found = [*safety.reasons(settings.CONFIG), *stored]
    if found:
        raise ImproperlyConfigured("The panel does not start:\n" + "\n".join(f"- {reason}" for reason in found))


def _stored_secret_reasons() -> list[str]:
    """A database that can't be reached yet is not a reason; /readyz and the migrations report it."""
    if not all(map(safety.is_fernet_key, settings.TWOFACTOR_KEYS)):
        return []
    try:
        readable = import_string("twofactor.factors.app.stored_secrets_readable")()
    except DatabaseError:
        readable = True
    finally:
        connections.close_all()  # a server may fork after this, and processes can't share a connection
    return [] if readable else [WRONG]


def lost_key_reasons() -> list[str]:
    """New keys must not be created if only the lost ones can decrypt the stored secrets."""
    try:
        stored = import_string("twofactor.factors.app.are_secrets_stored")()
    except DatabaseError as fault:
        return [f"{UNKNOWN} {first_line(fault)}."]
    finally:
        connections.close_all()
    return [LOST] if stored else []
