"""An admin, a sub-user, collected static files, and a database that takes no writes."""

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from tests.factories import make_admin, make_member
from tests.people import Person

READ_ONLY = {
    "sqlite": ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
    "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
}


@pytest.fixture
def rita() -> Person:
    return Person(make_admin()).enrol()


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract)


@pytest.fixture
def static_root(tmp_path, settings):
    """The folder with the files as a server has them: under names with their digest."""
    settings.STATIC_ROOT = tmp_path / "static"
    backend = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    hashed = {"BACKEND": backend, "OPTIONS": {"location": settings.STATIC_ROOT}}
    settings.STORAGES = settings.STORAGES | {"staticfiles": hashed}
    call_command("collectstatic", interactive=False, verbosity=0)
    return settings.STATIC_ROOT


@pytest.fixture
def read_only(transactional_db):
    """Sets the database of this process read-only, until the test is over."""
    begin, end = READ_ONLY[connection.vendor]
    with connection.cursor() as cursor:
        yield lambda: cursor.execute(begin)
        cursor.execute(end)
