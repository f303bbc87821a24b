"""Makes the panel's files accessible to its own user only: folders 700, files 600.

This applies to all of them, whoever created them.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

UMASK = 0o077
SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")


def database_files(database: dict[str, object]) -> list[Path]:
    """The files of a SQLite database; empty for other databases."""
    if not str(database["ENGINE"]).endswith("sqlite3") or database["NAME"] == ":memory:":
        return []
    return [Path(f"{database['NAME']}{suffix}") for suffix in SQLITE_SUFFIXES]


def make_private(*paths: Path) -> list[Path]:
    """Sets the permissions of these paths alone. Returns those that belong to another user and stay readable."""
    return [path for path in paths if not _close(path)]


def make_folder_private(folder: Path) -> list[Path]:
    """As `make_private`, for a folder and everything in it."""
    return make_private(folder, *folder.rglob("*"))


def _close(path: Path) -> bool:
    """False if this user may not change it. Files may disappear meanwhile; targets of links are left alone."""
    with suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        wanted = 0o700 if stat.S_ISDIR(mode) else 0o600
        if stat.S_ISLNK(mode) or stat.S_IMODE(mode) == wanted:
            return True
        try:
            path.chmod(wanted)
        except PermissionError:
            return False
    return True


def refusal(folder: Path) -> str | None:
    """Why this user can't use the folder; None if they can."""
    if folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return None
    return f"The folder {folder} must belong to the user that runs the panel (number {os.geteuid()})."
