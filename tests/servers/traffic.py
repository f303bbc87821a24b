"""Changes that never stop, made for several people at once, and what is known of each from the last answer.

Each lane is one sub-user, with an owner's browser beside them. A round starts from whatever the last one left behind.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from tests.servers.browser import ACTIVATED, Answer, Browser, NoAnswer
from tests.servers.database import Database
from tests.servers.machine import Server, wait_for


class Lane:
    """`known` is (required, active) as the last answer left them; None while nobody knows what a request did."""

    def __init__(self, server: Server, database: Database, username: str) -> None:
        self.server, self.username = server, username
        self.page = f"/management/users/{database.user_id(username)}/"
        self.owner = Browser(server).log_in("owner")
        self.answered = 0
        self.known: tuple[bool, bool] | None = None
        self.fault: object = None

    def round(self) -> None:
        raise NotImplementedError

    def go(self, over: Event) -> None:
        while not over.is_set() and not self.fault:
            try:
                self.round()
            except NoAnswer:
                over.wait(0.05)
            except Exception as fault:
                self.fault = fault

    def change(self, ask: Callable[[], Answer], leads_to: str, known: tuple[bool, bool]) -> None:
        self.known = None
        answer = ask()
        assert (answer.status, answer.location) == (302, leads_to), (self.username, answer.status, answer.text)
        self.known = known
        self.answered += 1

    def reset(self) -> None:
        self.change(lambda: self.owner.submit(f"{self.page}two-factor-reset/"), self.page, (True, False))

    def require(self, word: str) -> None:
        address = f"{self.page}two-factor-required/"
        self.change(lambda: self.owner.submit(address, required=word), self.page, (word == "yes", False))

    def activate(self) -> None:
        self.change(lambda: Browser(self.server).activate(self.username), ACTIVATED, (True, True))

    def log_in(self) -> None:
        self.change(lambda: Browser(self.server).start_login(self.username), "/", (False, False))


class LosesPhones(Lane):
    def round(self) -> None:
        self.reset()
        self.activate()


class HasAnUndecidedOwner(Lane):
    def round(self) -> None:
        self.require("no")
        self.log_in()
        self.require("yes")
        self.activate()


class LogsIn(Lane):
    def round(self) -> None:
        self.log_in()


@contextmanager
def traffic(lanes: list[Lane]) -> Iterator[Callable[[int], None]]:
    """Yields a function that waits for so many more answered changes."""
    over = Event()
    threads = [Thread(target=lane.go, args=[over]) for lane in lanes]

    def more(number: int) -> None:
        goal = sum(lane.answered for lane in lanes) + number
        wait_for(lambda: sum(lane.answered for lane in lanes) >= goal or any(lane.fault for lane in lanes))

    try:
        for thread in threads:
            thread.start()
        yield more
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=60)
    assert [lane.fault for lane in lanes if lane.fault] == []
