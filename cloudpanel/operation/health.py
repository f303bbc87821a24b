"""Whether the process lives (/healthz) and whether it can serve (/readyz: database reachable and writable,
migrations applied, room on the disk of a SQLite file, and no stop ahead).

One word and nothing else, whoever asks and whatever the Host says. That is why this is the outermost
middleware and no view: probes call by address, and no cookie, language or gate has a say.
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
ROOM_BYTES = 256 * 1024  # more than any one change of the panel writes


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
    """One line a worker, not one a probe."""
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
    """False for a database that was set read-only, and for a standby. Writes nothing and waits for nobody."""
    if connection.vendor == "sqlite":
        return connection.in_atomic_block or _begins_to_write()
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return bool(cursor.fetchone() == ("off",))


def _begins_to_write() -> bool:
    """Whether SQLite takes an UPDATE, of no row; that somebody else writes at the moment is a yes."""
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
    """Whether the file system of a SQLite file would take some more; a server of its own watches its own disk.

    Asked by allocating, since the free space of a disk says nothing of quotas and limits. The file never has a name.
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
    """The last migration of each app as the code has it; it implies those before it, and never changes while we run."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _word(word: str, status: int) -> HttpResponse:
    headers = HEADERS | {"Content-Length": str(len(word))}
    return HttpResponse(word, status=status, content_type="text/plain", headers=headers)
