"""Describes a browser for people: "Firefox on Windows". A guess for display; nothing is decided by it."""

import ua_parser
from django.utils.translation import gettext as _

from accounts.origin import shortened

_BROWSERS = {
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Chrome",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Edge Mobile": "Edge",
    "Opera Mobile": "Opera",
}
_SYSTEMS = {"Mac OS X": "macOS", "Chrome OS": "ChromeOS"}
_APPLE_DEVICES = ("iPhone", "iPad")
SHORT = 40


def in_words(agent: str) -> str:
    """`Chrome on Windows` for a known User-Agent, the beginning of an unknown one, a placeholder for none."""
    found = ua_parser.parse(agent)  # it keeps what it has read of the last agents
    browser = _BROWSERS.get(found.user_agent.family, found.user_agent.family) if found.user_agent else ""
    system = _system(found)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or shortened(agent, SHORT) or _("unknown browser")


def _system(found: ua_parser.Result) -> str:
    if found.device and found.device.family in _APPLE_DEVICES:
        return found.device.family
    return _SYSTEMS.get(found.os.family, found.os.family) if found.os else ""
