"""`copy_to`: an installation on SQLite, with people, factors and a log, goes on on PostgreSQL."""

import os
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.commands.test_backup import SERVER, Installation, drop

pytestmark = pytest.mark.skipif(not SERVER, reason="needs PostgreSQL")


@pytest.fixture
def target():
    name = f"copy_{os.getpid()}"
    drop(name)
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield urlsplit(SERVER)._replace(path=f"/{name}").geturl()
    drop(name)


@pytest.fixture
def source(tmp_path) -> Installation:
    made = Installation(tmp_path, f"sqlite:///{tmp_path / 'panel.sqlite3'}")
    made.settings["PUBLIC_URL"] = "http://127.0.0.1:8000"
    for command in (["migrate", "--noinput"], ["demo"], ["createowner", "alice", "--contract", "Alpha", "--noinput"]):
        ran = made.manage(*command)
        assert ran.returncode == 0, ran.stderr
    return made


def test_everybody_is_there_with_factors_and_log_and_numbers_go_on(source, target, tmp_path):
    people, status = source.usernames(), source.manage("twofactor", "status", "--json").stdout
    assert len(people) > 3
    copied = source.manage("copy_to", typed=target)
    assert copied.returncode == 0, copied.stderr
    assert "accounts_auditrow: " in copied.stdout
    moved = Installation(tmp_path, target)
    assert moved.manage("twofactor", "status", "--json").stdout == status
    assert moved.manage("createowner", "bob", "--contract", "Beta", "--noinput").returncode == 0
    assert moved.usernames() == sorted([*people, "bob"])


def test_a_database_that_holds_accounts_stays_as_it_is(source, target, tmp_path):
    assert source.manage("copy_to", typed=target).returncode == 0
    again = source.manage("copy_to", typed=target)
    assert again.returncode == 1
    assert "The target holds accounts already." in again.stderr
    assert Installation(tmp_path, target).usernames() == source.usernames()


@pytest.mark.parametrize("url", ["sqlite:///other.sqlite3", "mysql://host/name", "nonsense"])
def test_only_postgresql_is_a_target(source, url):
    refused = source.manage("copy_to", typed=url)
    assert refused.returncode == 1
    assert refused.stderr.startswith("CommandError: ")


def test_a_target_that_is_away_is_said_without_a_stack_trace(source):
    refused = source.manage("copy_to", typed="postgres://nobody@127.0.0.1:1/panel")
    assert refused.returncode == 1
    assert refused.stderr.startswith("CommandError: Nothing was copied: ")
