"""The checks of `manage.py doctor` of the database and of the files beside it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from cloudpanel.configuration import private_files, settings_file
from cloudpanel.operation import health
from cloudpanel.operation.faults import first_line
from cloudpanel.operation.finding import Finding

REMEDIES = {
    "sqlite": "Check who owns the file and those with -wal and -shm beside it, and whether its disk is full."
    " A damaged file is replaced by a copy: docs/operation.md, Backup and restore.",
    "postgresql": "Check DATABASE_URL and whether the database server runs.",
}


def is_usable() -> bool:
    """Whether the database can be asked for what the panel stores. If not, `check_database` says why."""
    try:
        return not _missing_file() and health.is_migrated()
    except (DatabaseError, ImproperlyConfigured):
        return False


def check_database() -> Iterator[Finding]:
    if missing := _missing_file():
        remedy = "If it was there before, put it back. Otherwise run: panel migrate --noinput"
        yield Finding(f"There is no file {missing}.", remedy)
        return
    try:
        if not health.is_migrated():
            yield Finding("Migrations are missing.", "Run: panel migrate --noinput")
        elif not health.is_ready():
            yield Finding(
                "The database takes no writes.",
                "Check for a full disk, files of another user, a standby server or a database set read-only.",
            )
    except DatabaseError as fault:
        yield Finding(f"The database does not answer: {first_line(fault)}.", REMEDIES[connection.vendor])


def _missing_file() -> Path | None:
    """The file of a SQLite database, which SQLite would create when it is opened."""
    file = next(iter(private_files.database_files(connection.settings_dict)), None)
    return file if file and not os.path.lexists(file) else None


def check_files() -> Iterator[Finding]:
    """Files with secrets must be accessible to the panel's user, and to nobody else."""
    folder = settings_file.VAR
    if refusal := private_files.refusal(folder):
        yield Finding(refusal, f"Run: chown -R cloudpanel: {folder}")
        return
    database = [file for file in private_files.database_files(settings.CONFIG.database) if os.path.exists(file)]
    for path in (folder, folder / "secret_key", folder / "twofactor_keys", *database):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(f"Other users of this machine can read {path}.", f"Run: chmod go= {path}")
    file = settings_file.path()
    if file and file.exists() and file.stat().st_mode & stat.S_IROTH:
        yield Finding(f"Every user of this machine can read {file}.", f"Run: chmod o= {file}")
    yield from _files_of_others(folder, database)


def _files_of_others(folder: Path, database: list[Path]) -> Iterator[Finding]:
    owner = folder.stat().st_uid
    others = [path for path in folder.rglob("*") if _is_of_another(path, owner)]
    if others:
        more = f" and {len(others) - 1} more in {folder}" if len(others) > 1 else ""
        yield Finding(f"The panel's user can't write to {others[0]}{more}.", f"Run: chown -R cloudpanel: {folder}")
    for path in database:
        if not path.is_relative_to(folder) and _is_of_another(path, owner):
            yield Finding(f"The panel's user can't write to {path}.", f"Run: chown cloudpanel: {path}")


def _is_of_another(path: Path, owner: int) -> bool:
    """Root may write to everything, so for root the owner decides. Files may disappear meanwhile."""
    try:
        found = path.lstat()
    except OSError:
        return False
    if stat.S_ISLNK(found.st_mode):
        return False
    return found.st_uid != owner if os.geteuid() == 0 else not os.access(path, os.R_OK | os.W_OK)
