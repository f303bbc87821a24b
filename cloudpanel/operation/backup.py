"""Backs up and restores the database and the keys: `manage.py backup` and `manage.py restore`.

Keep both apart: whoever has both can compute everybody's codes.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from accounts.models import Session
from cloudpanel.applications.openid.models import Grant, Token
from cloudpanel.operation import postgresql_copy, sqlite_copy
from cloudpanel.operation.sqlite_copy import CopyRefused, Migrations

KEYS = ("secret_key", "twofactor_keys")
SUFFIXES = {"sqlite": ".sqlite3", "postgresql": ".dump"}


def back_up(folder: Path, keys: Path | None) -> list[Path]:
    """Writes the database to `folder` and, if given, the keys to `keys`, readable by this user only. Returns the
    files."""
    if keys and _within(keys, folder):
        raise CopyRefused(
            "Keep the keys and the copies in folders of which none is in the other:"
            " whoever has both can compute everybody's codes."
        )
    for needed in filter(None, (folder, keys)):
        _open_folder(needed.absolute())
    vendor = connections["default"].vendor
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    files = [folder / f"cloudpanel-{stamp}{SUFFIXES[vendor]}"]
    if keys:
        files += [keys / f"{name}-{stamp}" for name in KEYS]
    with ExitStack() as stack:
        database, *others = [stack.enter_context(new_file(file)) for file in files]
        _copy_database(vendor, database)
        for file, value in zip(others, (settings.SECRET_KEY, "\n".join(settings.TWOFACTOR_KEYS)), strict=False):
            file.write_text(f"{value}\n")
    return files


def _open_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        usable = os.access(folder, os.W_OK | os.X_OK)
    except PermissionError:
        usable = False
    except (FileExistsError, NotADirectoryError):
        raise CopyRefused(f"{folder} can't be a folder: there is a file of this name, or above it.") from None
    if not usable:
        raise CopyRefused(
            f"The panel's user can't write to {folder}. Run: install -d -o cloudpanel -g cloudpanel -m 0700 {folder}"
        )


def _copy_database(vendor: str, file: Path) -> None:
    if vendor == "sqlite":
        sqlite_copy.back_up(_sqlite_file(), file)
    else:
        postgresql_copy.back_up(file)
    if not _is_of_the_panel(_migrations(file)):
        raise CopyRefused("The database of DATABASE_URL holds no tables of the panel, so nothing was copied.")


def _sqlite_file() -> Path:
    return Path(settings.DATABASES["default"]["NAME"])


def _within(one: Path, other: Path) -> bool:
    """Whether both are the same folder, or one contains the other."""
    first, second = one.resolve(), other.resolve()
    return first.is_relative_to(second) or second.is_relative_to(first)


def restore(file: Path) -> None:
    """Replaces the database by a copy; on PostgreSQL completely or not at all."""
    file = file.absolute()
    try:
        if not file.is_file():
            raise CopyRefused(f"There is no file {file}.")
        is_sqlite = sqlite_copy.is_sqlite(file)
    except PermissionError:
        raise CopyRefused(
            f"The panel's user can't read {file}. Move it to a folder that this user can open,"
            " and run chown cloudpanel: on it."
        ) from None
    vendor = connections["default"].vendor
    if is_sqlite != (vendor == "sqlite"):
        raise CopyRefused(f"{file} is not a copy of a {'SQLite' if vendor == 'sqlite' else 'PostgreSQL'} database.")
    _check_version(file)
    connections.close_all()
    if is_sqlite:
        sqlite_copy.restore(file, _sqlite_file())
    else:
        postgresql_copy.restore(file)


def _check_version(file: Path) -> None:
    applied = _migrations(file)
    if not _is_of_the_panel(applied):
        raise CopyRefused(f"{file} is not a copy of a panel's database.")
    if unknown := applied - _known():
        app, name = min(unknown)
        raise CopyRefused(f"{file} was made by a newer version: it has the migration {app}.{name}. Upgrade first.")


def _migrations(file: Path) -> Migrations:
    return sqlite_copy.migrations(file) if sqlite_copy.is_sqlite(file) else postgresql_copy.migrations(file)


def _is_of_the_panel(applied: Migrations) -> bool:
    return any(app == "accounts" for app, _ in applied)


def _known() -> Migrations:
    on_disk = MigrationLoader(None).disk_migrations
    replaced = {old for migration in on_disk.values() for old in migration.replaces}
    return {*on_disk, *replaced}


def end_sessions() -> None:
    """Deletes all sessions, also from tables that are not migrated yet."""
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM accounts_session")


def end_everything_open() -> None:
    """Deletes logins and tokens from the time of the copy, which may have been ended since."""
    now = timezone.now()
    Session.objects.all().delete()
    for model in (Grant, Token):
        model.objects.filter(revoked_at__isnull=True).update(revoked_at=now)


@contextmanager
def new_file(file: Path) -> Iterator[Path]:
    """Yields the path to write to, readable by this user only at any time. The file gets its name once it is whole."""
    part = file.with_name(f"{file.name}.part")
    try:
        if file.exists():
            raise FileExistsError
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise CopyRefused(f"{file} was made in this very second, and stays as it is. Try again.") from None
    try:
        yield part
        part.rename(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
