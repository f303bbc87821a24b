"""What every test may use. People and contracts are made in factories.py and people.py; the owner of most is here."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.conf import settings as django_settings
from playwright.sync_api import Browser, sync_playwright

from accounts.models import Contract, User
from accounts.outbox import rows, written
from accounts.outbox.sending import Sender
from tests.browser.window import CHROMIUM_ARGS
from tests.factories import make_owner
from tests.flush import _flush_through_the_door  # noqa: F401
from tests.moments import NOW
from tests.people import Person

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
# Playwright's own loop runs in the thread of the test; Django would refuse to touch the database from there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, CHROMIUMS)), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; a browser test that gets this far has one."""
    found = find_chromium()
    assert found
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    _try_real_processes_twice(items)
    if find_chromium():
        return
    skip = pytest.mark.skip(reason=f"no browser: none of {', '.join(CHROMIUMS)} is installed")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(skip)


def _try_real_processes_twice(items: list[pytest.Item]) -> None:
    """A server, a browser or a clock may be starved on a busy machine: more tries, which the summary counts as reruns.

    No other test has one, least of all those of races.
    """
    for item in items:
        if item.get_closest_marker("timed"):
            item.add_marker(pytest.mark.flaky(reruns=3, reruns_delay=2))
        elif item.get_closest_marker("browser") or item.path.parent.name == "servers":
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(autouse=True)
def _real_hasher_where_asked(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("slow_hasher"):
        settings = request.getfixturevalue("settings")
        settings.PASSWORD_HASHERS = [h for h in django_settings.PASSWORD_HASHERS if "MD5" not in h]


@pytest.fixture
def sends(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """The real sender, run whenever a mail was committed, so that a test finds it where it was sent; also by hand."""
    monkeypatch.setattr(rows, "FORGOT_DELAY_SECONDS", (0, 0))

    def send(**_: object) -> None:
        sender = Sender()
        while sender.send_next():
            pass

    written.connect(send, weak=False)
    yield send
    written.disconnect(send)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time stands still at `NOW`, until the test moves it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def owner(db: None) -> User:
    return make_owner()


@pytest.fixture
def contract(owner: User) -> Contract:
    return owner.contracts.get()


@pytest.fixture
def olivia(owner: User) -> Person:
    """The owner, logged in."""
    person = Person(owner)
    person.log_in()
    return person
