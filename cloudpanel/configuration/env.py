"""Reads the environment into typed values.

Every variable NAME may also be given as NAME_FILE, a file that contains the value. Reading never raises: an unusable
value is replaced by the default and its reason kept, so that the start can report all of them together (safety.py).
Secrets that the environment lacks are read from var/, where `make run` writes them. The settings file
(settings_file.py) adds to the environment as soon as this module is imported.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudpanel.configuration import mail_env, settings_file
from cloudpanel.configuration.addresses import default_database
from cloudpanel.configuration.public_url import PANEL_PORT, PublicUrl
from cloudpanel.configuration.reader import UNIX, Network, Reader, split
from cloudpanel.configuration.settings_file import VAR

FILE_PROBLEMS = settings_file.load()


@dataclass(frozen=True)
class Config:
    """All settings of the operator. `problems` has one sentence for each value that could not be read."""

    debug: bool
    panel_name: str
    public_url: PublicUrl
    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    twofactor_keys: tuple[str, ...]
    database: dict[str, Any]
    email: dict[str, Any] | None
    email_ca_file: str
    trusted_proxies: tuple[Network, ...] | None
    trusts_unix: bool
    """Whether connections through a unix socket come from a trusted proxy."""
    allowed_hosts: tuple[str, ...]
    backchannel_networks: tuple[Network, ...]
    """Private networks whose applications may be told that a session has ended."""
    session_idle_minutes: float
    session_hours: float
    password_min_length: int
    metrics_token: str
    drain_seconds: float
    log_format: str
    """`json` or `text`."""
    access_log: bool
    error_reports_to: str
    """An email address; empty for nobody."""
    sentry_dsn: str
    """The address of a Sentry project; empty for none."""
    security_contact: str
    """A `mailto:` or `https://` address; empty if none was given."""
    problems: tuple[str, ...]


def read(values: Mapping[str, str] = os.environ, var: Path = VAR) -> Config:
    """Reads the whole configuration."""
    reader = Reader(values, var)
    config: dict[str, Any] = {
        "debug": reader.flag("DEBUG"),
        "panel_name": reader.line("PANEL_NAME", "Cloud Panel"),
        "public_url": reader.public_url("PUBLIC_URL", f"http://localhost:{reader.port('PORT', PANEL_PORT)}"),
        "secret_key": reader.secret("SECRET_KEY"),
        "secret_key_fallbacks": reader.words("SECRET_KEY_FALLBACKS"),
        "twofactor_keys": split(reader.secret("TWOFACTOR_KEYS")),
        "database": reader.database("DATABASE_URL", default_database()),
        "email": reader.email("EMAIL_URL"),
        "email_ca_file": mail_env.ca_file(reader.text("EMAIL_CA_FILE"), reader.problems),
        "trusted_proxies": reader.networks("TRUSTED_PROXIES"),
        "trusts_unix": UNIX in (word.lower() for word in reader.words("TRUSTED_PROXIES")),
        "allowed_hosts": reader.hosts("ALLOWED_HOSTS"),
        "backchannel_networks": reader.networks("BACKCHANNEL_NETWORKS") or (),
        "session_idle_minutes": reader.number("SESSION_IDLE_MINUTES", 30),
        "session_hours": reader.number("SESSION_HOURS", 12),
        "password_min_length": reader.whole("PASSWORD_MIN_LENGTH", 15),
        "metrics_token": reader.token("METRICS_TOKEN"),
        "drain_seconds": reader.number("DRAIN_SECONDS", 3),
        "log_format": reader.choice("LOG_FORMAT", ("json", "text")),
        "access_log": reader.flag("ACCESS_LOG"),
        "error_reports_to": reader.address("ERROR_REPORTS_TO"),
        "sentry_dsn": reader.sentry("SENTRY_DSN"),
        "security_contact": reader.contact("SECURITY_CONTACT"),
    }
    file_problems = FILE_PROBLEMS if values is os.environ else ()
    return Config(**config, problems=(*file_problems, *reader.problems))
