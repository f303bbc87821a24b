"""One Chromium a worker, one context a browser window. What a page complains of or fetches elsewhere fails its test."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.window import CHROMIUM_ARGS, Window
from tests.browser.world import World
from tests.flush import _flush_through_the_door  # noqa: F401


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


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
