"""Finds names in the environment that look like misspelt settings of the panel.

They are reported but not refused, because a similar name may belong to another program.
"""

from collections.abc import Iterable
from difflib import get_close_matches

SETTINGS = frozenset(
    {
        "ACCESS_LOG",
        "ALLOWED_HOSTS",
        "BACKCHANNEL_NETWORKS",
        "DATABASE_URL",
        "DEBUG",
        "DRAIN_SECONDS",
        "EMAIL_CA_FILE",
        "EMAIL_URL",
        "ERROR_REPORTS_TO",
        "LOG_FORMAT",
        "METRICS_TOKEN",
        "PANEL_NAME",
        "PASSWORD_MIN_LENGTH",
        "PORT",
        "PUBLIC_URL",
        "SECRET_KEY",
        "SECRET_KEY_FALLBACKS",
        "SECURITY_CONTACT",
        "SENTRY_DSN",
        "SESSION_HOURS",
        "SESSION_IDLE_MINUTES",
        "TRUSTED_PROXIES",
        "TWOFACTOR_KEYS",
    }
)
OTHERS = frozenset(
    {"CLOUDPANEL_ENV", "CLOUDPANEL_HOME", "CLOUDPANEL_USER", "CLOUDPANEL_PASSWORD", "DATABASE_USER", "EMAIL_USER"}
)
PREFIX = "CLOUDPANEL_"
SIMILAR = 0.84  # difflib's ratio: TRUSTED_PROXY is 0.86 similar to TRUSTED_PROXIES
SHORT = 6  # shorter names must be equal except for case, since DEBUG and PORT are similar to many others


def hints(names: Iterable[str]) -> list[str]:
    """A sentence for each name that looks misspelt."""
    found = []
    for name in sorted(set(names) - OTHERS):
        setting = name.removesuffix("_FILE")
        if setting in SETTINGS:
            continue
        meant = _meant(setting.upper())
        if meant:
            found.append(f"{name} is not a setting of the panel. Did you mean {meant}?")
        elif name.startswith(PREFIX):
            found.append(f"{name} is not a setting of the panel.")
    return found


def _meant(name: str) -> str | None:
    """The setting that is similar to a name in capitals."""
    name = name.removeprefix(PREFIX)
    if len(name) < SHORT or name in SETTINGS:
        return name if name in SETTINGS else None
    close = get_close_matches(name, SETTINGS, n=1, cutoff=SIMILAR)
    return close[0] if close and len(close[0]) >= SHORT else None
