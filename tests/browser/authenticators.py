"""Chromium's virtual security keys, by its DevTools protocol."""

from tests.browser.window import Window

PASSKEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PLAIN_KEY = {"transport": "usb", "hasResidentKey": False, "hasUserVerification": False}


class Authenticators:
    """The keys that are plugged into one window."""

    def __init__(self, window: Window) -> None:
        self.devtools = window.context.new_cdp_session(window.page)
        self.devtools.send("WebAuthn.enable", {"enableUI": False})

    def add(self, **changes) -> str:
        added = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": PASSKEY | changes})
        return added["authenticatorId"]

    def remove(self, key: str) -> None:
        self.devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})

    def set(self, what: str, key: str, **values) -> None:
        self.devtools.send(f"WebAuthn.set{what}", {"authenticatorId": key} | values)

    def touch(self, key: str, *, wanted: bool) -> None:
        """Whether its person answers a prompt."""
        self.set("AutomaticPresenceSimulation", key, enabled=wanted)
