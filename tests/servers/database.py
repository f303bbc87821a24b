"""A database of a test's own, for servers in processes of their own: a SQLite file, or one on PostgreSQL where
TEST_DATABASE_URL names a server.

What a test reads here it reads beside the panel, by plain SQL, as an operator would.
"""

import json
import os
import sqlite3
from contextlib import closing
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

SERVER = os.environ.get("TEST_DATABASE_URL", "")
POSTGRESQL = SERVER.startswith("postgres")
_numbers = count(1)


class Database:
    url: str

    def rows(self, sql: str, *values: Any) -> list[tuple]:
        raise NotImplementedError

    def write(self, sql: str, *values: Any) -> None:
        raise NotImplementedError

    def one(self, sql: str, *values: Any) -> Any:
        """The first column of the only row."""
        ((value,),) = self.rows(sql, *values)
        return value

    def user_id(self, username: str) -> int:
        return self.one("SELECT id FROM accounts_user WHERE username = %s", username)

    def log(self, username: str) -> list[tuple[str, str, dict]]:
        """What the audit log says about somebody: event, outcome, detail."""
        found = self.rows(
            "SELECT event, outcome, detail FROM accounts_auditrow WHERE target_id = %s ORDER BY id",
            self.user_id(username),
        )
        return [(event, outcome, _from_json(detail)) for event, outcome, detail in found]

    def events(self, username: str, event: str, outcome: str = "ok") -> int:
        return [row[:2] for row in self.log(username)].count((event, outcome))

    def drop(self) -> None:
        raise NotImplementedError


def _from_json(value: Any) -> dict:
    return json.loads(value) if isinstance(value, str) else value


class SqliteFile(Database):
    def __init__(self, folder: Path) -> None:
        self.path = folder / "panel.sqlite3"
        self.url = f"sqlite:///{self.path}"

    def rows(self, sql: str, *values: Any) -> list[tuple]:
        with closing(sqlite3.connect(self.path, timeout=20)) as connection:
            return connection.execute(sql.replace("%s", "?"), values).fetchall()

    def write(self, sql: str, *values: Any) -> None:
        """Moments as Django stores them in SQLite: UTC without a zone."""
        stored = [
            value.replace(tzinfo=None).isoformat(" ") if isinstance(value, datetime) else value for value in values
        ]
        with closing(sqlite3.connect(self.path, timeout=20)) as connection, connection:
            connection.execute(sql.replace("%s", "?"), stored)

    def drop(self) -> None:
        """It goes with its folder."""


class OnPostgres(Database):
    def __init__(self) -> None:
        self.name = f"servers_{os.getpid()}_{next(_numbers)}"
        self.url = urlsplit(SERVER)._replace(path=f"/{self.name}").geturl()
        self.maintenance = urlsplit(SERVER)._replace(path="/postgres").geturl()
        self._maintain(f"CREATE DATABASE {self.name}")

    def rows(self, sql: str, *values: Any) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql, values).fetchall()

    def write(self, sql: str, *values: Any) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(sql, values)

    def go_away(self) -> None:
        """The open connections are cut, and nobody gets a new one."""
        self._maintain(
            f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'",
        )

    def come_back(self) -> None:
        self._maintain(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")

    def drop(self) -> None:
        self._maintain(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _maintain(self, *statements: str) -> None:
        with psycopg.connect(self.maintenance, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def make(folder: Path) -> Database:
    return OnPostgres() if POSTGRESQL else SqliteFile(folder)
