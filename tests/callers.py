"""Threads that ask all the time, while something else is done to whom they ask."""

from collections import Counter
from threading import Event, Thread
from typing import Self

from tests.servers.machine import wait_for


class Callers:
    """Each thread runs `call`, which asks until `over` is set and counts in `statuses` what it got."""

    def __init__(self, number: int) -> None:
        self.over, self.statuses = Event(), Counter()
        self.threads = [Thread(target=self.call) for _ in range(number)]

    def call(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(60)

    def more(self, number: int) -> None:
        """Waits for so many more answers."""
        goal = self.statuses.total() + number
        wait_for(lambda: self.statuses.total() >= goal or not any(thread.is_alive() for thread in self.threads))
        assert self.statuses.total() >= goal, self.statuses
