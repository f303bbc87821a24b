"""A browser in words a person knows it by: "Firefox on Windows". A guess for lists; nothing is decided by it."""

from django.utils.translation import gettext as _

from accounts.origin import shortened

# The first that stands in the header counts: every Chromium calls itself Safari too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
SHORT = 40


def in_words(agent: str) -> str:
    """`Chrome on Windows` for a known User-Agent, the beginning of an unknown one, a word for none."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or shortened(agent, SHORT) or _("unknown browser")
