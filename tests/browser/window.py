"""A private browser window that writes down every complaint: console errors, script errors, requests to other hosts."""

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from tests.people import Person

# Any name but the server's own leads nowhere, so a foreign request can't leave even where it is only tried.
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
]
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 740}
NARROWEST = {"width": 320, "height": 640}


class Window:
    def __init__(self, browser: Browser, url: str, **options) -> None:
        self.url = url
        self.complaints: list[str] = []
        options = {"viewport": DESK, "locale": "en-GB", "reduced_motion": "reduce", "base_url": url} | options
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(10_000)
        self.context.on("request", self._look_at_request)
        self.context.on("console", self._look_at_console)
        self.context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        self.page: Page = self.context.new_page()

    def enter(self, person: Person) -> Page:
        """Takes over the session of a person who has logged in (or is held) by other means."""
        self.context.add_cookies(
            [{"name": name, "value": cookie.value, "url": self.url} for name, cookie in person.client.cookies.items()]
        )
        return self.page

    def _look_at_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:")):
            self.complaints.append(f"foreign request: {request.url}")

    def _look_at_console(self, message: ConsoleMessage) -> None:
        """A page that was refused is itself "a resource that failed to load": that one line is no fault."""
        page, at = message.page, message.location.get("url", "")
        refused_page = message.text.startswith("Failed to load resource") and page and at == page.url
        if message.type in ("error", "warning") and not refused_page:
            self.complaints.append(f"console at {at}: {message.text}")
