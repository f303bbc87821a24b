"""Whether the process runs (/healthz) and can serve (/readyz: database reachable and writable, migrations applied,
space on the disk of a SQLite file, and not about to stop).

The answer is one word, for everybody and any Host. That is why this is the outermost middleware and not a view: probes
use an IP address, and cookies, languages and the gate must not matter.
"""

import logging
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from cloudpanel.operation import draining

Answer = Callable[[HttpRequest], HttpResponse]
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
logger = logging.getLogger(__name__)
_last = {"serves": True}
ROOM_BYTES = 256 * 1024  # more than any single change writes


class HealthMiddleware:
    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.probes: dict[str, Answer] = {"/healthz": alive, "/readyz": ready}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = self.probes.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"], headers=HEADERS)
        return probe(request)


def alive(request: HttpRequest) -> HttpResponse:
    return _word("alive", 200)


def ready(request: HttpRequest) -> HttpResponse:
    serves = not draining.begun() and is_ready()
    _log_change(serves)
    return _word("ready", 200) if serves else _word("unready", 503)


def _log_change(serves: bool) -> None:
    """Logs changes only: one line per worker instead of one per probe."""
    if serves != _last["serves"]:
        _last["serves"] = serves
        logger.warning("/readyz now says %s.", "ready" if serves else "unready")


def is_ready() -> bool:
    try:
        return is_migrated() and _takes_writes() and _has_room()
    except DatabaseError:
        return False


def is_migrated() -> bool:
    return last_migrations() <= set(MigrationRecorder(connection).applied_migrations())


def _takes_writes() -> bool:
    """False for a read-only database or a standby. Writes nothing and doesn't wait for locks."""
    if connection.vendor == "sqlite":
        return connection.in_atomic_block or _begins_to_write()
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return bool(cursor.fetchone() == ("off",))


def _begins_to_write() -> bool:
    """Whether SQLite accepts an UPDATE of no rows; a lock of another writer counts as a yes."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (patience,) = cursor.fetchone()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("UPDATE django_migrations SET app = app WHERE id IS NULL")
        except OperationalError as fault:
            return getattr(fault.__cause__, "sqlite_errorname", "").startswith("SQLITE_BUSY")
        finally:
            if connection.connection.in_transaction:
                cursor.execute("ROLLBACK")
            cursor.execute(f"PRAGMA busy_timeout = {int(patience)}")
    return True


def _has_room() -> bool:
    """Whether the file system of a SQLite file has space left; a database server monitors its own disk.

    Tests it by allocating an unnamed file, because the free space ignores quotas and limits.
    """
    file = Path(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or not file.is_file():
        return True
    try:
        with TemporaryFile(dir=file.parent) as trial:
            os.posix_fallocate(trial.fileno(), 0, ROOM_BYTES)
    except OSError:
        return False
    return True


@cache
def last_migrations() -> frozenset[tuple[str, str]]:
    """The last migration of each app in the code. It implies the earlier ones, and doesn't change while the process
    runs."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _word(word: str, status: int) -> HttpResponse:
    headers = HEADERS | {"Content-Length": str(len(word))}
    return HttpResponse(word, status=status, content_type="text/plain", headers=headers)
