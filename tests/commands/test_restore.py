"""What `restore` takes, and what is left of the database that it replaces."""

import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connections

from cloudpanel.configuration.addresses import parse_database
from cloudpanel.operation import backup, postgresql_copy, sqlite_copy
from cloudpanel.operation.sqlite_copy import CopyRefused
from tests.commands.test_backup import (
    SERVER,
    Installation,
    add_alice,
    copy,
    drop,
    installation,
    only_sqlite,
    with_alice,
)

__all__ = ["installation"]

only_postgresql = pytest.mark.skipif(not SERVER, reason="needs PostgreSQL")


def restore(installation: Installation, file: Path) -> subprocess.CompletedProcess[str]:
    return installation.manage("restore", str(file), "--noinput")


def migrate(installation: Installation, *state: str) -> None:
    done = installation.manage("migrate", *state, "--noinput")
    assert done.returncode == 0, done.stderr


def test_a_copy_of_an_older_version_replaces_a_newer_database(installation):
    migrate(installation, "accounts", "0012")
    migrate(installation, "twofactor", "0002")
    older = copy(installation)
    add_alice(installation)
    restored = restore(installation, older)
    assert restored.returncode == 0, restored.stderr
    assert installation.usernames() == []
    assert installation.manage("migrate", "--check").returncode == 0
    assert installation.manage("createowner", "bob", "--contract", "Beta", "--noinput").returncode == 0


@pytest.fixture
def ordinary(tmp_path):
    """A database whose owner is no superuser, and that holds more than the panel's tables."""
    name = role = f"ordinary_{tmp_path.name[-20:]}".lower().replace("-", "_")
    drop(name)
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {role}")
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'seven'")
        connection.execute(f"CREATE DATABASE {name} OWNER {role}")
    parts = urlsplit(SERVER)
    host = parts.netloc.rpartition("@")[2]
    yield Installation(tmp_path, parts._replace(netloc=f"{role}:seven@{host}", path=f"/{name}").geturl())
    drop(name)
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"DROP ROLE {role}")


def execute(installation: Installation, sql: str) -> list:
    with psycopg.connect(installation.settings["DATABASE_URL"], autocommit=True) as connection:
        found = connection.execute(sql)
        return found.fetchall() if found.description else []


@only_postgresql
def test_the_owner_of_the_database_restores_it_with_nothing_left_of_what_came_later(ordinary):
    copied = with_alice(ordinary)
    execute(ordinary, "CREATE TYPE mood AS ENUM ('ok'); CREATE DOMAIN word AS text; CREATE SEQUENCE numbers")
    execute(ordinary, "CREATE TABLE later (mood mood, word word, owner_id bigint REFERENCES accounts_user)")
    execute(ordinary, "CREATE VIEW shown AS SELECT * FROM later")
    restored = restore(ordinary, copied)
    assert restored.returncode == 0, restored.stderr
    assert ordinary.usernames() == ["alice"]
    left = "SELECT relname FROM pg_class WHERE relname IN ('later', 'shown', 'numbers')"
    assert execute(ordinary, f"{left} UNION SELECT typname FROM pg_type WHERE typname IN ('mood', 'word')") == []


@only_postgresql
def test_a_restore_that_fails_changes_nothing(ordinary):
    path = urlsplit(ordinary.settings["DATABASE_URL"]).path
    with psycopg.connect(urlsplit(SERVER)._replace(path=path).geturl()) as root:  # what no ordinary role can make again
        root.execute("CREATE FUNCTION forbidden(int) RETURNS int LANGUAGE internal AS 'int4abs'")
    copied = with_alice(ordinary)
    ordinary.manage("createowner", "bob", "--contract", "Beta", "--noinput")
    refused = restore(ordinary, copied)
    assert refused.returncode == 1
    assert refused.stderr.startswith("CommandError: psql failed: ")
    assert ordinary.usernames() == ["alice", "bob"]


def test_a_copy_of_a_newer_version_is_refused(installation):
    add_alice(installation)
    add = "MigrationRecorder(connection).record_applied('accounts', '9999_later')"
    installation.run(
        "from django.db import connection; from django.db.migrations.recorder import MigrationRecorder; " + add
    )
    newer = copy(installation)
    installation.run("from accounts.models import User; User.objects.update(name='Kept')")
    refused = restore(installation, newer)
    assert refused.returncode == 1
    assert "newer version: it has the migration accounts.9999_later" in refused.stderr
    assert installation.run("from accounts.models import User; print(User.objects.get().name)") == "Kept"


@only_sqlite
def test_a_database_of_something_else_is_refused(installation):
    add_alice(installation)
    file = installation.folder / "foreign.sqlite3"
    with sqlite3.connect(file) as foreign:
        foreign.execute("CREATE TABLE songs (title text)")
    foreign.close()
    refused = restore(installation, file)
    assert refused.stderr == f"CommandError: {file} is not a copy of a panel's database.\n"
    assert installation.usernames() == ["alice"]


def test_an_empty_database_is_not_backed_up(installation):
    if not SERVER:
        (installation.folder / "panel.sqlite3").touch()
    refused = installation.manage("backup", str(installation.folder / "copies"))
    assert "holds no tables of the panel" in refused.stderr
    assert not list((installation.folder / "copies").iterdir())


def test_a_backup_with_a_mistyped_path_makes_no_database(tmp_path):
    mistyped = tmp_path / "panle.sqlite3"
    with pytest.raises(CopyRefused, match="can't be copied"):
        sqlite_copy.back_up(mistyped, tmp_path / "copy.part")
    assert not mistyped.exists()


def test_sessions_of_that_time_end_even_if_the_copy_can_not_be_migrated(installation):
    installation.manage("migrate", "--noinput")
    installation.run("store = SessionStore(); store['x'] = 1; store.save()")
    forget = "connection.cursor().execute(\"DELETE FROM django_migrations WHERE app = 'twofactor'\")"
    installation.run(f"from django.db import connection; {forget}")
    failed = restore(installation, copy(installation))
    assert failed.returncode == 1
    assert failed.stderr.startswith("CommandError: The copy is restored, but it could not be migrated: ")
    assert "Don't start the panel." in failed.stderr
    assert installation.run("print(Session.objects.count())") == "0"


def test_a_file_gets_its_name_once_it_is_whole(tmp_path):
    file = tmp_path / "cloudpanel.dump"
    with backup.new_file(file) as part:
        part.write_text("half")
        assert [found.name for found in tmp_path.iterdir()] == ["cloudpanel.dump.part"]
    assert [found.name for found in tmp_path.iterdir()] == ["cloudpanel.dump"]


def write_half(file: Path) -> None:
    with backup.new_file(file) as part:
        part.write_text("half")
        raise OSError("disk full")


def test_a_file_that_is_not_finished_is_removed(tmp_path):
    with pytest.raises(OSError, match="disk full"):
        write_half(tmp_path / "cloudpanel.dump")
    assert not list(tmp_path.iterdir())


def test_postgresqls_programs_get_the_certificates_of_the_url(monkeypatch):
    url = "postgres://panel:secret@db/panel?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem"
    connection = connections["default"]
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    monkeypatch.setattr(connection, "settings_dict", connection.settings_dict | parse_database(url))
    assert postgresql_copy.environment() == {
        "PGHOST": "db",
        "PGUSER": "panel",
        "PGPASSWORD": "secret",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/ca.pem",
        "PGSSLCERT": "/c.pem",
        "PGSSLKEY": "/k.pem",
    }
