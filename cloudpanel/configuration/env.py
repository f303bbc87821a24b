"""What the environment says, as typed values.

Every variable NAME may also be given as NAME_FILE, a file that holds the value. Reading never raises.
A value that cannot be used is replaced by the default and its reason kept, so that start-up can name all of them
together (safety.py). Secrets that are not in the environment at all are read from var/, where `make run` puts them.
The settings file (settings_file.py) adds to the environment what it lacks, as soon as this is imported.
"""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from environ.fileaware_mapping import FileAwareMapping

from cloudpanel.configuration import mail_env, settings_file
from cloudpanel.configuration.addresses import default_database, parse_database, parse_email
from cloudpanel.configuration.public_url import HOST_NAME, PANEL_PORT, PublicUrl, parse_public_url
from cloudpanel.configuration.settings_file import VAR

FILE_PROBLEMS = settings_file.load()

Network = IPv4Network | IPv6Network

ALLOWED_HOST = re.compile(rf"\.?{HOST_NAME.pattern}|\[[0-9a-f:.]+\]|\*", re.IGNORECASE)
FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
CONTACT = re.compile(r"https://[!-~]+|(mailto:)?[^\s@:/]+@[^\s@:/]+")
TOKEN_MIN_LENGTH = 20
UNIX = "unix"


@dataclass(frozen=True)
class Config:
    """All that an operator can set. `problems` names each value that could not be read."""

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
    """Whoever connects through a unix socket is a trusted proxy."""
    allowed_hosts: tuple[str, ...]
    backchannel_networks: tuple[Network, ...]
    """Private networks in which applications may be told that a session is over."""
    session_idle_minutes: float
    session_hours: float
    password_min_length: int
    metrics_token: str
    drain_seconds: float
    security_contact: str
    """A `mailto:` or `https://` address; empty if none was given."""
    problems: tuple[str, ...]


@dataclass
class Reader:
    """Typed readers over one environment."""

    values: Mapping[str, str]
    var: Path
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._values = FileAwareMapping(dict(self.values), cache=False)

    def given(self, name: str) -> bool:
        return name in self.values or f"{name}_FILE" in self.values

    def text(self, name: str, default: str = "") -> str:
        try:
            return str(self._values[name]).strip() or default
        except KeyError:
            return default
        except (OSError, ValueError):
            self.problems.append(f"{name}_FILE names a file that cannot be read.")
            return default

    def secret(self, name: str) -> str:
        """Given but empty stays empty: only a variable that is not there at all falls back to the file in var/."""
        stored = self.var / name.lower()
        try:
            return self.text(name) if self.given(name) or not stored.is_file() else stored.read_text().strip()
        except OSError:
            self.problems.append(f"{name}: this user cannot read {stored}.")
            return ""

    def token(self, name: str) -> str:
        text = self.text(name)
        if not text or len(text) >= TOKEN_MIN_LENGTH:
            return text
        self.problems.append(f"{name} is too short: it needs at least {TOKEN_MIN_LENGTH} random characters.")
        return ""

    def words(self, name: str) -> tuple[str, ...]:
        return _split(self.text(name))

    def flag(self, name: str) -> bool:
        text = self.text(name, "no").lower()
        if text not in FLAGS:
            self.problems.append(f"{name} must be yes or no.")
        return FLAGS.get(text, False)

    def number(self, name: str, default: float) -> float:
        try:
            return float(self.text(name, str(default)))
        except ValueError:
            return math.nan

    def whole(self, name: str, default: int) -> int:
        try:
            return int(self.text(name, str(default)))
        except ValueError:
            self.problems.append(f"{name} must be a whole number.")
            return default

    def port(self, name: str, default: int) -> int:
        text = self.text(name, str(default))
        if text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) < 65536:
            return int(text)
        self.problems.append(f"{name} must be a whole number from 1 to 65535.")
        return default

    def hosts(self, name: str) -> tuple[str, ...]:
        found = self.words(name)
        for host in found:
            if not ALLOWED_HOST.fullmatch(host):
                self.problems.append(f"{name}: {host!r} is not the name of a host, without scheme, port and path.")
        return found

    def line(self, name: str, default: str) -> str:
        text = self.text(name, default)
        if text.isprintable():
            return text
        self.problems.append(f"{name} must be one line of text.")
        return default

    def networks(self, name: str) -> tuple[Network, ...] | None:
        """None where nothing was said; the word "none" says that there is no proxy. "unix" is no network."""
        text = self.text(name)
        if text.lower() in ("", "none"):
            return () if text else None
        words = (word for word in _split(text) if word.lower() != UNIX)
        return tuple(filter(None, (self._network(name, word) for word in words)))

    def _network(self, name: str, word: str) -> Network | None:
        try:
            return ip_network(word)
        except ValueError:
            self.problems.append(f"{name}: {word!r} is not a network.")
            return None

    def public_url(self, name: str, default: str) -> PublicUrl:
        try:
            return parse_public_url(self.text(name, default))
        except ValueError:
            self.problems.append(f"{name} must be http:// or https:// with a host name and nothing after it.")
            return parse_public_url("http://127.0.0.1")

    def contact(self, name: str) -> str:
        """An email address becomes a `mailto:` address."""
        text = self.text(name)
        if CONTACT.fullmatch(text):
            return text if text.startswith("https://") else f"mailto:{text.removeprefix('mailto:')}"
        if text:
            self.problems.append(f"{name} must be an email address or begin with https://.")
        return ""

    def database(self, name: str, default: str) -> dict[str, Any]:
        try:
            return parse_database(self.text(name, default))
        except ValueError:
            self.problems.append(
                f"{name} must be a sqlite:/// or postgres:// URL, in which #, ? and % of a path or password"
                " are written as %23, %3F and %25."
            )
            return parse_database(default)

    def email(self, name: str) -> dict[str, Any] | None:
        url = self.text(name)
        try:
            return parse_email(url) if url else None
        except ValueError:
            self.problems.append(f"{name} is not a known kind of mail URL.")
            return None


def _split(text: str) -> tuple[str, ...]:
    """Words between commas, blanks and line ends."""
    return tuple(text.replace(",", " ").split())


def read(values: Mapping[str, str] = os.environ, var: Path = VAR) -> Config:
    """The whole configuration, in one go."""
    reader = Reader(values, var)
    config: dict[str, Any] = {
        "debug": reader.flag("DEBUG"),
        "panel_name": reader.line("PANEL_NAME", "Cloud Panel"),
        "public_url": reader.public_url("PUBLIC_URL", f"http://localhost:{reader.port('PORT', PANEL_PORT)}"),
        "secret_key": reader.secret("SECRET_KEY"),
        "secret_key_fallbacks": reader.words("SECRET_KEY_FALLBACKS"),
        "twofactor_keys": _split(reader.secret("TWOFACTOR_KEYS")),
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
        "security_contact": reader.contact("SECURITY_CONTACT"),
    }
    file_problems = FILE_PROBLEMS if values is os.environ else ()
    return Config(**config, problems=(*file_problems, *reader.problems))
