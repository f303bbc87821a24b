"""Parses settings from an environment. Nothing raises: an unusable value is replaced by the default and reported in
`problems`."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from environ.fileaware_mapping import FileAwareMapping

from cloudpanel.configuration.addresses import database_problem, parse_database, parse_email
from cloudpanel.configuration.public_url import HOST_NAME, PublicUrl, parse_public_url

Network = IPv4Network | IPv6Network

ALLOWED_HOST = re.compile(rf"\.?{HOST_NAME.pattern}|\[[0-9a-f:.]+\]|\*", re.IGNORECASE)
FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
CONTACT = re.compile(r"https://[!-~]+|(mailto:)?[^\s@:/]+@[^\s@:/]+")
EMAIL_ADDRESS = re.compile(r"[^\s@:/]+@[^\s@:/]+")
SENTRY_DSN = re.compile(r"https?://[0-9A-Za-z]+@[0-9A-Za-z.-]+(:[0-9]{1,5})?(/[0-9A-Za-z_-]+)*/[0-9]+")
TOKEN_MIN_LENGTH = 20
TOKEN_VARIETY = 6  # different characters; fewer are not random, even among hexadecimal digits
UNIX = "unix"


@dataclass
class Reader:
    """Parses the settings of one environment."""

    values: Mapping[str, str]
    var: Path
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._values = FileAwareMapping(dict(self.values), cache=False)

    def given(self, name: str) -> bool:
        return name in self.values or f"{name}_FILE" in self.values

    def text(self, name: str, default: str = "") -> str:
        try:
            found = str(self._values[name]).strip()
            found.encode()
            return found or default
        except KeyError:
            return default
        except UnicodeEncodeError:
            self.problems.append(f"{name} is not UTF-8 text.")
            return default
        except (OSError, ValueError):
            self.problems.append(f"{name}_FILE names a file that cannot be read.")
            return default

    def secret(self, name: str) -> str:
        """A secret. If the variable is missing, it is read from the file in var/; if it is empty, it stays empty."""
        stored = self.var / name.lower()
        try:
            return self.text(name) if self.given(name) or not stored.is_file() else stored.read_text().strip()
        except OSError:
            self.problems.append(f"{name}: this user cannot read {stored}.")
            return ""

    def token(self, name: str) -> str:
        text = self.text(name)
        if not text or (len(text) >= TOKEN_MIN_LENGTH and len(set(text)) >= TOKEN_VARIETY):
            return text
        self.problems.append(f"{name} is too short: it needs at least {TOKEN_MIN_LENGTH} random characters.")
        return ""

    def words(self, name: str) -> tuple[str, ...]:
        return split(self.text(name))

    def flag(self, name: str) -> bool:
        text = self.text(name, "no").lower()
        if text not in FLAGS:
            self.problems.append(f"{name} must be yes or no.")
        return FLAGS.get(text, False)

    def choice(self, name: str, words: tuple[str, ...]) -> str:
        """One of `words`; the first by default."""
        text = self.text(name, words[0]).lower()
        if text in words:
            return text
        self.problems.append(f"{name} must be {' or '.join(words)}.")
        return words[0]

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
        """Networks in CIDR notation. None if not set; empty for "none", which means that there is no proxy. "unix" is
        skipped here."""
        text = self.text(name)
        if text.lower() in ("", "none"):
            return () if text else None
        words = (word for word in split(text) if word.lower() != UNIX)
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
            self.problems.append(
                f"{name} must be http:// or https:// with a host name and nothing after it. A host name has letters,"
                " digits, hyphens and dots, and no underscore."
            )
            return parse_public_url("http://127.0.0.1")

    def contact(self, name: str) -> str:
        """A URL; an email address becomes a `mailto:` URL."""
        text = self.text(name)
        if CONTACT.fullmatch(text):
            return text if text.startswith("https://") else f"mailto:{text.removeprefix('mailto:')}"
        if text:
            self.problems.append(f"{name} must be an email address or begin with https://.")
        return ""

    def address(self, name: str) -> str:
        text = self.text(name)
        if text and not EMAIL_ADDRESS.fullmatch(text):
            self.problems.append(f"{name} must be an email address.")
            return ""
        return text

    def sentry(self, name: str) -> str:
        """The DSN of a Sentry project. It contains a key, so the problem does not repeat it."""
        text = self.text(name)
        if text and not SENTRY_DSN.fullmatch(text):
            self.problems.append(f"{name} must be the DSN of a Sentry project: https://KEY@HOST/NUMBER.")
            return ""
        if text and find_spec("sentry_sdk") is None:
            self.problems.append(f"{name} needs the package sentry-sdk: .venv/bin/python -m pip install sentry-sdk")
            return ""
        return text

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Given but empty is refused: a server whose secret has got lost would open another, empty database."""
        known = len(self.problems)
        text = self.text(name)
        if text:
            try:
                found = parse_database(text)
                problem = database_problem(found)
            except ValueError:
                problem = (
                    "must be a sqlite:////path/to/file or postgres:// URL, in which #, ? and % of a path or password"
                    " are written as %23, %3F and %25."
                )
            if not problem:
                return found
            self.problems.append(f"{name} {problem}")
        elif self.given(name) and len(self.problems) == known:
            self.problems.append(f"{name} is empty. Remove it for the SQLite database in var/.")
        return parse_database(default)

    def email(self, name: str) -> dict[str, Any] | None:
        url = self.text(name)
        try:
            return parse_email(url) if url else None
        except ValueError:
            self.problems.append(f"{name} is not a known kind of mail URL.")
            return None


def split(text: str) -> tuple[str, ...]:
    """Splits at commas, spaces and line breaks."""
    return tuple(text.replace(",", " ").split())
