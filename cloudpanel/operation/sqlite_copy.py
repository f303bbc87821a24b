"""Copies SQLite databases by SQLite's backup API, which includes `-wal` and waits for writers."""

import sqlite3
from contextlib import closing
from pathlib import Path

BUSY_SECONDS = 20
HEADER = b"SQLite format 3\0"

Migrations = set[tuple[str, str]]
"""Each with its app and its name."""


class CopyRefused(Exception):
    """Why a backup or restore is refused, as a sentence."""


def is_sqlite(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(HEADER)) == HEADER


def back_up(database: Path, file: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS)) as whole,
            closing(sqlite3.connect(file)) as copy,
        ):
            whole.backup(copy)
    except sqlite3.Error as fault:
        raise CopyRefused(f"{database} can't be copied to {file}: {fault}.") from fault


def migrations(file: Path) -> Migrations:
    """Those that were applied to the database of this copy, which is read completely."""
    with _opened(file) as copy:
        if not _is_whole(copy):
            raise CopyRefused(f"{file} is damaged. Restore another copy.")
        try:
            return set(copy.execute("SELECT app, name FROM django_migrations"))
        except sqlite3.DatabaseError:
            return set()


def restore(file: Path, database: Path) -> None:
    with _opened(file) as copy:
        try:
            with closing(sqlite3.connect(database, timeout=BUSY_SECONDS)) as whole:
                copy.backup(whole)
        except sqlite3.Error as fault:
            raise CopyRefused(
                f"The copy can't be written to {database}: {fault}."
                " If the panel is stopped and that file is damaged, move it away, with -wal and -shm beside it."
            ) from fault


def _opened(file: Path) -> closing[sqlite3.Connection]:
    """Leaves nothing beside the copy, whose folder may be read-only."""
    return closing(sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", uri=True))


def _is_whole(copy: sqlite3.Connection) -> bool:
    try:
        return bool(copy.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False
