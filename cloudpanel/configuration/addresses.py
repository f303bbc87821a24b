"""Parses the URLs of the database and of mail into settings. ValueError for a URL that can't be used."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from django.utils.module_loading import import_string
from environ import Env

from cloudpanel.configuration.settings_file import VAR

MAIL_PORTS = {"smtp": 25, "smtps": 587, "smtp+tls": 587, "smtp+ssl": 465}
DATABASE_SCHEMES = frozenset({"sqlite", "postgres", "postgresql"})
IN_MEMORY = ("sqlite://:memory:", "sqlite:///:memory:")
THRESHOLD = "prepare_threshold"
OWN_OPTIONS = {THRESHOLD, "assume_role", "isolation_level", "server_side_binding"}


def parse_database(url: str) -> dict[str, Any]:
    """Django's settings for a database URL. Relative SQLite paths start at the checkout, so that all commands use the
    same file.

    Characters with a meaning in URLs are written as %23 (#), %3F (?) and %25 (%).
    """
    parts = urlsplit(url)
    if parts.scheme not in DATABASE_SCHEMES or parts.fragment:
        raise ValueError(url)
    if parts.scheme == "sqlite" and url not in IN_MEMORY:
        return {"ENGINE": Env.DB_SCHEMES["sqlite"], "NAME": _sqlite_file(parts)}
    found: dict[str, Any] = Env.db_url_config(url)
    if not found["NAME"]:
        raise ValueError(url)
    return found | _prepared(found.get("OPTIONS", {}))


def _sqlite_file(parts: SplitResult) -> str:
    path = unquote(parts.path[1:])
    if not path or parts.netloc or parts.query or "\0" in path:
        raise ValueError(path)
    return str(VAR.parent / path)


def database_problem(database: dict[str, Any]) -> str:
    """Why these settings can name no database, to follow the name of the setting; empty if they can."""
    if database["ENGINE"].endswith("sqlite3"):
        return _file_problem(database["NAME"])
    unknown = sorted(database.get("OPTIONS", {}).keys() - _known_options())
    return f"has an option that PostgreSQL does not know: {unknown[0]}." if unknown else ""


def _known_options() -> set[str]:
    """Those of libpq, and those that psycopg and Django take besides. Only PostgreSQL needs psycopg to be loaded."""
    defaults = import_string("psycopg.pq.Conninfo").get_defaults()
    return {option.keyword.decode() for option in defaults} | OWN_OPTIONS


def _file_problem(file: str) -> str:
    if file == ":memory:":
        return ""
    if not os.path.isdir(folder := Path(file).parent):
        return (
            f"names the folder {folder}, which does not exist. An absolute path follows three slashes: sqlite:////path."
        )
    if os.path.exists(file) and not os.path.isfile(file):
        return f"names {file}, which is not a file."
    return ""


def _prepared(options: dict[str, Any]) -> dict[str, Any]:
    """`?prepare_threshold=none` is for a pooler that gives each transaction another connection, such as PgBouncer.

    Prepared statements and server-side cursors can't be used then, as they last longer than a transaction.
    """
    if THRESHOLD not in options:
        return {}
    given = options[THRESHOLD]
    if str(given).lower() == "none":
        return {"OPTIONS": options | {THRESHOLD: None}, "DISABLE_SERVER_SIDE_CURSORS": True}
    if type(given) is not int or given < 0:
        raise ValueError(f"{THRESHOLD}={given}")
    return {}


def default_database() -> str:
    return f"sqlite:///{quote(str(VAR / 'db.sqlite3'))}"


def parse_email(url: str) -> dict[str, Any]:
    """Django's EMAIL_* settings for a mail URL. `?from=` is the sender; a folder for mails is always an absolute path.

    `filemail://` without a folder means var/mail.
    """
    parts = urlsplit(url)
    scheme = parts.scheme
    if scheme not in Env.EMAIL_SCHEMES or parts.fragment:
        raise ValueError(url)
    found: dict[str, Any] = Env.email_url_config(url)
    sender: dict[str, Any] = found.pop("OPTIONS", {"FROM": None})
    if sender.keys() != {"FROM"} or (scheme in MAIL_PORTS and not found["EMAIL_HOST"]):
        raise ValueError(url)
    found["EMAIL_FILE_PATH"] = f"/{unquote(parts.path).lstrip('/')}" if parts.path else str(VAR / "mail")
    found["EMAIL_PORT"] = found["EMAIL_PORT"] or MAIL_PORTS.get(scheme)
    return found | sender
