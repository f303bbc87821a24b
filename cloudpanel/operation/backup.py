"""Backs up and restores the database and the keys: `manage.py backup` and `manage.py restore`.

Keep both apart: whoever has both can compute everybody's codes.
"""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.utils import timezone

from accounts.models import Session
from cloudpanel.applications.openid.models import Grant, Token
from cloudpanel.operation import sqlite_copy
from cloudpanel.operation.sqlite_copy import Refused

KEYS = ("secret_key", "twofactor_keys")
SUFFIXES = {"sqlite": ".sqlite3", "postgresql": ".dump"}


def back_up(folder: Path, keys: Path | None) -> list[Path]:
    """Writes the database to `folder` and, if given, the keys to `keys`, readable by this user only. Returns the
    files."""
    if keys and _within(keys, folder):
        raise Refused(
            "Keep the keys and the copies in folders of which none is in the other:"
            " whoever has both can compute everybody's codes."
        )
    for needed in filter(None, (folder, keys)):
        _open_folder(needed.absolute())
    vendor = connections["default"].vendor
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    file = folder / f"cloudpanel-{stamp}{SUFFIXES[vendor]}"
    create(file)
    try:
        _copy_database(vendor, file)
    except BaseException:
        file.unlink()
        raise
    return [file, *(_copy_keys(keys, stamp) if keys else ())]


def _open_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        usable = os.access(folder, os.W_OK | os.X_OK)
    except PermissionError:
        usable = False
    if not usable:
        raise Refused(
            f"The panel's user can't write to {folder}. Run: install -d -o cloudpanel -g cloudpanel -m 0700 {folder}"
        )


def _copy_database(vendor: str, file: Path) -> None:
    if vendor == "sqlite":
        sqlite_copy.back_up(Path(settings.DATABASES["default"]["NAME"]), file)
    else:
        _run(["pg_dump", "--format=custom", f"--file={file}", f"--dbname={_name()}"])


def _within(one: Path, other: Path) -> bool:
    """Whether both are the same folder, or one contains the other."""
    first, second = one.resolve(), other.resolve()
    return first.is_relative_to(second) or second.is_relative_to(first)


def restore(file: Path) -> None:
    """Replaces the database by a copy; on PostgreSQL completely or not at all."""
    file = file.absolute()
    try:
        if not file.is_file():
            raise Refused(f"There is no file {file}.")
        is_sqlite = sqlite_copy.is_sqlite(file)
    except PermissionError:
        raise Refused(
            f"The panel's user can't read {file}. Move it to a folder that this user can open,"
            " and run chown cloudpanel: on it."
        ) from None
    vendor = connections["default"].vendor
    if is_sqlite != (vendor == "sqlite"):
        raise Refused(f"{file} is not a copy of a {'SQLite' if vendor == 'sqlite' else 'PostgreSQL'} database.")
    connections.close_all()
    if is_sqlite:
        sqlite_copy.restore(file, Path(settings.DATABASES["default"]["NAME"]))
    else:
        options = ["--clean", "--if-exists", "--exit-on-error", "--single-transaction", "--no-owner"]
        _run(["pg_restore", *options, f"--dbname={_name()}", str(file)])


def end_everything_open() -> None:
    """Deletes logins and tokens from the time of the copy, which may have been ended since."""
    now = timezone.now()
    Session.objects.all().delete()
    for model in (Grant, Token):
        model.objects.filter(revoked_at__isnull=True).update(revoked_at=now)


def create(file: Path) -> None:
    """Creates the file with its permissions before anything is written, so that nobody else can read it at any time."""
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise Refused(f"{file} was made in this very second, and stays as it is. Try again.") from None


def _copy_keys(folder: Path, stamp: str) -> list[Path]:
    """Writes the keys in use, wherever they were configured."""
    values = (settings.SECRET_KEY, "\n".join(settings.TWOFACTOR_KEYS))
    files = [folder / f"{name}-{stamp}" for name in KEYS]
    for file, value in zip(files, values, strict=True):
        create(file)
        file.write_text(f"{value}\n")
    return files


def _name() -> str:
    return str(connections["default"].settings_dict["NAME"])


def _run(command: list[str]) -> None:
    """Runs a program of PostgreSQL. Connection and password are passed in its environment, where `ps` doesn't show
    them."""
    given = connections["default"].settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    own = {name: str(given[setting]) for name, setting in names.items() if given.get(setting)}
    try:
        ran = subprocess.run(command, env=os.environ | own, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise Refused(f"{command[0]} is missing. Run: apt install postgresql-client") from None
    if ran.returncode:
        raise Refused(f"{command[0]} failed: {ran.stderr.strip()}")
