"""One Chromium a worker, one context a browser window. What a page complains of or fetches elsewhere fails its test."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.window import Window
from tests.browser.world import World
from tests.people import Person


@pytest.fixture
def world(live_server, settings) -> World:
    """A contract with somebody in every state."""
    settings.PUBLIC_URL = live_server.url
    return World()


@pytest.fixture
def open_window(browser: Browser, live_server) -> Iterator[Callable[..., Window]]:
    """Opens a private window; keywords are those of a Playwright context."""
    windows: list[Window] = []

    def open_window(**options) -> Window:
        windows.append(Window(browser, live_server.url, **options))
        return windows[-1]

    yield open_window
    for window in windows:
        window.context.close()
    complaints = [complaint for window in windows for complaint in window.complaints]
    assert complaints == []


@pytest.fixture
def page(open_window) -> Page:
    return open_window().page


@pytest.fixture
def hand(open_window) -> Callable:
    """Somebody at a window of their own in one language, who is logged in already where a person is named."""
    from tests.browser.hand import LOCALES, Hand  # its instruments are in a test, which pytest rewrites first

    def take(language: str, person: Person | None = None, **options) -> Hand:
        window = open_window(locale=LOCALES[language], **options)
        if person:
            window.enter(person)
        window.context.add_cookies([{"name": "language", "value": language, "url": window.url}])
        return Hand(window.page, language, script=options.get("java_script_enabled", True))

    return take
