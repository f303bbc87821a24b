"""Copies PostgreSQL databases by pg_dump, pg_restore and psql."""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connections

from cloudpanel.operation.sqlite_copy import CopyRefused, Migrations

# What the schema holds, except for what belongs to extensions and what goes with its table. The names are collected
# first: CASCADE takes some along.
_EMPTY = """
DO $$
DECLARE
    found text[];
    one text;
BEGIN
    SELECT array_agg(kind || ' IF EXISTS ' || name) INTO found FROM (
        SELECT tableoid, oid, CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
            WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, oid::regclass::text AS name
        FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
        UNION ALL SELECT tableoid, oid, 'ROUTINE', oid::regprocedure::text
        FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
        UNION ALL SELECT tableoid, oid, 'TYPE', oid::regtype::text
        FROM pg_type WHERE typnamespace = current_schema()::regnamespace AND typtype IN ('e', 'd')
    ) AS object WHERE NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = object.tableoid AND objid = object.oid AND deptype IN ('e', 'i', 'a')
    );
    FOREACH one IN ARRAY coalesce(found, '{}') LOOP
        EXECUTE 'DROP ' || one || ' CASCADE';
    END LOOP;
END
$$
"""


def back_up(file: Path) -> None:
    _run(["pg_dump", "--format=custom", f"--file={file}", f"--dbname={_name()}"])


def restore(file: Path) -> None:
    """One transaction empties the schema, also of tables that are newer than the copy, and fills it again."""
    with TemporaryDirectory() as folder:
        statements = Path(folder) / "copy.sql"
        _run(["pg_restore", "--clean", "--if-exists", "--no-owner", f"--file={statements}", str(file)])
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", f"--dbname={_name()}"]
        _run(["psql", *options, f"--command={_EMPTY}", f"--file={statements}"])


def migrations(file: Path) -> Migrations:
    """Those that were applied to the database of this copy."""
    table = _run(["pg_restore", "--data-only", "--table=django_migrations", "--file=-", str(file)])
    rows = [line.split("\t") for line in table.splitlines()]
    return {(row[1], row[2]) for row in rows if len(row) == 4}


def _name() -> str:
    return str(connections["default"].settings_dict["NAME"])


def _run(command: list[str]) -> str:
    """Runs a program of PostgreSQL and returns what it writes."""
    try:
        ran = subprocess.run(command, env=os.environ | environment(), capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise CopyRefused(f"{command[0]} is missing. Run: apt install postgresql-client") from None
    if ran.returncode:
        raise CopyRefused(f"{command[0]} failed: {ran.stderr.strip()}")
    return ran.stdout


def environment() -> dict[str, str]:
    """Connection, password and certificates as in DATABASE_URL, where `ps` doesn't show them."""
    connection = connections["default"]
    given = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER"}
    own = {name: str(given[setting]) for name, setting in names.items() if given.get(setting)}
    if given["OPTIONS"].get("options"):
        own["PGOPTIONS"] = given["OPTIONS"]["options"]
    _, rest = connection.client.settings_to_cmd_args_env(given, [])
    return own | (rest or {})
