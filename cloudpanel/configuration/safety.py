"""Finds settings with which the panel must not start. Pure: plain values in, sentences out.

All reasons are returned, so that an operator can fix them at once.
"""

import math
import re
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from cloudpanel.configuration.env import Config
from cloudpanel.configuration.reader import Network

SECRET_KEY_LENGTH = 50
SECRET_KEY_VARIETY = 10
SAMPLE_WORDS = ("insecure", "change", "sample", "example", "placeholder", "your-secret", "secret-key", "secret_key")
PASSWORD_LENGTHS = range(8, 1025)
LONGEST_SESSION_SECONDS = 366 * 24 * 3600
LONGEST_DRAIN_SECONDS = 600
FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


def seconds(value: float, unit: int) -> int:
    """A session limit in whole seconds; 0 if the value is no limit."""
    total = value * unit
    return int(total) if math.isfinite(total) and 0 < total <= LONGEST_SESSION_SECONDS else 0


def is_fernet_key(key: str) -> bool:
    """Whether it is exactly one key. The decoder of base64 would ignore anything after its end."""
    return bool(FERNET_KEY.fullmatch(key))


def reasons(config: Config) -> list[str]:
    """Every reason why production must not start with this configuration; empty if it may."""
    return [
        *config.problems,
        *_address_reasons(config),
        *_proxy_reasons(config),
        *_secret_key_reasons(config.secret_key),
        *_fallback_reasons(config.secret_key_fallbacks),
        *_twofactor_key_reasons(config),
        *_limit_reasons(config),
    ]


def _address_reasons(config: Config) -> list[str]:
    url, found = config.public_url, []
    if config.debug and not url.loopback:
        found.append("DEBUG must be off where PUBLIC_URL is not a loopback address.")
    if not url.https and not url.loopback:
        found.append("PUBLIC_URL must be https:// unless it is a loopback address.")
    if "*" in config.allowed_hosts:
        found.append("ALLOWED_HOSTS must name hosts; * would let every name in.")
    return found


def _proxy_reasons(config: Config) -> list[str]:
    if config.trusted_proxies is None:
        unset = "TRUSTED_PROXIES must be set where PUBLIC_URL is https://: the proxy's networks, or none."
        return [unset] if config.public_url.https else []
    networks: list[Network] = [
        *collapse_addresses(each for each in config.trusted_proxies if isinstance(each, IPv4Network)),
        *collapse_addresses(each for each in config.trusted_proxies if isinstance(each, IPv6Network)),
    ]  # two halves are the whole internet, too
    return [f"TRUSTED_PROXIES: {each} is the whole internet." for each in networks if each.prefixlen == 0]


def _secret_key_reasons(key: str) -> list[str]:
    if not key:
        return ["SECRET_KEY is missing."]
    if len(key) < SECRET_KEY_LENGTH or len(set(key)) < SECRET_KEY_VARIETY:
        return [f"SECRET_KEY is too short: it needs at least {SECRET_KEY_LENGTH} random characters."]
    if any(word in key.lower() for word in SAMPLE_WORDS):
        return ["SECRET_KEY is a sample: it must be random characters of your own."]
    return []


def _fallback_reasons(keys: tuple[str, ...]) -> list[str]:
    """What an old key has signed is still valid, so old keys must be as good as SECRET_KEY."""
    reasons = (reason for key in keys for reason in _secret_key_reasons(key))
    return list(dict.fromkeys(reason.replace("SECRET_KEY", "SECRET_KEY_FALLBACKS", 1) for reason in reasons))


def _twofactor_key_reasons(config: Config) -> list[str]:
    keys, found = config.twofactor_keys, []
    if not keys:
        found.append("TWOFACTOR_KEYS is missing.")
    if not all(map(is_fernet_key, keys)):
        found.append("TWOFACTOR_KEYS must be keys of 32 bytes in URL-safe base64, separated by commas.")
    if config.secret_key and config.secret_key in (*keys, ",".join(keys)):
        found.append("TWOFACTOR_KEYS must not be the SECRET_KEY.")
    return found


def _limit_reasons(config: Config) -> list[str]:
    found = []
    if config.password_min_length not in PASSWORD_LENGTHS:
        found.append("PASSWORD_MIN_LENGTH must be at least 8 (and at most 1024).")
    if not seconds(config.session_idle_minutes, 60):
        found.append("SESSION_IDLE_MINUTES must be a positive number, at most a year.")
    if not seconds(config.session_hours, 3600):
        found.append("SESSION_HOURS must be a positive number, at most a year.")
    if not 0 <= config.drain_seconds <= LONGEST_DRAIN_SECONDS:
        found.append(f"DRAIN_SECONDS must be a number from 0 to {LONGEST_DRAIN_SECONDS}.")
    return found
