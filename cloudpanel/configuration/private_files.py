"""What the panel keeps on this machine is for its own user alone: folders 700, files 600, whoever made them and how."""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

UMASK = 0o077
SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")


def database_files(database: dict[str, object]) -> list[Path]:
    """The files of a SQLite database; none of another kind."""
    if not str(database["ENGINE"]).endswith("sqlite3") or database["NAME"] == ":memory:":
        return []
    return [Path(f"{database['NAME']}{suffix}") for suffix in SQLITE_SUFFIXES]


def make_private(folder: Path, others: Iterable[Path] = ()) -> list[Path]:
    """Closes a folder with all in it, and other files. Returns what belongs to another user and stays open."""
    return [path for path in (folder, *folder.rglob("*"), *others) if not _close(path)]


def _close(path: Path) -> bool:
    """False where this user may not. Files come and go while servers run; what a link leads to is left alone."""
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
    """Why this user cannot work with the folder; None where it can."""
    if folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return None
    return f"The folder {folder} must belong to the user that runs the panel (number {os.geteuid()})."
