"""One Chromium a worker, one context a browser window. What a page complains of or fetches elsewhere fails its test."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.window import Window
from tests.browser.world import World


@pytest.fixture
def world(live_server) -> World:
    """A contract with somebody in every state."""
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
